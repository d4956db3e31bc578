"""What runs have changed is put back: by themselves, by the last of them, or after they were killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcpviz.link.journal import Entry, Journal, Setting


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journals")


@pytest.fixture
def switch(tmp_path: Path) -> Path:
    path = tmp_path / "forwarding"
    path.write_text("0\n")
    return path


def change(journal: Journal, switch: Path) -> Entry:
    entry = journal.change({str(switch): "1"})
    assert entry is not None
    return entry


def die_after_change(folder: Path, switch: Path) -> None:
    """A process that changes the setting and is killed."""
    script = (
        "import os, pathlib, signal, sys\n"
        "from tcpviz.link.journal import Journal\n"
        "Journal(pathlib.Path(sys.argv[1])).change({sys.argv[2]: '1'})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder), str(switch)], check=False)


def entries(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.json")]


def test_a_change_is_noted_before_and_undone_after(journal: Journal, switch: Path, tmp_path: Path) -> None:
    entry = change(journal, switch)
    assert switch.read_text() == "1"
    noted = json.loads(entry.path.read_text())
    assert noted == {"namespace": os.stat("/proc/self/ns/net").st_ino, "settings": [[str(switch), "0", "1"]]}
    journal.undo(entry)
    assert switch.read_text() == "0"
    assert entries(tmp_path / "journals") == []


def test_what_has_the_value_already_is_no_change(journal: Journal, switch: Path, tmp_path: Path) -> None:
    switch.write_text("1")
    assert journal.change({str(switch): "1"}) is None
    assert entries(tmp_path / "journals") == []


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_the_last_of_two_runs_puts_it_back(journal: Journal, switch: Path, first_ends_first: bool) -> None:
    runs = [change(journal, switch), change(journal, switch)]
    if not first_ends_first:
        runs.reverse()
    journal.undo(runs[0])
    assert switch.read_text() == "1"
    journal.undo(runs[1])
    assert switch.read_text() == "0"


def test_what_the_user_has_changed_meanwhile_stays(journal: Journal, switch: Path) -> None:
    entry = change(journal, switch)
    switch.write_text("2")
    journal.undo(entry)
    assert switch.read_text() == "2"


def test_a_setting_that_went_with_its_device_is_no_matter(journal: Journal, switch: Path) -> None:
    entry = change(journal, switch)
    switch.unlink()
    journal.undo(entry)
    assert not switch.exists()


def test_what_a_killed_run_has_left_is_seen_and_put_back(
    journal: Journal, switch: Path, tmp_path: Path
) -> None:
    die_after_change(tmp_path / "journals", switch)
    assert switch.read_text() == "1"
    left = [Setting(str(switch), "0", "1")]
    assert journal.leftovers() == left
    assert journal.undo_leftovers() == left
    assert switch.read_text() == "0"
    assert journal.leftovers() == []
    assert entries(tmp_path / "journals") == []


def test_what_a_living_run_has_changed_is_no_leftover(journal: Journal, switch: Path, tmp_path: Path) -> None:
    entry = change(journal, switch)
    die_after_change(tmp_path / "journals", switch)
    assert journal.undo_leftovers() == []
    assert switch.read_text() == "1"
    journal.undo(entry)
    assert switch.read_text() == "0"


def test_the_next_run_clears_up_and_knows_the_value_from_before(
    journal: Journal, switch: Path, tmp_path: Path
) -> None:
    die_after_change(tmp_path / "journals", switch)
    journal.undo(change(journal, switch))
    assert switch.read_text() == "0"


@pytest.mark.parametrize("cut", ["", '{"namespace": 4026531'])
def test_an_entry_that_was_cut_off_is_removed(journal: Journal, tmp_path: Path, cut: str) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals/a.json").write_text(cut)
    assert journal.undo_leftovers() == []
    assert entries(tmp_path / "journals") == []


def test_what_happened_in_a_namespace_that_is_gone_is_forgotten(
    journal: Journal, switch: Path, tmp_path: Path
) -> None:
    (tmp_path / "journals").mkdir()
    noted = {"namespace": 1, "settings": [[str(switch), "1", "0"]]}
    (tmp_path / "journals/a.json").write_text(json.dumps(noted))
    assert journal.leftovers() == []
    assert journal.undo_leftovers() == []
    assert switch.read_text() == "0\n"
    assert entries(tmp_path / "journals") == []


def test_a_setting_is_called_as_sysctl_does() -> None:
    assert (
        Setting("/proc/sys/net/ipv4/conf/eth0/forwarding", "0", "1").name == "net.ipv4.conf.eth0.forwarding"
    )
