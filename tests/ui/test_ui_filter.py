"""The display filter: what it shows, where the cursor stands then, and what it says of a wrong one."""

import pytest
from helpers.screen import FakeSession, copy_rows, open_screen

from tcpviz.recording import Recording
from tcpviz.ui.filter_prompt import HISTORY, FieldNames
from tcpviz.ui.listing import AllPackets, step
from tcpviz.view.run import RunView


async def test_the_list_shows_what_passes_and_says_how_many(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("slash", *"tcp.flags.syn == 1", "enter")
        assert "of 2 shown," in screen.text
        assert "filter: tcp.flags.syn == 1" in screen.text
        assert "GET / HTTP" not in screen.text.split("Packets")[1].split("Why")[0]
        await screen.press("home")
        assert screen.position == 2
        await screen.press("down")
        assert screen.position == 3
        await screen.press("escape")
        assert "shown" not in screen.text
        assert screen.position == 3


async def test_at_80_columns_the_title_says_it(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        await screen.press("slash", *"tcp.flags.syn == 1", "enter")
        assert "Packets: 2 of 10, filter: tcp.flags.syn == 1" in screen.text


async def test_the_cursor_goes_to_the_nearest_packet_that_is_listed(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home", *["down"] * 5, "slash", *"tcp.flags.syn==1", "enter")
        assert screen.position == 3
        assert "this is the nearest one that does" in screen.text
        assert screen.main.stage
        assert screen.moments == {screen.main.stage.run.packets.row(3)}


async def test_a_packet_that_is_listed_keeps_the_cursor(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home", *["down"] * 3, "slash", *"tcp.flags.syn==1", "enter")
        assert screen.position == 3
        assert "nearest" not in screen.text
        await screen.press("slash", *" && udp", "enter")
        assert screen.position == 3, "nothing is listed: there is nowhere to go"


async def test_steps_go_from_match_to_match(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home", *["down"] * 4, "slash", *"tcp.flags.syn==1", "enter")
        assert screen.position == 3
        await screen.press("up", "up")
        assert screen.position == 2
        await screen.press("down", "down")
        assert screen.follows


async def test_packets_that_come_later_are_filtered_too(clean: Recording) -> None:
    growing = Recording.create(link="sim", epoch=0)
    copy_rows(clean, growing, 0, 6)
    async with open_screen(session=FakeSession(growing)) as screen:
        await screen.press("slash", *"tcp.len > 0", "enter")
        before = len(screen.main.stage.listing) if screen.main.stage else 0
        copy_rows(clean, growing, 6, len(clean))
        await screen.tick()
        assert screen.main.stage
        assert len(screen.main.stage.listing) > before


@pytest.mark.parametrize(
    ("text", "mark", "told"),
    [("tcp.flag.syn == 1", " ^~~~~~~~~~~~", "tcp.flags.syn"), ("tcp.len >", "          ^", "ends too early")],
)
async def test_a_mistake_is_marked_where_it_is(clean: Recording, text: str, mark: str, told: str) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("slash", *text, "enter")
        error = str(screen.app.screen.query_one("#error").render())
        assert error.startswith(f"{mark}\n")
        assert told in error


async def test_earlier_filters_come_back_with_up(clean: Recording) -> None:
    HISTORY.path.unlink(missing_ok=True)
    async with open_screen(recording=clean) as screen:
        await screen.press("slash", *"tcp.len > 0", "enter", "escape")
        await screen.press("slash", *"arp", "enter", "escape")
        await screen.press("slash", "up", "up", "enter")
        assert "filter: tcp.len > 0" in screen.text
        await screen.press("escape", "slash", "up", "up", "down", "down", "enter")
        assert "shown" not in screen.text


async def test_field_names_are_completed() -> None:
    assert (
        await FieldNames().get_suggestion("tcp.len > 0 and tcp.flags.sy") == "tcp.len > 0 and tcp.flags.syn"
    )
    assert await FieldNames().get_suggestion("tcp.len > ") is None


def test_a_step_beyond_the_last_row_has_no_packet(clean: Recording) -> None:
    run = RunView(clean)
    run.advance(1 << 40, lambda: 0)
    assert step(AllPackets(run), 0, len(run.packets)) is None
