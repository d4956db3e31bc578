"""Where a run is to stop by itself: asked before each frame takes effect, and after each thing that happened.

What to stop at is the caller's affair (a `Watch`); here is what a watch is asked, and when.
"""

from collections.abc import Sequence
from typing import Protocol

from tcpviz.analysis import Analyzer, TcpPacket
from tcpviz.analysis.filter import Subject
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import ETHERNET, find_tcp
from tcpviz.link.base import Fate
from tcpviz.recording import Kind, Recording
from tcpviz.session.gate import Waiting
from tcpviz.tcp.events import Event


class Watch(Protocol):
    """One thing to stop at."""

    @property
    def text(self) -> str:
        """What it is, for the user."""

    def before(self, subject: Subject) -> bool:
        """Whether to stop before this frame takes effect. An outgoing one brings what led to it."""

    def after(self, events: Sequence[Event], fate: Fate) -> bool:
        """Whether to stop now that our stack did this, or the network that to a frame."""


class Watches:
    """All that a run is to stop at. It judges every frame, as the analysis of one needs those before it."""

    def __init__(self, watches: Sequence[Watch], recording: Recording) -> None:
        self._watches = watches
        self._epoch = recording.epoch
        self._analyzer = Analyzer()
        self._fragments = Fragments()
        self._frames = 0
        self._first_time = 0
        for index in range(len(recording)):
            row = recording.row(index)
            if row.kind is Kind.FRAME and row.number:
                self._subject(recording.data(index), row.time)

    def before(self, waiting: Waiting, now: int) -> Watch | None:
        """The watch that this frame is a reason to stop for."""
        subject = self._subject(waiting.data, now)
        subject.direction, subject.fate = waiting.direction, waiting.fate
        subject.flow = waiting.flow.number if waiting.flow else 0
        subject.snapshot, subject.events = waiting.snapshot, waiting.events
        return next((watch for watch in self._watches if watch.before(subject)), None)

    def after(self, events: Sequence[Event], fate: Fate = Fate.PASSED) -> Watch | None:
        """The watch that what has just happened is a reason to stop for."""
        return next((watch for watch in self._watches if watch.after(events, fate)), None)

    def _subject(self, data: bytes, now: int) -> Subject:
        found = find_tcp(data, ETHERNET, len(data), self._fragments)
        packet = found if isinstance(found, TcpPacket) else None
        self._frames += 1
        if self._frames == 1:
            self._first_time = now
        since = now - self._first_time
        subject = Subject(data, self._frames, self._epoch + now, since, length=len(data), packet=packet)
        subject.whole = self._fragments.completed()
        if packet:
            subject.verdict = self._analyzer.add(self._frames, now, packet)
        return subject
