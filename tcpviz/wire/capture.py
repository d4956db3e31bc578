"""Captures that others made, as bytes: pcap and pcapng to frames, in any byte order and resolution.

Tolerant: what is whole is read, and what was lost by damage is said. Our own recordings have more in
them; `pcapng` knows that.
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Final, NamedTuple

from tcpviz.wire.errors import ParseError

_SECOND: Final = 1_000_000_000
_LARGEST: Final = 262_144
"""Octets in a frame: what libpcap and Wireshark take for sane. A longer one is damage."""


class Captured(NamedTuple):
    """One frame of a capture file."""

    time: int
    """Nanoseconds since 1970; 0 where the file has none (simple packet blocks). A damaged file
    may say any year, so that 64 bits are not enough."""
    linktype: int
    """LINKTYPE number of its link header."""
    length: int
    """Octets on the wire; `data` has fewer where the capture was limited."""
    data: bytes
    offset: int
    """Where `data` stands in the file."""
    comment: str = ""


class Capture:
    """The frames of a capture file, once, in order.

    After the iteration `loss` says in a few words what could not be read; empty when all was.
    Raises ParseError at once for what is neither pcap nor pcapng, and never another time.
    """

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        self._magic = bytes(data[:4])
        self.loss = ""
        if self._magic not in _PCAP_MAGIC and self._magic != _SECTION_HEADER:
            found = f"it begins with {self._magic.hex(' ')}" if self._magic else "it is empty"
            raise ParseError(f"neither pcap nor pcapng: {found}")

    def __iter__(self) -> Iterator[Captured]:
        frames = self._pcapng() if self._magic == _SECTION_HEADER else self._pcap()
        try:
            yield from frames
        except _DamageError as damage:
            self.loss = str(damage)
        except struct.error:
            self.loss = "the file ends within a header"

    def _pcap(self) -> Iterator[Captured]:
        order, unit, extra = _PCAP_MAGIC[self._magic]
        data = self._data
        linktype = struct.Struct(order + "I").unpack_from(data, 20)[0] & 0xFFFF
        record = struct.Struct(order + f"IIII{extra}x")
        unpack, header = record.unpack_from, record.size
        size = len(data)
        at = 24
        while at < size:
            seconds, fraction, captured, length = unpack(data, at)
            if captured > _LARGEST:
                raise _DamageError(f"a frame of {captured} octets at offset {at}: the rest is lost")
            start = at + header
            at = start + captured
            if at > size:
                raise _DamageError(f"the last frame is cut off, {at - size} of {captured} octets are missing")
            nanoseconds = fraction * unit & 0xFFFF_FFFF  # as a damaged fraction wraps in Wireshark
            yield Captured(seconds * _SECOND + nanoseconds, linktype, length, data[start:at], start)

    def _pcapng(self) -> Iterator[Captured]:
        section: _Section | None = None
        size = len(self._data)
        at = 0
        while at < size:
            if self._data[at : at + 4] == _SECTION_HEADER:
                section = _Section(self._data, at)
            assert section is not None  # the magic number of the file is a section header
            kind, length = section.block(at)
            if frame := section.frame(kind, at, length):
                yield frame
            at += length


class _DamageError(Exception):
    """From here on nothing can be read."""


_PCAP_MAGIC: Final = {
    bytes.fromhex("a1b2c3d4"): (">", 1000, 0),
    bytes.fromhex("d4c3b2a1"): ("<", 1000, 0),
    bytes.fromhex("a1b23c4d"): (">", 1, 0),
    bytes.fromhex("4d3cb2a1"): ("<", 1, 0),
    bytes.fromhex("a1b2cd34"): (">", 1000, 8),  # Kuznetzov's variant
    bytes.fromhex("34cdb2a1"): ("<", 1000, 8),
}
"""Byte order, nanoseconds of the fraction's unit, octets more in each record's header."""

_SECTION_HEADER: Final = bytes.fromhex("0a0d0d0a")
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_COMMENT, _RESOLUTION, _OFFSET = 1, 9, 14


class _Interface(NamedTuple):
    linktype: int
    limit: int  # octets captured of a frame, 0 for all
    units: int  # of its clock in a second
    offset: int  # seconds to add

    def time(self, high: int, low: int) -> int:
        return (high << 32 | low) * _SECOND // self.units + self.offset * _SECOND


class _Section:
    """The blocks that share a byte order and a list of interfaces (pcapng, section 4.1)."""

    def __init__(self, data: bytes | mmap, at: int) -> None:
        self._data = data
        if data[at + 8 : at + 12] == bytes.fromhex("1a2b3c4d"):
            order = ">"
        elif data[at + 8 : at + 12] == bytes.fromhex("4d3c2b1a"):
            order = "<"
        else:
            raise _DamageError(f"a section without a byte order at offset {at}")
        self._block = struct.Struct(order + "II")
        self._word = struct.Struct(order + "I")
        self._option = struct.Struct(order + "HH")
        self._signed = struct.Struct(order + "q")
        self._interface = struct.Struct(order + "HxxI")
        self._enhanced = struct.Struct(order + "IIIII")
        self._old = struct.Struct(order + "HHIIII")
        self._interfaces: list[_Interface] = []

    def block(self, at: int) -> tuple[int, int]:
        """Type and whole length of the block at an offset, once it is sure that it is whole."""
        kind, length = self._block.unpack_from(self._data, at)
        if length < 12 or length % 4:
            raise _DamageError(f"a block of {length} octets at offset {at}: the rest is lost")
        end = at + length
        if end > len(self._data):
            raise _DamageError(
                f"the last block is cut off, {end - len(self._data)} of {length} octets are missing"
            )
        if self._word.unpack_from(self._data, end - 4)[0] != length:
            raise _DamageError(f"the two lengths of the block at offset {at} differ: the rest is lost")
        return kind, length

    def frame(self, kind: int, at: int, length: int) -> Captured | None:
        """The frame in a block; None for a block that carries none."""
        body, end = at + 8, at + length - 4
        if kind == _ENHANCED_PACKET:
            number, high, low, captured, original = self._enhanced.unpack_from(self._data, body)
            return self._packet(number, (high, low), captured, original, body + 20, end)
        if kind == _INTERFACE:
            self._interfaces.append(self._describe(body, end))
        elif kind == _SIMPLE_PACKET:
            (original,) = self._word.unpack_from(self._data, body)
            limit = self._number(0).limit or _LARGEST
            captured = min(original, limit, end - body - 4)
            return self._packet(0, None, captured, original, body + 4, end)
        elif kind == _OLD_PACKET:
            number, _, high, low, captured, original = self._old.unpack_from(self._data, body)
            return self._packet(number, (high, low), captured, original, body + 20, end)
        return None

    def _packet(
        self, number: int, clock: tuple[int, int] | None, captured: int, length: int, start: int, end: int
    ) -> Captured:
        stop = start + captured
        if captured > _LARGEST or stop > end:
            raise _DamageError(f"a frame longer than its block at offset {start}: the rest is lost")
        interface = self._number(number)
        options = stop + (-captured & 3)
        comment = self._comment(options, end) if clock and options < end else ""
        time = interface.time(*clock) if clock else 0
        return Captured(time, interface.linktype, length, self._data[start:stop], start, comment)

    def _number(self, number: int) -> _Interface:
        if number >= len(self._interfaces):
            raise _DamageError(f"a frame of interface {number}, of which nothing is said: the rest is lost")
        return self._interfaces[number]

    def _describe(self, body: int, end: int) -> _Interface:
        linktype, limit = self._interface.unpack_from(self._data, body)
        units, offset = 1_000_000, 0
        for code, value in self._options(body + 8, end):
            if code == _RESOLUTION and len(value) == 1:
                exponent = value[0] & 0x7F
                units = 2**exponent if value[0] & 0x80 else 10**exponent
            elif code == _OFFSET and len(value) == 8:
                (offset,) = self._signed.unpack(value)
        return _Interface(linktype, limit, units, offset)

    def _comment(self, at: int, end: int) -> str:
        return "\n".join(
            value.decode("utf-8", "replace") for code, value in self._options(at, end) if code == _COMMENT
        )

    def _options(self, at: int, end: int) -> Iterator[tuple[int, bytes]]:
        while at + 4 <= end:
            code, length = self._option.unpack_from(self._data, at)
            if code == 0 or at + 4 + length > end:
                return
            yield code, self._data[at + 4 : at + 4 + length]
            at += 4 + (length + 3 & ~3)
