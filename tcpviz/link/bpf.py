"""What the kernel lets in to a packet socket: programs of classic BPF, run before a frame costs us anything.

A program is a list of alternatives, each a row of tests that a frame has to pass. Nothing here opens
anything.
"""

import ctypes
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tcpviz.wire import ethernet

_SO_ATTACH_FILTER = 26
_EVERYTHING = 0xFFFF_FFFF

# <linux/filter.h>: a step is (operation, jump if true, jump if false, operand). The offsets from _ABOUT on
# are no offsets in the frame, but what the kernel knows about it.
_Step = tuple[int, int, int, int]
_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE = 0x20, 0x28, 0x30
_LOAD_HALF_AFTER, _LOAD_WORD_AFTER = 0x48, 0x40
_HEADER_LENGTH_OF = 0xB1
_MASK = 0x54
_JUMP_EQUAL = 0x15
_RETURN = 0x06
_ABOUT = 0xFFFF_F000
_PACKET_TYPE = _ABOUT + 4
_VLAN_TAG = _ABOUT + 44
_VLAN_TAG_PRESENT = _ABOUT + 48
_OUTGOING = 4
_VLAN_ID = 0x0FFF

# Where things stand in an Ethernet frame
_TYPE = 12
_IPV4 = 14
_IPV4_PROTOCOL, _IPV4_SOURCE, _IPV4_DESTINATION = 23, 26, 30
_IPV6_PROTOCOL, _IPV6_SOURCE, _IPV6_DESTINATION, _IPV6_PAYLOAD = 20, 22, 38, 54
_TCP, _UDP, _ICMP, _ICMPV6, _HOP_BY_HOP = 6, 17, 1, 58, 0
_DHCP_CLIENT = 68
_ERROR = 8  # ICMP's own header; then comes the packet that an error is about
_QUOTED_IPV4, _QUOTED_IPV6 = 20, 40  # its header, without options

Program = list[_Step]


class Connection(NamedTuple):
    """The two ends of a connection, packed addresses and ports."""

    local: tuple[bytes, int]
    remote: tuple[bytes, int]


def own_ipv4(address: bytes) -> list[Program]:
    """What a host hears that has an IPv4 address of its own: ARP, and what is for the address."""
    return [
        _half(_TYPE, ethernet.ARP),
        [*_half(_TYPE, ethernet.IPV4), *_is(_IPV4_DESTINATION, address)],
    ]


def dhcp_answers() -> list[Program]:
    """What a host hears that has no IPv4 address yet: ARP, and what is for DHCP clients."""
    return [
        _half(_TYPE, ethernet.ARP),
        [
            *_half(_TYPE, ethernet.IPV4),
            *_byte(_IPV4_PROTOCOL, _UDP),
            (_HEADER_LENGTH_OF, 0, 0, _IPV4),
            *_half(_IPV4 + 2, _DHCP_CLIENT, _LOAD_HALF_AFTER),
        ],
    ]


def own_ipv6(mac: bytes) -> list[Program]:
    """What a host hears that has IPv6 addresses and `mac` of its own: that, and what all hosts are told."""
    ipv6 = _half(_TYPE, ethernet.IPV6)
    return [
        [*ipv6, *_is(0, mac[:4]), *_half(4, int.from_bytes(mac[4:], "big"))],
        [*ipv6, *_half(0, 0x3333), *_byte(_IPV6_PROTOCOL, _ICMPV6)],
        [*ipv6, *_half(0, 0x3333), *_byte(_IPV6_PROTOCOL, _HOP_BY_HOP)],  # as routers ask for listeners
    ]


def single(connection: Connection) -> Iterator[Program]:
    """The segments of one connection, and the ICMP errors about it."""
    yield from _single_ipv4(connection) if len(connection.local[0]) == 4 else _single_ipv6(connection)


def datagrams(port: int) -> Iterator[Program]:
    """UDP for a port, whoever sends it."""
    yield [
        *_half(_TYPE, ethernet.IPV4),
        *_byte(_IPV4_PROTOCOL, _UDP),
        (_HEADER_LENGTH_OF, 0, 0, _IPV4),
        *_half(_IPV4 + 2, port, _LOAD_HALF_AFTER),
    ]
    yield [*_half(_TYPE, ethernet.IPV6), *_byte(_IPV6_PROTOCOL, _UDP), *_half(_IPV6_PAYLOAD + 2, port)]


