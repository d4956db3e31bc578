"""Moving through time: the keys, the list, the alerts and the timeline move every pane to the same moment."""

import pytest
from helpers.screen import FakeSession, copy_rows, open_screen

from tcpviz.recording import Recording
from tcpviz.ui.packet_list import PacketList


@pytest.mark.parametrize(
    ("keys", "position"),
    [
        (("home",), 0),
        (("home", "n"), 1),
        (("home", "n", "full_stop", "down"), 3),
        (("home", "n", "n", "n", "p"), 2),
        (("home", "n", "n", "n", "comma", "up"), 1),
        (("home", "up"), 0),
    ],
)
async def test_the_keys_move_the_cursor_and_every_pane(
    clean: Recording, keys: tuple[str, ...], position: int
) -> None:
    async with open_screen(session=FakeSession(clean)) as screen:
        await screen.press(*keys)
        assert screen.position == position
        assert not screen.follows
        assert screen.main.stage
        assert screen.moments == {screen.main.stage.run.packets.row(position)}


async def test_a_page_is_what_is_in_sight(lossy: Recording) -> None:
    async with open_screen(session=FakeSession(lossy)) as screen:
        page = screen.main.query_one(PacketList).page
        await screen.press("home", "pagedown", "pagedown")
        assert screen.position == 2 * page
        await screen.press("pageup")
        assert screen.position == page


async def test_end_follows_and_a_step_beyond_the_last_too(clean: Recording) -> None:
    async with open_screen(session=FakeSession(clean)) as screen:
        assert screen.follows
        await screen.press("home")
        assert not screen.follows
        await screen.press("end")
        assert screen.follows
        await screen.press("up")
        assert not screen.follows
        await screen.press("down", "down")
        assert screen.follows
        assert screen.moments == {len(clean) - 1}


async def test_the_list_follows_what_comes_until_the_user_moves(lossy: Recording) -> None:
    growing = Recording.create(link="sim", epoch=0)
    copy_rows(lossy, growing, 0, 40)
    async with open_screen(session=FakeSession(growing)) as screen:
        assert screen.main.stage
        last = screen.position
        copy_rows(lossy, growing, 40, 80)
        await screen.tick()
        assert screen.position > last
        assert screen.moments == {79}
        await screen.press("up")
        here = screen.position
        copy_rows(lossy, growing, 80, len(lossy))
        await screen.tick()
        assert screen.position == here
        assert "below (End: to the last)" in screen.text
        assert "LOOKING BACK" in screen.text


async def test_alert_keys_visit_the_packets_that_have_one(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        assert screen.main.stage
        run = screen.main.stage.run
        await screen.press("home", "N")
        first = screen.position
        assert run.alerts.at(run.packets.row(first))
        await screen.press("N")
        assert screen.position > first
        await screen.press("P")
        assert screen.position == first


async def test_beyond_the_last_alert_comes_the_first_one_and_that_is_said(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        assert screen.main.stage
        rows, packets = screen.main.stage.run.alerts.rows, screen.main.stage.run.packets
        await screen.press("end", "N")
        assert screen.position == packets.position(rows[0])
        assert "No alert after that packet: this is the first one." in screen.text
        await screen.press("home", "P")
        assert screen.position == packets.position(rows[-1])
        assert "No alert before that packet: this is the last one." in screen.text


async def test_go_to_a_packet_by_its_number(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.press("g", *"50", "enter")
        assert screen.main.stage
        row = lossy.row(screen.main.stage.run.packets.row(screen.position))
        assert row.number == 50
        # Some were lost before they came, so that the list is ahead of the numbers.
        assert screen.position >= 50


async def test_a_number_that_does_not_exist_is_refused(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("g", *"5000", "enter")
        assert "type a number from 1 to" in screen.text
        await screen.press("escape")
        assert screen.position == 0


async def test_a_click_in_the_list_goes_to_that_packet(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        packets = screen.main.query_one(PacketList)
        await screen.pilot.click(packets, offset=(10, 2 + 3))
        await screen.tick()
        assert screen.position == packets.top + 3


async def test_the_wheel_moves_the_view_and_stops_following(lossy: Recording) -> None:
    async with open_screen(session=FakeSession(lossy)) as screen:
        packets = screen.main.query_one(PacketList)
        top, position = packets.top, screen.position
        packets.on_mouse_scroll_up()
        await screen.tick()
        assert packets.top == top - 3
        assert screen.position == position
        assert not screen.follows


async def test_enter_on_an_alert_goes_to_its_first_packet(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        assert screen.main.stage
        first = screen.main.stage.run.alerts.totals[1].first
        await screen.press("3", "down", "enter")
        assert screen.moments == {first}


async def test_a_click_on_an_alert_goes_there_too(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        assert screen.main.stage
        first = screen.main.stage.run.alerts.totals[2].first
        await screen.pilot.click("#alerts", offset=(5, 1 + 3))
        await screen.tick()
        assert screen.moments == {first}


async def test_a_click_on_the_timeline_goes_to_that_time(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        assert screen.main.stage
        await screen.pilot.click("#timeline", offset=(90, 0))
        await screen.tick()
        late = screen.position
        await screen.pilot.click("#timeline", offset=(2, 0))
        await screen.tick()
        assert screen.position < late


async def test_a_capture_without_our_states_is_shown_too(lossy: Recording) -> None:
    foreign = Recording.create(link="capture", epoch=0)
    for index in range(len(lossy)):
        row = lossy.row(index)
        if row.number:
            foreign.frame(row.time, row.direction, lossy.data(index))
    foreign.commit()
    async with open_screen(recording=foreign) as screen:
        await screen.press("end", "home", "N")
        assert len(screen.moments) == 1
        assert "could not be drawn" not in screen.text
        await screen.press("home")
        while "SYN-SENT" not in screen.strips[0].text:
            before = screen.position
            await screen.press("n")
            assert screen.position > before, "no packet made the status line name SYN-SENT"
        assert screen.text.count("inferred from the packets") == 2  # in two titles
        assert "active open, snd SYN" in screen.text
        assert "SYN in flight 1" in screen.text
        await screen.press("end")
        assert "TIME-WAIT > CLOSED  inferred" in screen.strips[0].text
        assert "no packet shows its end" in screen.text
