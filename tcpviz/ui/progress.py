"""The progress of a fetch without a screen: bars on stderr, for a human who waits."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from tcpviz.session.status import Status

_INTERVAL = 0.1
"""Seconds between two drawings."""


class Meter:
    """A bar for what is sent, where anything is, and one for what comes."""

    def __init__(self, to_send: int) -> None:
        """`to_send`: octets of the request's body."""
        self._to_send = to_send
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._up: TaskID | None = None
        self._down: TaskID | None = None
        self._url = -1
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, status: Status) -> None:
        """Draw where the fetch is, unless it was drawn just now."""
        now = time.monotonic()
        if now - self._drawn < _INTERVAL and not status.phase.over:
            return
        self._drawn = now
        if len(status.outcomes) > self._url and not status.phase.over:
            self._url = len(status.outcomes)
            self._up = self._progress.add_task("sent", total=self._to_send) if self._to_send else None
            self._down = None
        if self._up is not None:
            self._progress.update(self._up, completed=status.sent)
        if status.response and not status.phase.over:
            if self._down is None:
                self._down = self._progress.add_task("received", total=status.length)
            self._progress.update(self._down, total=status.length, completed=status.body)
        self._progress.refresh()
