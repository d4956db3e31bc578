"""Holding the traffic, letting packets through, and what the screen says about its clocks."""

import pytest
from helpers.screen import FakeSession, open_screen, waiting

from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Phase
from tcpviz.ui import details_pane
from tcpviz.wire.dissect import dissect
from tcpviz.wire.segment import SYN

GATE_KEYS = {
    "d": GateAction.DROP,
    "D": GateAction.DUPLICATE,
    "l": GateAction.DELAY,
    "x": GateAction.CORRUPT,
    "n": GateAction.PASS,
    "full_stop": GateAction.PASS,
}


async def test_space_holds_and_runs(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("space")
        assert session.told == ["hold"]
        assert "HOLDING" in screen.text
        await screen.press("space")
        assert session.told == ["hold", "resume"]
        assert "LAB TIME" in screen.text


@pytest.mark.parametrize(("key", "action"), GATE_KEYS.items())
async def test_each_gate_key_acts_on_the_packet_at_the_gate(
    clean: Recording, key: str, action: GateAction
) -> None:
    session = FakeSession(clean, held=True, pending=waiting(clean.data(0)))
    async with open_screen(session=session) as screen:
        await screen.press(key)
        assert session.told == [action]


async def test_the_packet_at_the_gate_stands_below_the_others(clean: Recording) -> None:
    session = FakeSession(clean, held=True, pending=waiting(clean.data(0), Direction.IN))
    async with open_screen(session=session) as screen:
        assert "at the gate" in screen.text
        assert "n Pass" in screen.text.splitlines()[-1]


async def test_why_and_details_are_of_the_packet_at_the_gate_until_one_looks_back(clean: Recording) -> None:
    dissect(b"")
    details_pane.loaded.set()  # else the first frames would not have the details
    syn = next(data for index in range(len(clean)) if (data := clean.data(index))[47:48] == bytes((SYN,)))
    session = FakeSession(clean, held=True, pending=waiting(syn))
    async with open_screen(session=session, size=(200, 50)) as screen:
        assert "Why: the packet at the gate" in screen.text
        assert "Details of the packet at the gate" in screen.text
        assert "TCP: 192.0.2.2:56101 > 192.0.2.1:80 S" in screen.text
        await screen.press("home")
        assert "Details of packet 1" in screen.text
        assert "packet at the gate" not in screen.text


async def test_looking_back_in_a_held_run_n_moves_and_lets_nothing_through(clean: Recording) -> None:
    session = FakeSession(clean, held=True, pending=waiting(clean.data(0)))
    async with open_screen(session=session) as screen:
        await screen.press("home", "n")
        assert screen.position == 1
        assert session.told == []


async def test_down_never_lets_a_packet_through(clean: Recording) -> None:
    session = FakeSession(clean, held=True, pending=waiting(clean.data(0)))
    async with open_screen(session=session) as screen:
        await screen.press("down", "down")
        assert session.told == []


@pytest.mark.parametrize("key", ["d", "D", "l", "x"])
async def test_gate_keys_do_nothing_without_a_packet_there(clean: Recording, key: str) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press(key)
        assert session.told == []
        assert not [action for action in screen.offered if action.startswith("gate")]


async def test_pace_keys_change_lab_time_step_by_step(clean: Recording) -> None:
    session = FakeSession(clean, pace=0.1)
    async with open_screen(session=session) as screen:
        await screen.press("plus", "plus", "minus")
        assert session.told == [0.3, 1.0, 0.3]
        assert "LAB TIME x0.3" in screen.text
        await screen.press(*["plus"] * 10)
        assert session.status.pace == 0
        assert "LAB TIME at full speed" in screen.text


async def test_a_real_peer_has_no_pace(clean: Recording) -> None:
    session = FakeSession(clean, virtual_time=False)
    async with open_screen(session=session) as screen:
        assert "pace(1)" not in screen.offered
        assert "LIVE" in screen.text
        session.tell(held=True)
        await screen.tick()
        assert "the peer's clock goes on" in screen.text


async def test_the_badge_names_the_clock_in_force(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("home")
        assert "LOOKING BACK" in screen.text
        assert "traffic goes on" in screen.text
        session.tell(phase=Phase.DONE)
        await screen.press("end")
        assert "ENDED" in screen.text


async def test_a_file_has_no_session_to_command(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        assert "CAPTURE FILE" in screen.text
        assert not screen.offered & {"gate('drop')", "pace(1)"}
        await screen.press("space", "d", "plus")


async def test_space_with_nothing_running_decides_how_the_next_run_begins(clean: Recording) -> None:
    started: list[RunOptions] = []
    async with open_screen(session=FakeSession(clean, phase=Phase.DONE), started=started) as screen:
        await screen.press("space")
        assert "The next run (r, u) begins held" in screen.text
        await screen.press("u", "enter")
        assert [options.held for options in started] == [False, True]


async def test_at_80_columns_all_gate_keys_have_room(clean: Recording) -> None:
    session = FakeSession(clean, held=True, pending=waiting(clean.data(0)))
    async with open_screen(session=session, size=(80, 24)) as screen:
        bar = screen.text.splitlines()[-1]
        for hint in ("n Pass", "d Drop", "D Double", "l Delay", "x Corrupt", "space Run", "q Quit"):
            assert hint in bar


@pytest.mark.parametrize(("pace", "told"), [(0.1, "next event in 9.0 s"), (0.0, "following")])
async def test_idle_lab_time_counts_down(clean: Recording, pace: float, told: str) -> None:
    session = FakeSession(clean, pace=pace, now=100_000_000, due=1_000_000_000)
    async with open_screen(session=session) as screen:
        assert told in screen.text
