"""DHCP messages (RFC 2131 section 2) and the options that we ask for (RFC 2132).

Options are kept as octets: what they mean is read where it is needed, by the functions at the end.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from ipaddress import IPv4Address
from struct import Struct
from typing import NamedTuple

from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

SERVER_PORT = 67
CLIENT_PORT = 68

REQUEST = 1
REPLY = 2
BROADCAST = 0x8000
"""The flag that asks for the answer as a broadcast."""

_HEADER = Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
_ETHERNET = (1, 6)
_COOKIE = bytes.fromhex("63825363")
_LEAST = 300  # BOOTP's size, below which relays may drop a message (RFC 1542 section 2.1)
_IN_FILE = 1
_IN_SNAME = 2


class MessageType(IntEnum):
    """What a message is (RFC 2132 section 9.6); `str()` as RFC 2131 spells it."""

    DISCOVER = 1
    OFFER = 2
    REQUEST = 3
    DECLINE = 4
    ACK = 5
    NAK = 6
    RELEASE = 7
    INFORM = 8

    def __str__(self) -> str:
        return f"DHCP{self.name}"


class Option(IntEnum):
    """The options that mean something here (RFC 2132)."""

    PAD = 0
    SUBNET_MASK = 1
    ROUTERS = 3
    DNS_SERVERS = 6
    MTU = 26
    REQUESTED_ADDRESS = 50
    LEASE_TIME = 51
    OVERLOAD = 52
    MESSAGE_TYPE = 53
    SERVER = 54
    PARAMETER_REQUEST = 55
    MESSAGE = 56
    RENEWAL_TIME = 58
    REBINDING_TIME = 59
    END = 255


class DhcpMessage(NamedTuple):
    """One message over Ethernet; addresses are 4 octets, `mac` is 6."""

    operation: int
    xid: int
    mac: bytes
    options: Mapping[int, bytes]
    secs: int = 0
    flags: int = 0
    client: bytes = bytes(4)
    """ciaddr: the client's address, while it may be used."""
    yours: bytes = bytes(4)
    """yiaddr: the address that the client gets."""
    relay: bytes = bytes(4)
    """giaddr"""

    @property
    def type(self) -> int | None:
        """A MessageType, or a number that has no name here."""
        return number(self.options, Option.MESSAGE_TYPE)


def parse(data: Buffer) -> DhcpMessage:
    """The message in a UDP payload. ParseError for BOOTP without DHCP's options, and other networks."""
    if len(data) < _HEADER.size:
        raise ParseError(f"{len(data)} octets are no DHCP message")
    operation, kind, length, _, xid, secs, flags, client, yours, _, relay, mac, sname, file, cookie = (
        _HEADER.unpack_from(data)
    )
    if (kind, length) != _ETHERNET:
        raise ParseError("DHCP for something else than Ethernet")
    if cookie != _COOKIE:
        raise ParseError("BOOTP without DHCP options")
    options = _collect({}, memoryview(data)[_HEADER.size :])
    # RFC 2131 4.1: the options go on in the file field, then in the sname field.
    overload = number(options, Option.OVERLOAD) or 0
    for bit, field in ((_IN_FILE, file), (_IN_SNAME, sname)):
        if overload & bit:
            options = _collect(options, field)
    return DhcpMessage(operation, xid, mac[:6], options, secs, flags, client, yours, relay)


def build(message: DhcpMessage) -> bytes:
    """The octets of `message`; its options come in their order."""
    header = _HEADER.pack(
        message.operation,
        *_ETHERNET,
        0,
        message.xid,
        message.secs,
        message.flags,
        message.client,
        message.yours,
        bytes(4),
        message.relay,
        message.mac,
        b"",
        b"",
        _COOKIE,
    )
    options = b"".join(bytes((code, len(value))) + value for code, value in message.options.items())
    return (header + options + bytes((Option.END,))).ljust(_LEAST, b"\0")


def _collect(options: dict[int, bytes], field: Buffer) -> dict[int, bytes]:
    """`options` with those in `field`; one that comes in parts is put together (RFC 3396 section 7)."""
    for code, value in _read(memoryview(field)):
        options[code] = options.get(code, b"") + value
    return options


def _read(field: memoryview) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(field) and (code := field[at]) != Option.END:
        if code == Option.PAD:
            at += 1
            continue
        if at + 1 >= len(field) or (end := at + 2 + field[at + 1]) > len(field):
            raise ParseError(f"the DHCP option {code} leaves the message")
        yield code, bytes(field[at + 2 : end])
        at = end


# What options say. One of a wrong size says nothing.


def number(options: Mapping[int, bytes], option: int) -> int | None:
    """An option that is one number of up to four octets."""
    value = options.get(option, b"")
    return int.from_bytes(value, "big") if 0 < len(value) <= 4 else None


def addresses(options: Mapping[int, bytes], option: int) -> tuple[IPv4Address, ...]:
    """An option that is one address or several."""
    value = options.get(option, b"")
    if len(value) % 4:
        return ()
    return tuple(IPv4Address(value[at : at + 4]) for at in range(0, len(value), 4))
