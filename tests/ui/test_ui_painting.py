"""What is drawn anew and what is not: no more than changed, and nothing that changed is left."""

import pytest
from helpers.screen import FakeSession, copy_rows, open_screen
from textual.strip import Strip
from textual.widget import Widget

from tcpviz.recording import Recording
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.panes import StatePane

JOURNEY = (
    *("home", "n", "n", "n", "down", "down", "pagedown", "N", "p", "P", "pageup", "up"),
    *("a", "3", "6", "7", "5", "z", "down", "z", "tab", "end", "up", "end"),
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_that_the_screen_is_always_as_if_it_were_drawn_anew(
    lossy: Recording, size: tuple[int, int]
) -> None:
    growing = Recording.create(link="sim", epoch=0)
    copy_rows(lossy, growing, 0, len(lossy) // 2)
    at = len(growing)
    async with open_screen(session=FakeSession(growing), size=size) as screen:
        for key in JOURNEY:
            copy_rows(lossy, growing, at, at := min(at + 3, len(lossy)))
            await screen.press(key)
            seen = screen.strips
            screen.main.repaint()
            for widget in screen.main.query("*"):
                widget.refresh()
            await screen.tick()
            assert seen == screen.strips, key


def asked(monkeypatch: pytest.MonkeyPatch, widget: type[Widget]) -> list[int]:
    """The lines that widgets of this type are asked for from now on."""
    lines: list[int] = []
    render = widget.render_line

    def note(self: Widget, y: int) -> Strip:
        lines.append(y)
        return render(self, y)

    monkeypatch.setattr(widget, "render_line", note)
    return lines


async def test_that_a_step_in_the_list_draws_two_of_its_rows(
    lossy: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(session=FakeSession(lossy)) as screen:
        await screen.press("home")
        assert "1 of" in screen.text
        lines = asked(monkeypatch, PacketList)
        await screen.press("down")
        assert "2 of" in screen.text  # on the border, which is drawn without the rows
        assert set(lines) == {1, 2}


async def test_that_a_packet_that_changes_no_state_leaves_the_state_machine(
    lossy: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(session=FakeSession(lossy)) as screen:
        assert screen.main.stage
        changes = [row for row, _ in screen.main.stage.run.state_changes()]
        await screen.press("home")
        while screen.main.stage.run.packets.row(screen.position) <= changes[1]:
            await screen.press("down")
        assert screen.text
        lines = asked(monkeypatch, StatePane)
        await screen.press("down")
        assert screen.text
        assert not lines
