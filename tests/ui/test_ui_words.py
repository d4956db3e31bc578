"""What the screen says of itself: titles, badges, footers, and words that come and go."""

import re
from dataclasses import replace

from helpers.screen import FakeSession, open_screen, waiting

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Recording
from tcpviz.session.status import Phase
from tcpviz.ui.panes import WhyPane


async def test_why_names_its_packet(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home")
        assert " 4 Why: packet 1 " in screen.text
        await screen.press("down")
        assert " 4 Why: packet 2 " in screen.text


async def test_why_says_how_much_has_no_room(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(120, 40)) as screen:
        await screen.press("home", "down", "down", "down")
        assert "4 Why: packet 4, 11 more lines: 4, then z" in screen.text
        await screen.press("4")
        assert "4 Why: packet 4, 11 more lines: z" in screen.text
        await screen.press("z")
        assert "more lines" not in screen.text
        assert "The server goes from LISTEN to SYN-RECEIVED" in screen.text


async def test_why_stays_readable_on_a_wide_screen(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(200, 50)) as screen:
        await screen.press("home", "down", "down", "down", "4", "z")
        lines = screen.main.query_one(WhyPane)._lines
        widths = [sum(len(text) for text, _ in line) for line in lines]
        assert 90 < max(widths) <= 100


async def test_a_word_covers_no_text_of_a_pane(clean: Recording) -> None:
    async with open_screen(session=FakeSession(clean), size=(80, 24)) as screen:
        screen.main.say("Stopped at packet: tcp.flags.syn == 1 && tcp.flags.ack == 1")
        await screen.tick()
        assert "Stopped at packet: tcp.flags.syn == 1 && tcp" in screen.text.splitlines()[0]
        screen.main.say("Saved as lab.pcapng")
        await screen.tick()
        assert "Stopped at" not in screen.text
        assert "Saved as lab.pcapng" in "".join(screen.text.splitlines()[:2])


async def test_the_badge_of_a_breakpoint_has_room(clean: Recording) -> None:
    session = FakeSession(clean, held=True, stopped="packet: tcp.flags.fin == 1", virtual_time=True)
    async with open_screen(session=session, size=(80, 24)) as screen:
        session.status = replace(session.status, pending=waiting(clean.data(3)))
        await screen.tick()
        assert "at packet: tcp.flags.fin == 1" in screen.text


async def test_a_failed_fetch_holds_nothing(clean: Recording) -> None:
    session = FakeSession(clean, held=True)
    async with open_screen(session=session, size=(120, 40)) as screen:
        assert "HOLDING" in screen.text
        session.tell(phase=Phase.FAILED, failure=Failure(ExitCode.CONNECT_FAILED, "nobody", "try again"))
        await screen.tick()
        assert "HOLDING" not in screen.text
        assert "space Run" not in screen.text
        assert "the fetch failed" in screen.text


async def test_alerts_are_grouped_under_headings(lossy: Recording) -> None:
    async with open_screen(recording=lossy, size=(200, 50)) as screen:
        await screen.press("end")
        assert "By kind" in screen.text
        assert re.search(
            r"Lost by the network +x\d+ (#|before|after)\S* ?#?\d+ to (after )?#\d+", screen.text
        )
        await screen.press("3", "z")
        assert "Up to here, latest first" in screen.text


async def test_at_80_columns_the_footer_offers_why_and_the_panes(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        assert "4 Why" in screen.text.splitlines()[-1]
        assert "1-7 Panes" in screen.text.splitlines()[-1]


async def test_at_80_columns_the_footer_offers_the_stream_of_a_capture(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        assert "f Follow" in screen.text.splitlines()[-1]


async def test_at_80_columns_the_footer_of_an_earlier_moment_leads_back(clean: Recording) -> None:
    held = FakeSession(clean, held=True, virtual_time=True, pending=waiting(clean.data(3)))
    async with open_screen(session=held, size=(80, 24)) as screen:
        assert "n Pass  d Drop  D Double" in screen.text.splitlines()[-1]
        await screen.press("home")
        line = screen.text.splitlines()[-1]
        assert all(
            hint in line for hint in ("End Live", "n Next", "space Run", "? Help", "^p Menu", "q Quit")
        )
        await screen.press("end")
        assert "n Pass  d Drop  D Double" in screen.text.splitlines()[-1]


async def test_at_the_gate_the_footer_offers_why_where_there_is_room(clean: Recording) -> None:
    held = FakeSession(clean, held=True, virtual_time=True, pending=waiting(clean.data(3)))
    async with open_screen(session=held, size=(120, 40)) as screen:
        line = screen.text.splitlines()[-1]
        assert all(hint in line for hint in ("n Pass", "d Drop", "space Run", "4 Why", "1-7 Panes"))


async def test_the_next_toast_stands_where_the_one_before_stood(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        for word in ("first", "second", "third"):
            screen.main.say(word)
            await screen.tick()
        assert "third" in screen.text.splitlines()[0]
        assert "first" not in screen.text
