"""Choosing one of a capture's TCP streams."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.screen import open_screen
from helpers.torture import frames, write_pcap
from textual.widgets import OptionList

from tcpviz.recording import Recording
from tcpviz.ui.ladder_pane import LadderPane
from tcpviz.ui.listing import shows


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Recording]:
    path = tmp_path / "several.pcap"
    write_pcap(path, frames(7, 400))
    recording = Recording.open(path)
    yield recording
    recording.close()


async def test_a_capture_with_several_streams_says_so(several: Recording, clean: Recording) -> None:
    async with open_screen(recording=several) as screen:
        assert "t lists them" in screen.text
        assert "streams" in screen.offered
    async with open_screen(recording=clean) as screen:
        assert "t lists them" not in screen.text
        assert "streams" not in screen.offered


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_chosen_stream_alone_is_listed(several: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=several, size=size) as screen:
        stage = screen.main.stage
        assert stage
        await screen.press("6", "t")
        assert "TCP streams" in screen.text
        listed = screen.app.screen.query_one("#streams", OptionList)
        listed.highlighted = 2
        await screen.press("enter")
        await screen.tick(20)
        assert stage.filter is not None
        assert stage.filter.text == "tcp.stream == 1"
        assert screen.position == stage.streams.first(1)
        shown = [stage.run.packets.observed(stage.listing.position(row)) for row in range(len(stage.listing))]
        assert {one.stream for one in shown if one} == {1}
        positions = screen.main.query_one(LadderPane)._positions.values()
        assert {one.stream for each in positions if (one := stage.run.packets.observed(each))} == {1}
        await screen.press("t", "home", "enter")
        assert stage.filter is None


async def test_the_list_tells_several_streams_apart(several: Recording, clean: Recording) -> None:
    async with open_screen(recording=several, size=(80, 24)) as screen:
        assert "Time Stream" in heading(screen.text)
        stage = screen.main.stage
        assert stage
        await screen.press("home")
        [first] = [line.split() for line in screen.text.splitlines() if line.startswith("  1 ")]
        observed = stage.run.packets.observed(0)
        assert observed
        assert int(first[2]) == observed.stream
        await screen.press("t", "home", "down", "enter")
        assert "Stream" not in heading(screen.text)
        await screen.press("escape")
        assert "Time Stream" in heading(screen.text)
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        assert "Stream" not in heading(screen.text)


async def test_alerts_are_visited_among_the_listed_packets(several: Recording) -> None:
    async with open_screen(recording=several) as screen:
        stage = screen.main.stage
        assert stage
        await screen.press("t", "home", "down", "down", "enter")
        await screen.tick(20)
        assert f"Alerts: {len(stage.run.alerts):,} of all packets" in screen.text
        places = {stage.run.packets.position(row) for row in stage.run.alerts.rows}
        listed = [position for position in sorted(places) if shows(stage.listing, position)]
        assert listed
        assert len(listed) < len(places)
        visited = []
        for _ in listed:
            await screen.press("N")
            visited.append(screen.position)
        assert sorted(visited) == listed


async def test_where_no_listed_packet_has_an_alert_that_is_said(several: Recording) -> None:
    async with open_screen(recording=several) as screen:
        await screen.press("/", *"frame.number == 1", "enter")
        await screen.tick(20)
        before = screen.position
        await screen.press("N")
        assert "No packet that passes the filter has an alert" in screen.text
        assert screen.position == before
        await screen.press("g", *"5", "enter")
        assert "This packet does not pass the filter" in screen.text


def heading(text: str) -> str:
    """The titles of the packet list's columns."""
    return next(line for line in text.splitlines() if "No." in line)


async def test_of_very_many_those_around_the_packet_are_listed(
    several: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcpviz.ui.streams_panel.MOST_LISTED", 2)
    async with open_screen(recording=several, size=(120, 40)) as screen:
        await screen.press("end", "t")
        assert "2 here around the packet that is shown" in screen.text
        moment = screen.main.stage and screen.main.stage.moment()
        assert moment
        assert moment.observed
        listed = screen.app.screen.query_one("#streams", OptionList)
        assert listed.option_count == 3
        await screen.press("enter")
        assert screen.main.stage
        assert screen.main.stage.filter
        assert screen.main.stage.filter.text == f"tcp.stream == {moment.observed.stream}"


async def test_what_is_typed_leaves_the_streams_that_have_it(several: Recording) -> None:
    async with open_screen(recording=several, size=(120, 40)) as screen:
        stage = screen.main.stage
        assert stage
        streams = list(stage.streams)
        port = streams[1].ends.rpartition(":")[2]
        wanted = [each.number for each in streams if f":{port}" in each.ends]
        assert 0 < len(wanted) < len(streams)
        await screen.press("t", *f":{port}")
        assert f"TCP streams with :{port}: {len(wanted)} of {len(streams)}" in screen.text
        listed = screen.app.screen.query_one("#streams", OptionList)
        assert listed.option_count == 1 + len(wanted)
        await screen.press(*["backspace"] * (len(port) + 1))
        assert listed.option_count == 1 + len(streams)
        await screen.press(*"zz")
        assert f"TCP streams with zz: 0 of {len(streams)}" in screen.text
        await screen.press("enter")
        assert stage.filter is None
        assert not screen.main.is_active, "there was nothing to choose"
        await screen.press("backspace", "backspace", *f":{port}", "enter")
        assert stage.filter
        assert stage.filter.text == f"tcp.stream == {wanted[0]}"


async def test_words_that_are_typed_may_stand_anywhere_and_in_any_case(several: Recording) -> None:
    async with open_screen(recording=several) as screen:
        assert screen.main.stage
        streams = screen.main.stage.streams
        some = next(each for each in streams if each.alerts)
        words = f"{some.alerts.split(':')[0].upper()} {some.ends.split()[0]}"
        found, count = streams.matching(words, 10)
        assert some in found
        assert count == len(found)
        assert streams.matching(words, 0) == ([], count)


async def test_escape_changes_nothing(several: Recording) -> None:
    async with open_screen(recording=several) as screen:
        await screen.press("t", "escape")
        assert screen.main.stage
        assert screen.main.stage.filter is None
