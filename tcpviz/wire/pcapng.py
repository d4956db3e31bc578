"""pcapng blocks as we write them (draft-ietf-opsawg-pcapng): little-endian, times in nanoseconds.

Other people's files are read by `capture`; here only the blocks of our own are found again.
"""

from collections.abc import Iterator
from functools import lru_cache
from mmap import mmap
from struct import Struct
from typing import NamedTuple, TypeAlias

from tcpviz.wire.segment import Buffer

File: TypeAlias = bytes | mmap
"""A whole capture file."""

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10
LOCAL = 0x8074_6376
"""A block type of the range for local use: everybody passes over it, and a tool that rewrites the file leaves
it out. A standard custom block won't do: tshark 4.0 lists and numbers it as if it were a packet."""

_TLS_KEY_LOG = 0x544C534B
ETHERNET = 1
INBOUND, OUTBOUND = 1, 2

_BYTE_ORDER = 0x1A2B3C4D
_END_OF_OPTIONS, _COMMENT, _EPB_FLAGS, _SHB_APPLICATION = 0, 1, 2, 4
_IF_NAME, _IF_RESOLUTION = 2, 9
_NANOSECONDS = 9
_COMMENT_LIMIT = 0xFFFC

_BLOCK = Struct("<II")
_LENGTH = Struct("<I")
_OPTION = Struct("<HH")
_SECTION = Struct("<IHHq")
_INTERFACE = Struct("<HHI")
_SECRETS = Struct("<II")
_PACKET = Struct("<IIIIIII")
_CAPTURED = Struct("<IIIII")
PACKET_DATA = _PACKET.size
"""Where in an enhanced packet block the frame begins."""
LOCAL_DATA = _BLOCK.size
"""Where in a local block its data begins."""

# What follows the frame where there is no comment: padding, epb_flags, end of options, the block's length.
_PACKET_ENDS = tuple(Struct(f"<{padding}xHHIHHI") for padding in range(4))
_PACKET_OVERHEAD = PACKET_DATA + 16


def section_header(application: str) -> bytes:
    """The block that begins a file; `application` is the program that writes it."""
    fixed = _SECTION.pack(_BYTE_ORDER, 1, 0, -1)
    return _block(SECTION_HEADER, fixed + _options((_SHB_APPLICATION, application.encode())))


def interface_description(name: str, linktype: int = ETHERNET) -> bytes:
    """An interface with times in nanoseconds and no limit to the length of a frame."""
    options = _options((_IF_NAME, name.encode()), (_IF_RESOLUTION, bytes((_NANOSECONDS,))))
    return _block(INTERFACE_DESCRIPTION, _INTERFACE.pack(linktype, 0, 0) + options)


def around_packet(time: int, direction: int, size: int, comment: str = "") -> tuple[bytes, bytes]:
    """What stands before and behind a frame of `size` octets that passed interface 0.

    The frame begins at PACKET_DATA; `time` in ns since 1970, `direction` INBOUND or OUTBOUND.
    """
    if comment:
        text = comment.encode()[:_COMMENT_LIMIT].decode(errors="ignore").encode()
        options = _options((_COMMENT, text), (_EPB_FLAGS, direction.to_bytes(4, "little")))
        length = PACKET_DATA + size + -size % 4 + len(options) + 4
        end = bytes(-size % 4) + options + _LENGTH.pack(length)
    else:
        length = _PACKET_OVERHEAD + size + (-size & 3)
        end = _packet_end(size, direction)
    return _PACKET.pack(ENHANCED_PACKET, length, 0, time >> 32, time & 0xFFFF_FFFF, size, size), end


def captured_packet(time: int, interface: int, frame: bytes, length: int) -> bytes:
    """A frame on an interface, counted from 0, of which only a part may have been captured: it had `length`
    octets. `time` in ns since 1970."""
    fixed = _CAPTURED.pack(interface, time >> 32, time & 0xFFFF_FFFF, len(frame), length)
    return _block(ENHANCED_PACKET, fixed, frame)


@lru_cache(maxsize=256)
def _packet_end(size: int, direction: int) -> bytes:
    """All that follows a frame of `size` octets without a comment: few sizes make up most of a run."""
    padding = -size & 3
    length = _PACKET_OVERHEAD + size + padding
    return _PACKET_ENDS[padding].pack(_EPB_FLAGS, 4, direction, _END_OF_OPTIONS, 0, length)


def tls_secrets(key_log: str) -> bytes:
    """The secrets that decrypt TLS in the packets behind this block, in the NSS key log format."""
    data = key_log.encode("ascii")
    return _block(DECRYPTION_SECRETS, _SECRETS.pack(_TLS_KEY_LOG, len(data)), data)


def local(*parts: Buffer) -> bytes:
    """A block for our own use: the parts from LOCAL_DATA on, then zeros up to a whole word."""
    return _block(LOCAL, *parts)


def block_length(block: Buffer) -> int:
    """The length of the whole block that begins with these octets, as we build it; 0 for too few of them."""
    return int.from_bytes(block[4:8], "little")


def _block(kind: int, *parts: Buffer) -> bytes:
    size = sum(map(len, parts))
    length = size + (-size & 3) + 12
    return b"".join((_BLOCK.pack(kind, length), *parts, bytes(-size & 3), _LENGTH.pack(length)))


def _options(*options: tuple[int, bytes]) -> bytes:
    parts = [_OPTION.pack(code, len(value)) + value + bytes(-len(value) % 4) for code, value in options]
    return b"".join(parts) + _OPTION.pack(_END_OF_OPTIONS, 0)


class Block(NamedTuple):
    """One block of a file: its type, where it starts, and where its body starts and ends."""

    type: int
    start: int
    body: int
    end: int


def blocks(file: File) -> Iterator[Block]:
    """All blocks of a file as we write it, up to the first that is not whole; none in another byte order."""
    start = 0
    last = len(file) - _LENGTH.size
    while start + _BLOCK.size <= last:
        kind, length = _BLOCK.unpack_from(file, start)
        end = start + length - _LENGTH.size
        if (
            length % 4
            or not start + _BLOCK.size <= end <= last
            or _LENGTH.unpack_from(file, end)[0] != length
        ):
            return
        yield Block(kind, start, start + _BLOCK.size, end)
        start += length


def blocks_backward(file: File) -> Iterator[Block]:
    """All blocks of a file as we write it from the last to the first, which is how its length at the end of
    each allows to go; none where the file does not end with a whole block."""
    stop = len(file)
    while stop >= _BLOCK.size + _LENGTH.size:
        end = stop - _LENGTH.size
        start = stop - _LENGTH.unpack_from(file, end)[0]
        if not 0 <= start <= end - _BLOCK.size:
            return
        kind, length = _BLOCK.unpack_from(file, start)
        if length != stop - start:
            return
        yield Block(kind, start, start + _BLOCK.size, end)
        stop = start
