"""A capture file as what a filter judges: its TCP packets, each with all that is known of it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tcpviz.analysis.analyzer import Analyzer
from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.packet import CutOff
from tcpviz.recording import Recording, RecordingError


def subjects(capture: CaptureFile, record: "Record | None" = None) -> Iterator[Subject]:
    """The frames that carry TCP, in order; one whose TCP header was cut off has no packet and no verdict."""
    analyzer, fragments = Analyzer(), Fragments()
    first = previous = None
    for number, frame in enumerate(capture, 1):
        time, found = frame.time, find_tcp(frame.data, frame.linktype, frame.length, fragments)
        whole = fragments.completed()
        if first is None or previous is None:
            first = previous = time
        if found is not None:
            packet = None if isinstance(found, CutOff) else found
            subject = Subject(
                frame.data,
                number,
                time,
                time - first,
                time - previous,
                frame.length,
                frame.linktype,
                packet,
                analyzer.add(number, time, packet) if packet else None,
                whole,
            )
            if record:
                record.tell(subject)
            yield subject
        previous = time


class Record:
    """What our own stack wrote into a file beside the frames."""

    def __init__(self, path: Path) -> None:
        self._recording: Recording | None = None
        self._next = 0
        with suppress(RecordingError):  # somebody else's capture, of no Ethernet
            self._recording = Recording.open(path)

    def tell(self, subject: Subject) -> None:
        """Adds it to a subject; they have to come in their order."""
        recording = self._recording
        while recording and self._next < len(recording):
            row = recording.row(self._next)
            if row.number > subject.number:
                return
            self._next += 1
            if row.number == subject.number:
                add_record(subject, recording, self._next - 1)
                return


def add_record(subject: Subject, recording: Recording, index: int) -> None:
    """Adds what row `index` of a recording has beside its frame."""
    row = recording.row(index)
    subject.direction, subject.fate = row.direction, row.fate
    subject.flow, subject.peer_state = row.flow, row.peer_state
    subject.snapshot, subject.events = recording.snapshot(index), recording.events(index)
