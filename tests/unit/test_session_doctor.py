"""`doctor` on what killed runs have left: what it tells, what it puts back, its exit code."""

from pathlib import Path

import pytest

from tcpviz.link.journal import Journal
from tcpviz.session import doctor


class Left:
    """A folder of journals with the entry of a run that was killed, and the setting that it changed."""

    def __init__(self, folder: Path) -> None:
        self.setting = folder / "forwarding"
        self.setting.write_text("0")
        self.journal = Journal(folder / "journals")
        entry = self.journal.change({str(self.setting): "1"})
        assert entry is not None
        entry.close()

    def undo(self) -> list[str]:
        return [setting.name for setting in self.journal.undo_leftovers()]


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Left:
    made = Left(tmp_path)
    monkeypatch.setattr(doctor, "journal", lambda: made.journal)
    monkeypatch.setattr(
        doctor, "undo_leftovers", lambda: [each.name for each in made.journal.undo_leftovers()]
    )
    return made


def refuse(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    def undo() -> list[str]:
        raise error

    monkeypatch.setattr(doctor, "undo_leftovers", undo)


def test_it_puts_back_and_tells_of_it_and_then_there_is_nothing(left: Left) -> None:
    told: list[str] = []
    assert [doctor.fix(told.append), doctor.fix(told.append)] == [0, 0]
    assert left.setting.read_text() == "0"
    assert "forwarding is as it was" in told[0]
    assert told[1:] == ["nothing is left over"]


def test_what_is_not_our_right_is_told_with_the_command(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(PermissionError(13, "Permission denied"), monkeypatch)
    told: list[str] = []
    assert doctor.fix(told.append) == 1
    assert "by root alone: sudo " in told[0]
    left.journal.undo_leftovers()
    assert doctor.fix(told.append) == 0
    assert told[1:] == ["nothing is left over"]


def test_what_goes_wrong_is_told(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(OSError(28, "No space left on device"), monkeypatch)
    told: list[str] = []
    assert doctor.fix(told.append) == 1
    assert "No space left on device" in told[0]


def test_leftovers_are_told_with_the_command_that_removes_them(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "survey", lambda: iter(()))
    told: list[str] = []
    doctor.report(told.append)
    assert "left over from runs that were killed" in told[0]
    assert told[1].endswith(" --fix")
