"""A recording without what is private: other addresses, no payload, and the same TCP."""

import re
from pathlib import Path

from tcpviz.analysis.masking import Masks
from tcpviz.recording import Kind, Recording, RecordingError
from tcpviz.view.why_events import comment
from tcpviz.wire import pcapng

_TELLING = re.compile(r"\w[\w.%-]*[.:@/][\w.:@/%-]*\w|\w*::\w*|\w*\d[\w-]*")
"""Addresses, names of hosts and URLs; to be safe, every word with a digit or one of their signs."""
_OTHERS_WORDS = re.compile(r"^\S+(?= is )|(?<= refuses ).+|(?<=itself failed: ).+", re.DOTALL)
"""Names without any sign: what a host is called, a DHCP server's reasons, a fault's message."""
_BATCH = 1024
_LATEST = (1 << 64) - 1


def redacted(source: Recording, path: Path) -> Recording:
    """A copy of `source` with masked frames and words, in a file at `path`.

    What our own stack knew of its connections stays. RecordingError when the copy can't be written.
    """
    return _copy_of_run(source, path) if source.ours else _copy_of_capture(source, path)


def _copy_of_run(source: Recording, path: Path) -> Recording:
    masks = Masks()
    copy = Recording.create(link=_kind_of(source.link), epoch=source.epoch, path=path, explain=comment)
    for index in range(len(source)):
        _copy_row(source, index, copy, masks)
        if not index % _BATCH:
            copy.commit()
    copy.commit()
    return copy


def _copy_of_capture(source: Recording, path: Path) -> Recording:
    """The frames alone: comments, names, keys and whatever else the file has may tell anything."""
    masks = Masks()
    interfaces: dict[int, int] = {}
    try:
        with path.open("wb") as file:
            file.write(pcapng.section_header("tcpviz"))
            for index in range(len(source)):
                row, linktype = source.row(index), source.linktype(index)
                if linktype not in interfaces:
                    interfaces[linktype] = len(interfaces)
                    file.write(pcapng.interface_description("redacted", linktype))
                frame = masks.frame(source.data(index), linktype, row.length)
                time = max(source.epoch + row.time, 0) & _LATEST
                file.write(pcapng.captured_packet(time, interfaces[linktype], frame, row.length))
    except OSError as error:
        raise RecordingError(f"can't write {path}: {error.strerror}") from error
    return Recording.open(path)


def _copy_row(source: Recording, index: int, copy: Recording, masks: Masks) -> None:
    row, told, snapshot = source.row(index), source.told(index), source.snapshot(index)
    text = _TELLING.sub(_mask, _OTHERS_WORDS.sub(_mask, told.text))
    if row.kind is Kind.FRAME:
        copy.frame(
            row.time,
            row.direction,
            masks.frame(source.data(index), source.linktype(index), row.length),
            fate=row.fate,
            flow=row.flow,
            snapshot=snapshot,
            events=told.events,
            peer_state=row.peer_state,
            text=text,
            peer_events=told.peer_events,
        )
    else:
        copy.moment(
            row.time,
            row.kind,
            flow=row.flow,
            snapshot=snapshot,
            events=told.events,
            text=text,
            peer_state=row.peer_state,
        )


def _kind_of(link: str) -> str:
    """The link without its interface, which may be called after anything."""
    return link.partition(" ")[0]


def _mask(telling: re.Match[str]) -> str:
    return "x" * len(telling[0])
