"""The list of breakpoints, what a session is told of it, and the way to the next one in a record."""

from helpers.screen import FakeSession, open_screen
from textual.widgets import Select

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Phase
from tcpviz.ui.breakpoints_panel import OTHERS
from tcpviz.view.alerts import AlertKind
from tcpviz.view.breakpoints import AtAlert


async def test_a_filter_is_added_and_the_session_told(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("b", *"tcp.flags.fin == 1", "enter")
        assert "[x] packet: tcp.flags.fin == 1" in screen.text
        await screen.press("escape")
        assert session.told == [["packet: tcp.flags.fin == 1"]]


async def test_entries_are_switched_off_and_deleted(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("b", *"arp", "enter", *"udp", "enter", "shift+tab", "shift+tab", "space")
        assert "[ ] packet: arp" in screen.text
        assert "[x] packet: udp" in screen.text
        await screen.press("d")
        assert "packet: arp" not in screen.text
        await screen.press("escape")
        assert session.told == [["packet: udp"]]


async def test_alerts_and_states_are_chosen_from_a_list(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("b")
        wanted = OTHERS.index(AtAlert(AlertKind.ZERO_WINDOW))
        screen.app.screen.query_one("#kind", Select).value = wanted
        await screen.tick()
        assert "[x] alert: Zero window" in screen.text
        await screen.press("escape")
        assert session.told == [["alert: Zero window"]]


async def test_a_wrong_filter_is_refused_where_it_is_wrong(clean: Recording) -> None:
    async with open_screen(session=FakeSession(clean)) as screen:
        await screen.press("b", *"tcp.flag", "enter")
        assert "there is no field tcp.flag" in screen.text
        assert "[x]" not in screen.text


async def test_in_a_record_the_key_goes_from_place_to_place(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.press("b", *"tcp.flags.fin == 1", "enter", "escape", "B")
        fin = screen.position
        assert fin > 10
        await screen.press("home", "b")
        screen.app.screen.query_one("#kind", Select).value = OTHERS.index(AtAlert(AlertKind.LOST))
        await screen.tick()
        await screen.press("escape", "B")
        assert 0 < screen.position < fin
        await screen.press(*["B"] * 60)
        assert "No further breakpoint" in screen.text


async def test_in_a_live_run_the_key_lets_it_run(clean: Recording) -> None:
    session = FakeSession(clean, held=True)
    async with open_screen(session=session) as screen:
        await screen.press("b", *"arp", "enter", "escape", "B")
        assert session.told[-1] == "resume"
        session.tell(held=True, stopped="packet: arp")
        await screen.tick()
        assert "Stopped at packet: arp" in screen.text
        assert "HOLDING" in screen.text


async def test_the_next_run_has_them_from_its_start(clean: Recording) -> None:
    started: list[RunOptions] = []
    async with open_screen(session=FakeSession(clean, phase=Phase.DONE), started=started) as screen:
        await screen.press("b", *"arp", "enter", "escape", "u", "enter")
        assert [stop.text for stop in started[-1].stops] == ["packet: arp"]


async def test_without_any_the_key_shows_the_list(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("B")
        assert "A run stops" in screen.text