def attach(packet_socket: socket.socket, alternatives: Iterable[Program], *, tagged: bool) -> None:
    """Let only frames in that pass one of the alternatives; a filter that was there is replaced. Never what
    leaves here. Raises OSError.

    `tagged` decides between frames that came with a VLAN tag (which the kernel has taken out) and those
    without. A tag may only give a priority: those of a VLAN are for an interface of its own.
    """
    program = _beginning(tagged)
    for alternative in alternatives:
        program += [*_to_the_next(alternative), (_RETURN, 0, 0, _EVERYTHING)]
    program.append((_RETURN, 0, 0, 0))
    packed = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(packed)
    # struct sock_fprog, in the machine's own alignment: the number of steps and where they stand
    request = struct.pack("HP", len(program), ctypes.addressof(buffer))
    packet_socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, request)


def _beginning(tagged: bool) -> Program:
    refuse = (_RETURN, 0, 0, 0)
    program = [
        (_LOAD_WORD, 0, 0, _PACKET_TYPE),
        (_JUMP_EQUAL, 0, 1, _OUTGOING),
        refuse,
        (_LOAD_WORD, 0, 0, _VLAN_TAG_PRESENT),
        (_JUMP_EQUAL, 1, 0, int(tagged)),
        refuse,
    ]
    if tagged:
        program += [(_LOAD_WORD, 0, 0, _VLAN_TAG), (_MASK, 0, 0, _VLAN_ID), (_JUMP_EQUAL, 1, 0, 0), refuse]
    return program


def _to_the_next(alternative: Program) -> Program:
    """The alternative with each test that fails leading behind its end."""
    last = len(alternative)
    return [
        (operation, 0, last - place, operand) if operation == _JUMP_EQUAL else step
        for place, step in enumerate(alternative)
        for operation, _, _, operand in (step,)
    ]


def _single_ipv4(connection: Connection) -> Iterator[Program]:
    (local, local_port), (remote, remote_port) = connection
    to_us = [*_half(_TYPE, ethernet.IPV4), *_is(_IPV4_DESTINATION, local)]
    behind_header: Program = [(_HEADER_LENGTH_OF, 0, 0, _IPV4)]
    yield [
        *to_us,
        *_byte(_IPV4_PROTOCOL, _TCP),
        *_is(_IPV4_SOURCE, remote),
        *behind_header,
        *_half(_IPV4, remote_port, _LOAD_HALF_AFTER),
        *_half(_IPV4 + 2, local_port, _LOAD_HALF_AFTER),
    ]
    quoted = _IPV4 + _ERROR
    yield [
        *to_us,
        *_byte(_IPV4_PROTOCOL, _ICMP),
        *behind_header,
        *_is(quoted + 16, remote, _LOAD_WORD_AFTER),
        *_half(quoted + _QUOTED_IPV4, local_port, _LOAD_HALF_AFTER),
        *_half(quoted + _QUOTED_IPV4 + 2, remote_port, _LOAD_HALF_AFTER),
    ]


def _single_ipv6(connection: Connection) -> Iterator[Program]:
    (local, local_port), (remote, remote_port) = connection
    to_us = [*_half(_TYPE, ethernet.IPV6), *_is(_IPV6_DESTINATION, local)]
    yield [
        *to_us,
        *_byte(_IPV6_PROTOCOL, _TCP),
        *_is(_IPV6_SOURCE, remote),
        *_half(_IPV6_PAYLOAD, remote_port),
        *_half(_IPV6_PAYLOAD + 2, local_port),
    ]
    quoted = _IPV6_PAYLOAD + _ERROR
    yield [
        *to_us,
        *_byte(_IPV6_PROTOCOL, _ICMPV6),
        *_is(quoted + 24, remote),
        *_half(quoted + _QUOTED_IPV6, local_port),
        *_half(quoted + _QUOTED_IPV6 + 2, remote_port),
    ]


def _is(place: int, octets: bytes, load: int = _LOAD_WORD) -> Program:
    """Whether the frame has these octets, a multiple of four, at `place`."""
    words = struct.unpack(f"!{len(octets) // 4}I", octets)
    return [step for i, word in enumerate(words) for step in _test(load, place + 4 * i, word)]


def _half(place: int, value: int, load: int = _LOAD_HALF) -> Program:
    return _test(load, place, value)


def _byte(place: int, value: int) -> Program:
    return _test(_LOAD_BYTE, place, value)


def _test(load: int, place: int, value: int) -> Program:
    return [(load, 0, 0, place), (_JUMP_EQUAL, 0, 0, value)]
