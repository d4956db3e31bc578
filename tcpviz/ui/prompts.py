"""The short questions: which file, which packet."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from textual.app import ComposeResult

from tcpviz.recording import Recording, RecordingError
from tcpviz.ui.dialog import Answer, Dialog, Field, Form
from tcpviz.view.export.write import ExportError


class FilePrompt(Dialog[Answer]):
    """Asks for a file and does `work` with it, in a thread; what that gives is the answer.

    `doubt` gives what there is to say against a file, or nothing: a second Enter means it nevertheless.
    """

    def __init__(
        self,
        title: str,
        explanation: str,
        name: str,
        work: Callable[[Path], Answer],
        doubt: Callable[[Path], str] = lambda path: "",
    ) -> None:
        super().__init__()
        self._doubt = doubt
        self._doubted: Path | None = None
        self.title_text = title
        self.explanation = explanation
        self._offered = name
        self._work = work

    def fields(self) -> ComposeResult:
        """The file's name."""
        yield Field(self._offered, placeholder="file name", name="file")

    async def finish(self) -> None:
        """Close only when it was done."""
        if not self.text("file"):
            self.tell("type the name of a file")
            return
        path = Path(self.text("file"))
        try:
            path = path.expanduser()
            if (doubt := self._doubt(path)) and path != self._doubted:
                self._doubted = path
                self.tell(doubt)
                return
            result = await asyncio.to_thread(self._work, path)
        except RuntimeError:
            self.tell(f"{path}: there is no such user")
        except (OSError, RecordingError, ExportError) as error:
            self.tell(_told(error, path))
        else:
            self.dismiss(result)


def save(recording: Recording, path: Path) -> Path:
    """Save, and give the file's name. Raises OSError."""
    recording.save(path)
    return path


def would_overwrite(path: Path) -> str:
    """What there is to say against saving there."""
    return f"{path} exists already: Enter again overwrites it" if path.is_file() else ""


class GoToPrompt(Form[int]):
    """Asks for a packet's number."""

    title_text = "Go to packet"

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last
        self.explanation = f"Number of the packet, 1 to {last}."

    def fields(self) -> ComposeResult:
        """The number."""
        yield Field(name="number", restrict=r"[0-9]*")

    def answer(self) -> int:
        """The number. Raises ValueError."""
        text = self.text("number")
        if not text or not 1 <= int(text) <= self._last:
            raise ValueError(f"type a number from 1 to {self._last}")
        return int(text)


class FindPrompt(Form[str]):
    """Asks for a text to look for."""

    title_text = "Find in the stream"

    def __init__(self, text: str, keys: Mapping[str, str]) -> None:
        """`text`: what was looked for before."""
        super().__init__()
        self.explanation = (
            "From here on, whatever its case. {first} goes to the top first; {stream-next} finds the next "
            "one."
        ).format_map(keys)
        self._text = text

    def fields(self) -> ComposeResult:
        """One line."""
        yield Field(self._text, name="wanted")

    def answer(self) -> str:
        """The text; empty to look for nothing."""
        return self.query_one("#wanted", Field).value


def _told(error: OSError | RecordingError | ExportError, path: Path) -> str:
    return f"{path}: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
