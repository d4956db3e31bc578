"""Keeps the kernel's TCP out of connections that are ours although the address is the kernel's.

It knows no such connection and would answer every segment of it with a RST. An nftables table of our own
drops these segments before anything in the kernel sees them: its firewall, its connection tracking, its
TCP. We have read them by then. The table is marked as owned by our netlink socket: the kernel removes
it when the socket is closed, also because we were killed (Linux 5.12).
"""

import errno
import socket
import struct

from tcpviz.link.base import LinkError
from tcpviz.link.device import as_root
from tcpviz.link.netlink import Message, nested, text
from tcpviz.link.nftables import (
    NETWORK_HEADER,
    REGISTER,
    TRANSPORT_HEADER,
    OwnedTable,
    drop,
    element,
    expression,
    is_family,
    is_protocol,
    load,
    number,
)

_NEW_SET, _NEW_ELEMENT = 9, 12
_PRE_ROUTING, _RAW_PRIORITY = 0, -300
_CHAIN = "theirs"
# nft's numbers of its types, 6 bits each, with which it lists the sets: address . address . port . port
_PORT_TYPE = 13


class _Family:
    """Where IPv4 or IPv6 has what tells a connection."""

    def __init__(self, family: int, set_name: str, address_type: int, address_at: int, length: int) -> None:
        self.family = family
        self.set_name = set_name
        self.address_at = address_at
        self.length = length
        self.key_length = 2 * length + 8
        self.key_type = ((address_type << 6 | address_type) << 6 | _PORT_TYPE) << 6 | _PORT_TYPE


_FAMILIES = {
    4: _Family(socket.AF_INET, "connections4", 7, 12, 4),
    16: _Family(socket.AF_INET6, "connections6", 8, 8, 16),
}
"""By the length of an address."""


class Holdback:
    """Holds the kernel back from the connections that are `add`ed, until `close`.

    Raises LinkError where the kernel has no such tables or this user no right to make one.
    """

    def __init__(self) -> None:
        try:
            self._table = OwnedTable()
        except OSError as error:
            raise _explained(error) from None
        self.table = self._table.name
        try:
            self._table.do(self._rules())
        except OSError as error:
            self._table.close()
            raise _explained(error) from None

    def add(self, local: tuple[bytes, int], remote: tuple[bytes, int]) -> None:
        """From now on what `remote` (address, port) sends to `local` is for us alone. Raises LinkError."""
        family = _FAMILIES[len(local[0])]
        ports = b"".join(struct.pack("!Hxx", port) for port in (remote[1], local[1]))
        key = nested(3, element(remote[0] + local[0] + ports))
        try:
            self._table.do([self._table.order(_NEW_ELEMENT, text(2, family.set_name) + key)])
        except OSError as error:
            raise _explained(error) from None

    def close(self) -> None:
        """Let the kernel remove the table."""
        self._table.close()

    def _rules(self) -> list[Message]:
        table = self._table
        orders = [table.chain(_CHAIN, "filter", _PRE_ROUTING, _RAW_PRIORITY)]
        for set_number, family in enumerate(_FAMILIES.values(), 1):
            named = text(2, family.set_name) + number(3, 0) + number(4, family.key_type)
            orders += (
                table.order(_NEW_SET, named + number(5, family.key_length) + number(10, set_number)),
                table.rule(_CHAIN, *_rule(family, set_number)),
            )
        return orders


def _rule(family: _Family, set_number: int) -> list[bytes]:
    """`meta nfproto ... meta l4proto tcp ip saddr . ip daddr . tcp sport . tcp dport @set drop`."""
    words = family.length // 4
    return [
        *is_family(family.family),
        *is_protocol(socket.IPPROTO_TCP),
        load(REGISTER, NETWORK_HEADER, family.address_at, family.length),
        load(REGISTER + words, NETWORK_HEADER, family.address_at + family.length, family.length),
        load(REGISTER + 2 * words, TRANSPORT_HEADER, 0, 2),
        load(REGISTER + 2 * words + 1, TRANSPORT_HEADER, 2, 2),
        expression("lookup", text(1, family.set_name), number(2, REGISTER), number(4, set_number)),
        drop(),
    ]


_OTHER_WAY = "take an address of our own with --address A/LEN or dhcp"


def _explained(error: OSError) -> LinkError:
    if error.errno == errno.EPERM:
        text = f"holding the kernel's TCP back needs the right CAP_NET_ADMIN; run it as: {as_root()}"
        return LinkError(text, privilege=True)
    if error.errno in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT, errno.EPROTONOSUPPORT):
        return LinkError(
            f"this kernel can't hold its TCP back from us ({error.strerror}; that needs nftables of Linux"
            f" 5.12 or newer): {_OTHER_WAY}"
        )
    return LinkError(f"the kernel's TCP can't be held back: {error.strerror}")
