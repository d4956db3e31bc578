"""What the keys do, done with the mouse."""

from helpers.screen import open_screen
from textual.widgets import Input

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.ui.details_pane import DetailsPane, loaded
from tcpviz.ui.url_prompt import UrlPrompt


def place(text: str, words: str) -> tuple[int, int]:
    """The second letter of `words` on the screen."""
    for y, line in enumerate(text.splitlines()):
        if words in line:
            return line.index(words) + 1, y
    raise AssertionError(f"{words} is not on the screen:\n{text}")


async def test_a_drag_along_the_timeline_moves_through_the_run(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.pilot.mouse_down("#timeline", offset=(5, 0))
        await screen.tick()
        first = screen.position
        await screen.pilot.hover("#timeline", offset=(40, 0))
        await screen.tick()
        second = screen.position
        await screen.pilot.mouse_up("#timeline", offset=(40, 0))
        await screen.pilot.hover("#timeline", offset=(80, 0))
        await screen.tick()
        assert first < second == screen.position


async def test_the_keys_below_a_question_can_be_clicked() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        await screen.pilot.click(offset=place(screen.text, "Escape: cancel"))
        await screen.tick()
        assert not isinstance(screen.app.screen, UrlPrompt)
        await screen.press("u")
        screen.app.screen.query_one("#url", Input).value = "ftp://lab/"
        await screen.pilot.click(offset=place(screen.text, "Enter: go"))
        await screen.tick()
        assert started == []
        screen.app.screen.query_one("#url", Input).value = "http://lab/"
        await screen.pilot.click(offset=place(screen.text, "Enter: go"))
        await screen.tick()
        assert [each.url for each in started] == ["http://lab/"]


async def test_a_list_is_left_and_chosen_from_by_clicks(clean: Recording, lossy: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        screen.main.show_recording(lossy)
        await screen.press("w")
        await screen.pilot.click(offset=place(screen.text, "Escape: back"))
        await screen.tick()
        assert screen.main.is_active
        await screen.press("w")
        await screen.pilot.click(offset=place(screen.text, " 1  file sim"))
        await screen.tick()
        assert screen.main.stage is screen.main.stages[0]


async def test_a_click_on_a_field_opens_and_folds_it(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        assert loaded.wait(60)
        pane = screen.main.query_one(DetailsPane)
        pane.repaint()
        await screen.press("n")
        before = screen.text
        x, y = place(before, " Ethernet: ")
        await screen.pilot.click(offset=(x, y))
        await screen.tick()
        opened = screen.text
        assert opened.splitlines()[y + 1] != before.splitlines()[y + 1]
        await screen.pilot.click(offset=(x, y))
        await screen.tick()
        assert screen.text.splitlines()[y + 1] == before.splitlines()[y + 1]
