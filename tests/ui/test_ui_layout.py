"""Where the panes stand at every size."""

import pytest
from helpers.screen import open_screen
from textual.geometry import Size

from tcpviz.recording import Recording
from tcpviz.ui.board import PaneName, arrangement

SIZES = [Size(width, height - 4) for width in range(80, 241, 7) for height in range(24, 81, 5)]


@pytest.mark.parametrize("chosen", PaneName)
def test_the_panes_tile_the_board(chosen: PaneName) -> None:
    for size in SIZES:
        places = arrangement(size, chosen)
        assert sum(region.area for region in places.values()) == size.area, size
        assert all(size.region.contains_region(region) for region in places.values()), size
        assert all(region.height >= 5 and region.width >= 40 for region in places.values()), (size, places)


@pytest.mark.parametrize("chosen", PaneName)
def test_the_chosen_pane_and_the_list_can_always_be_seen(chosen: PaneName) -> None:
    for size in SIZES:
        assert {chosen, PaneName.PACKETS} <= arrangement(size, chosen).keys()


def test_the_larger_the_screen_the_more_panes() -> None:
    assert len(arrangement(Size(80, 20), PaneName.STATE)) == 2
    assert len(arrangement(Size(120, 36), PaneName.STATE)) == 5
    assert len(arrangement(Size(160, 41), PaneName.STATE)) == 6


def test_a_zoomed_pane_has_the_whole_board() -> None:
    assert arrangement(Size(80, 20), PaneName.STATE, PaneName.WHY) == {PaneName.WHY: Size(80, 20).region}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45), (200, 50)])
async def test_every_line_is_as_wide_as_the_screen(lossy: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=lossy, size=size) as screen:
        for keys in (("end",), ("home", "N"), ("5",)):
            await screen.press(*keys)
            lines = screen.text.splitlines()
            assert len(lines) == size[1]
            assert {len(line) for line in lines} == {size[0]}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_status_list_timeline_and_keys_are_always_there(
    lossy: Recording, size: tuple[int, int]
) -> None:
    async with open_screen(recording=lossy, size=size) as screen:
        await screen.press("N")
        lines = screen.text.splitlines()
        assert "192.0.2.1:80" in lines[0]
        assert "Packets" in screen.text
        assert "CAPTURE FILE" in lines[-3]
        assert "? Help" in lines[-1]


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (20, 5)])
async def test_a_terminal_that_is_too_small_is_told_so(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        assert "tcpviz needs" in screen.text
        assert "Packets" not in screen.text


async def test_the_screen_follows_a_new_size(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        await screen.pilot.resize_terminal(160, 45)
        await screen.tick()
        assert "5 Details" in screen.text
        await screen.pilot.resize_terminal(40, 10)
        await screen.tick()
        assert "tcpviz needs a terminal" in screen.text
        await screen.pilot.resize_terminal(80, 24)
        await screen.tick()
        assert "Packets" in screen.text


async def test_wireshark_s_columns_where_there_is_room(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        assert "Destination" not in screen.text
        await screen.press("z")
        assert "Destination" in screen.text


async def test_a_list_that_gets_more_room_fills_it(lossy: Recording) -> None:
    async with open_screen(recording=lossy, size=(80, 24)) as screen:
        await screen.press("end", "up", "z")
        stage, rows = screen.main.stage, screen.main.packets
        assert stage
        assert rows.top + rows.page == len(stage.run.packets)
