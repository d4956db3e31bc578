"""Follow stream: what stands there, how one moves and finds, and that a line leads to its packet."""

from pathlib import Path

import pytest
from helpers.screen import FakeSession, copy_rows, open_screen, record_run

from tcpviz.recording import Recording
from tcpviz.ui.stream_pane import DECRYPTING, ENCRYPTED, StreamPane

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_f_follows_the_connection_and_takes_itself_away(
    clean: Recording, size: tuple[int, int]
) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("f")
        assert "User-Agent: tcpviz" in screen.text
        assert "Content-Type: text/html" in screen.text
        assert "client 68 B" in screen.text
        await screen.press("n")
        assert screen.position == 1, "the keys of time work here, too"
        await screen.press("f")
        assert "User-Agent" not in screen.text


@pytest.mark.parametrize("size", SIZES)
async def test_h_shows_octets_that_fit(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("f", "h")
        assert "000000  47 45 54 20 2f 20 48 54" in screen.text
        assert "GET / HT" in screen.text
        await screen.press("h")
        assert "47 45 54" not in screen.text


async def test_enter_goes_to_the_packet_of_the_line(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("f", "home", "enter")
        assert screen.position == 5
        await screen.press(*["down"] * 5, "enter")
        assert screen.position == 6
        pane = screen.main.query_one(StreamPane)
        await screen.pilot.click("#stream", offset=(20, pane.gutter.top + 1))
        await screen.tick()
        assert screen.position == 5


async def test_the_place_moves_with_the_moment(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.press("f", "g", "6", "0", "enter")
        assert screen.main.stage
        number = screen.main.stage.recording.row(screen.main.stage.run.packets.row(screen.position)).number
        assert number == 60
        pane = screen.main.query_one(StreamPane)
        assert pane.conversation
        assert pane._place
        assert pane._place.piece == pane.conversation.at(screen.position)


@pytest.mark.parametrize("size", SIZES)
async def test_it_opens_at_the_packet_that_is_looked_at(lossy: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=lossy, size=size) as screen:
        await screen.press("g", "6", "0", "enter", "f")
        pane = screen.main.query_one(StreamPane)
        assert pane.conversation
        assert pane._place
        assert pane._place.piece == pane.conversation.at(screen.position) > 0


async def test_one_side_alone(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("f", "home", "c")
        assert "User-Agent" in screen.text
        assert "Content-Type" not in screen.text
        await screen.press("c")
        assert "User-Agent" not in screen.text
        assert "Content-Type" in screen.text


async def test_slash_finds_a_text_and_m_the_next_one(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("f", "home", "slash", *"content-l", "enter", "enter")
        assert screen.position == 6
        await screen.press("slash", *"nonsense", "enter")
        assert "not found" in screen.text


@pytest.mark.parametrize("size", SIZES)
async def test_e_reads_the_exchange(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("e", "end")
        assert "Last byte" in screen.text
        assert "Body: 1,222 octets, as Content-Length says." in screen.text
        await screen.press("home", "enter")
        assert screen.position == 5
        await screen.press("f")
        assert "Last byte" not in screen.text
        assert "User-Agent" in screen.text


async def test_chunks_are_shown(tmp_path: Path) -> None:
    recording = Recording.open(record_run(tmp_path / "chunks.pcapng", "http://lab/chunked"))
    async with open_screen(recording=recording) as screen:
        await screen.press("e", "end")
        assert "chunk 3: " in screen.text
    recording.close()


async def test_a_stream_grows_while_it_is_followed(clean: Recording) -> None:
    growing = Recording.create(link="sim", epoch=0)
    copy_rows(clean, growing, 0, 4)
    async with open_screen(session=FakeSession(growing)) as screen:
        await screen.press("f")
        assert "Nothing was said so far." in screen.text
        copy_rows(clean, growing, 4, len(clean))
        await screen.tick()
        assert "doctype" in screen.text


async def test_before_there_is_a_connection() -> None:
    async with open_screen(session=FakeSession(Recording.create(link="sim", epoch=0))) as screen:
        await screen.press("f")
        assert "follow" not in screen.offered


async def test_of_tls_both_views_say_in_80_columns_why_they_show_no_words(tmp_path: Path) -> None:
    recording = Recording.open(record_run(tmp_path / "tls.pcapng", "https://lab/"))
    async with open_screen(recording=recording, size=(80, 24)) as screen:
        await screen.press("f")
        assert ENCRYPTED in screen.text
        await screen.press("e")
        assert ENCRYPTED in screen.text
        assert DECRYPTING in screen.text
        assert "Nothing more can be read" not in screen.text
    recording.close()
