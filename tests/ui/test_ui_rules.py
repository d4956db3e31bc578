"""The rules of the network, changed while packets travel."""

import pytest
from helpers.screen import FakeSession, open_screen
from textual.widgets import Input

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Phase

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_every_rule_has_its_two_fields_in_sight(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(session=FakeSession(clean), size=size) as screen:
        await screen.press("i")
        for name in (
            "lost",
            "delay",
            "rate",
            "largest packet (MTU)",
            "packets lost by number",
            "to the peer",
        ):
            assert name in screen.text
        assert "Enter: apply" in screen.text


async def test_rules_are_applied_to_the_running_session(clean: Recording) -> None:
    session = FakeSession(clean, impair="loss=5%")
    async with open_screen(session=session, size=(200, 50)) as screen:
        await screen.press("i")
        assert screen.app.screen.query_one("#in-loss", Input).value == "5%"
        screen.app.screen.query_one("#in-loss", Input).value = ""
        screen.app.screen.query_one("#out-rate", Input).value = "2Mbit"
        await screen.press("enter")
        assert session.told == ["out.loss=5%,out.rate=2Mbit"]
        assert "impaired: out.loss=5%,out.rate=2Mbit" in screen.text


async def test_a_rule_that_makes_no_sense_is_refused(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("i", *"200%", "enter")
        assert "a probability from 0% to 100%" in screen.text
        assert session.told == []


@pytest.mark.parametrize("keys", [["r"], ["u", "enter"]])
async def test_with_nothing_running_they_are_for_the_next_run(clean: Recording, keys: list[str]) -> None:
    started: list[RunOptions] = []
    async with open_screen(session=FakeSession(clean, phase=Phase.DONE), started=started) as screen:
        await screen.press("i", *"3%", "enter", *keys)
        assert started[-1].impair == "out.loss=3%"


async def test_rules_of_a_run_that_goes_on_are_not_those_of_its_repetition(clean: Recording) -> None:
    started: list[RunOptions] = []
    session = FakeSession(clean)
    async with open_screen(session=session, started=started) as screen:
        await screen.press("i", *"3%", "enter")
        session.tell(phase=Phase.DONE)
        await screen.tick()
        await screen.press("r")
        assert started[-1].impair == ""
