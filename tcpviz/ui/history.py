"""What the user has typed before, kept from one start to the next."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from tcpviz.folders import own_folder
from tcpviz.view.safe import SafeText, safe

LONGEST = 100
"""How many answers are kept."""


class History:
    """The answers to one question, the latest last. A file that can't be read or written is none."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def path(self) -> Path:
        """A JSON list. FileNotFoundError for a user without a home."""
        return own_folder(user_state_path) / f"{self._name}.json"

    def entries(self) -> list[SafeText]:
        """All that is kept. Anybody may have written to the file."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [safe(each) for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def add(self, text: str) -> None:
        """Keep one more; the same one again moves to the end."""
        kept = [*(each for each in self.entries() if each != text), text][-LONGEST:]
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(kept), encoding="utf-8")


class Recall:
    """Walks through a history, and back to what was typed."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = entries
        self._at = len(entries)
        self._typed = ""

    def back(self, typed: str) -> str:
        """The entry before; `typed` is what stands in the field now."""
        if self._at == len(self._entries):
            self._typed = typed
        self._at = max(self._at - 1, 0)
        return self._entries[self._at] if self._entries else typed

    def on(self, typed: str) -> str:
        """The entry after."""
        if self._at == len(self._entries):
            return typed
        self._at += 1
        return self._entries[self._at] if self._at < len(self._entries) else self._typed
