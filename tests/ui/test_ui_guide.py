"""The guide of the first minute goes on with what the user does, and stays away when told to."""

from pathlib import Path

import pytest
from helpers.screen import FakeSession, open_screen, waiting

from tcpviz.recording import Recording
from tcpviz.session.status import Phase
from tcpviz.ui.guide_line import first_start
from tcpviz.ui.keyboard import Keyboard
from tcpviz.view.guide import TITLES, Facts, Guide


def test_each_step_is_done_by_what_it_asks_for() -> None:
    guide = Guide()
    fetched = Facts(fetched=True)
    held = fetched._replace(live=True, held=True, pending=True)
    told = [guide.text(Facts(), Keyboard().names)]
    for facts in (
        fetched,
        held,
        held._replace(passed=1),
        held._replace(passed=1, dropped=1),
        held._replace(passed=1, dropped=1, looks_back=True, why_in_sight=True),
    ):
        guide.look(facts)
        told.append(guide.text(facts, Keyboard().names))
    assert guide.over
    assert len(set(told)) == len(TITLES) + 1
    assert all(len(text) <= 96 for text in told)


def test_a_step_is_not_done_by_another_one() -> None:
    guide = Guide()
    guide.look(Facts(passed=1, dropped=1, looks_back=True, why_in_sight=True))
    assert guide.step == 0
    guide.look(Facts(fetched=True))
    guide.look(Facts())
    assert guide.step == 1


def test_the_first_step_fits_a_dialog_that_is_open_already() -> None:
    told = Guide().text(Facts(), Keyboard().names)
    assert told.startswith("Press Enter in the dialog (u opens it)")


def test_only_the_first_start_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert first_start()
    assert not first_start()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_guide_comes_from_help_and_leaves_with_escape(
    clean: Recording, size: tuple[int, int]
) -> None:
    session = FakeSession(clean, phase=Phase.TRANSFER)
    async with open_screen(session=session, size=size) as screen:
        assert "Guide" not in screen.text
        await screen.press("question_mark", "H")
        assert "Guide 2/5" in screen.text
        assert "Press space" in screen.text
        session.tell(pending=waiting(b"frame"))
        await screen.press("space")
        assert "Press n:" in screen.text
        await screen.press("n", "d")
        assert "Guide 5/5" in screen.text
        await screen.press("escape")
        assert "Guide" not in screen.text
