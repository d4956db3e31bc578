"""Sizes change while a pane or a dialog is open and a run goes on: no error, the keys stay where they were,
and a screen that is too small says so."""

from collections.abc import Iterator

import pytest
from helpers.hostile import PAYLOAD
from helpers.screen import FakeSession, Screen, copy_rows, open_screen, waiting
from helpers.tour import Place, places

from tcpviz.recording import Recording

SIZES = ((80, 24), (60, 15), (120, 40), (200, 50))
NAMES = ("list", "details", "stream", "help", "breakpoints", "impairment")
TOUR = [place for place in places("tcp.len > 0") if place.name in NAMES]


@pytest.fixture
def session() -> Iterator[FakeSession]:
    recording = Recording.create(link="sim", epoch=0)
    yield FakeSession(recording, held=True, pending=waiting(PAYLOAD))
    recording.close()


async def resized(screen: Screen, place: Place) -> None:
    """Open it, go through the sizes, and close it."""
    for key in place.way[:-1]:
        await screen.tap(key)
    if place.typed:
        await screen.paste(place.typed)
    await screen.tap(place.way[-1])
    on_top, focused = type(screen.app.screen), screen.app.focused
    for width, height in SIZES:
        await screen.pilot.resize_terminal(width, height)
        await screen.settle()
        assert type(screen.app.screen) is on_top
        too_small = screen.main.has_class("-too-narrow")
        assert too_small is (width < 80)
        if too_small:
            assert "tcpviz needs a terminal of at least 80 columns" in screen.text
        if not too_small:
            assert screen.app.focused is focused, f"{place.name} at {width}x{height}"
            assert focused is None or focused.region.area, f"{place.name} at {width}x{height}"
    for key in place.back:
        await screen.tap(key)
    screen.main.query_one("#packets").focus()


async def test_panes_and_dialogs_stand_every_size(lossy: Recording, session: FakeSession) -> None:
    async with open_screen(session=session, size=(200, 50)) as screen:
        at = 0
        for place in TOUR:
            copy_rows(lossy, session.recording, at, at := min(at + 4, len(lossy)))
            await resized(screen, place)
