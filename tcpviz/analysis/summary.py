"""A capture's TCP in two tables: what each stream carried, and how often each flag was given."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final, TextIO

from tcpviz.analysis.filter import Subject
from tcpviz.analysis.packet import TcpPacket

_STREAM_COLUMNS: Final = ("Stream >", "From", "To", "Packets >", "Octets >", "Seconds >", "Flags")
_FLAG_COLUMNS: Final = ("Flag", "Packets >", "Streams >")


class _Stream:
    """What was counted of one stream; the ends in the order of its first packet."""

    def __init__(self, number: int, first: TcpPacket, time: int) -> None:
        self.number = number
        source_port, destination_port = first.ports
        self.ends = _end(first.source, source_port), _end(first.destination, destination_port)
        self.packets = self.octets = 0
        self.first = self.last = time
        self.flags: Counter[str] = Counter()

    @property
    def seconds(self) -> float:
        return (self.last - self.first) / 1_000_000_000

    def values(self) -> Mapping[str, object]:
        return {
            "stream": self.number,
            "from": self.ends[0],
            "to": self.ends[1],
            "packets": self.packets,
            "octets": self.octets,
            "duration": self.seconds,
            "flags": dict(self.flags.most_common()),
        }


class Summary:
    """The counts of some packets. Those whose TCP header was cut off belong to no stream."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._streams: dict[int, _Stream] = {}
        self._cut_off = 0
        for subject in subjects:
            self._add(subject)

    def _add(self, subject: Subject) -> None:
        packet, verdict, time = subject.packet, subject.verdict, subject.time
        if packet is None or verdict is None:
            self._cut_off += 1
            return
        stream = self._streams.get(verdict.stream)
        if stream is None:
            stream = self._streams[verdict.stream] = _Stream(verdict.stream, packet, time)
        stream.packets += 1
        stream.octets += verdict.length
        stream.last = time
        stream.flags.update(verdict.flags.names)

    def values(self) -> Mapping[str, object]:
        """The same as plain values: octets of payload, durations in seconds."""
        return {
            "streams": [stream.values() for stream in self._streams.values()],
            "flags": {
                flag: {"packets": packets, "streams": streams} for flag, packets, streams in self._flags()
            },
            "cut_off": self._cut_off,
        }

    def write(self, out: TextIO) -> None:
        """The tables, each as wide as it has to be."""
        flags = ((flag, f"{packets:,}", f"{streams:,}") for flag, packets, streams in self._flags())
        _write_table(out, "Streams", _STREAM_COLUMNS, map(_cells, self._streams.values()))
        _write_table(out, "Flags", _FLAG_COLUMNS, flags)
        if self._cut_off:
            out.write(f"Cut off in their TCP header: {self._cut_off:,} packets\n")

    def _flags(self) -> list[tuple[str, int, int]]:
        """Each flag, the commonest first: on how many packets of how many streams."""
        packets: Counter[str] = Counter()
        streams: Counter[str] = Counter()
        for stream in self._streams.values():
            packets.update(stream.flags)
            streams.update(stream.flags.keys())
        return [(flag, count, streams[flag]) for flag, count in packets.most_common()]


def _end(address: bytes, port: int) -> str:
    ip = ip_address(address)
    return f"{ip}:{port}" if ip.version == 4 else f"[{ip}]:{port}"


def _cells(stream: _Stream) -> Sequence[str]:
    numbers = (f"{stream.packets:,}", f"{stream.octets:,}", f"{stream.seconds:.6f}")
    flags = ", ".join(f"{flag} {count:,}" for flag, count in stream.flags.most_common())
    return str(stream.number), *stream.ends, *numbers, flags


def _write_table(out: TextIO, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns marked with > are numbers, at the right. Tens of thousands of rows are usual: rich takes
    2 ms for each."""
    lines: list[Sequence[str]] = [[column.removesuffix(" >") for column in columns], *rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    sides = [">" if column.endswith(">") else "<" for column in columns]
    lines.insert(1, ["-" * width for width in widths])
    out.write(f"{title}\n\n")
    for cells in lines:
        padded = (f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True))
        out.write("  " + "   ".join(padded).rstrip() + "\n")
    out.write("\n")
