"""Keeps the kernel's TCP out of connections that are ours although the address is the kernel's.

It knows no such connection and would answer every segment of it with a RST. An nftables table of our own
drops these segments before anything in the kernel sees them: its firewall, its connection tracking, its
TCP. We have read them by then. The table is marked as owned by our netlink socket: the kernel removes
it when the socket is closed, also because we were killed (Linux 5.12).
"""

import errno
import secrets
import socket
import struct
from collections.abc import Sequence

from tcpviz.link.base import LinkError
from tcpviz.link.device import as_root
from tcpviz.link.netlink import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    Message,
    Netlink,
    attribute,
    nested,
    pack_message,
    text,
)

_NETLINK_NETFILTER = 12

# <linux/netfilter/nfnetlink.h>
_SUBSYSTEM = 10
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_GENERIC = struct.Struct("!BBH")  # struct nfgenmsg: family, version, resource

# <linux/netfilter/nf_tables.h>: messages
_NEW_TABLE, _NEW_CHAIN, _NEW_RULE, _NEW_SET, _NEW_ELEMENT = 0, 3, 6, 9, 12
_INET = 1
_OWNER = 2  # NFT_TABLE_F_OWNER
_PRE_ROUTING, _RAW_PRIORITY = 0, -300
_ELEMENT = 1  # NFTA_LIST_ELEM
_VALUE, _VERDICT = 1, 2  # NFTA_DATA_*
_DROP = 0
_FIRST_REGISTER = 8  # NFT_REG32_00: 16 registers of 4 octets from here on
_META_NFPROTO, _META_L4PROTO = 15, 16
_NETWORK_HEADER, _TRANSPORT_HEADER = 1, 2

_CHAIN = "theirs"
# nft's numbers of its types, 6 bits each, with which it lists the sets: address . address . port . port
_PORT_TYPE = 13


class _Family:
    """Where IPv4 or IPv6 has what tells a connection."""

    def __init__(self, protocol: int, set_name: str, address_type: int, address_at: int, length: int) -> None:
        self.protocol = protocol
        self.set_name = set_name
        self.address_at = address_at
        self.length = length
        self.key_length = 2 * length + 8
        self.key_type = ((address_type << 6 | address_type) << 6 | _PORT_TYPE) << 6 | _PORT_TYPE


_FAMILIES = {
    4: _Family(2, "connections4", 7, 12, 4),
    16: _Family(10, "connections6", 8, 8, 16),
}
"""By the length of an address."""


class Holdback:
    """Holds the kernel back from the connections that are `add`ed, until `close`.

    Raises LinkError where the kernel has no such tables or this user no right to make one.
    """

    def __init__(self) -> None:
        self.table = f"tcpviz-{secrets.token_hex(4)}"
        try:
            self._netlink = Netlink(_NETLINK_NETFILTER)
        except OSError as error:
            raise LinkError(f"this kernel has no nftables ({error.strerror}): {_OTHER_WAY}") from None
        try:
            self._do(self._table_and_rules())
        except OSError as error:
            self._netlink.close()
            raise _explained(error) from None

    def add(self, local: tuple[bytes, int], remote: tuple[bytes, int]) -> None:
        """From now on what `remote` (address, port) sends to `local` is for us alone. Raises LinkError."""
        family = _FAMILIES[len(local[0])]
        ports = b"".join(struct.pack("!Hxx", port) for port in (remote[1], local[1]))
        key = nested(_ELEMENT, nested(1, attribute(_VALUE, remote[0] + local[0] + ports)))
        body = text(1, self.table) + text(2, family.set_name) + nested(3, key)
        try:
            self._do([_order(_NEW_ELEMENT, body)])
        except OSError as error:
            raise _explained(error) from None

    def close(self) -> None:
        """Let the kernel remove the table."""
        self._netlink.close()

    def _do(self, orders: Sequence[Message]) -> None:
        """All of them or none."""
        border = _GENERIC.pack(0, 0, _SUBSYSTEM)
        self._netlink.do(
            orders,
            pack_message(Message(_BATCH_BEGIN, border), 1, 0),
            pack_message(Message(_BATCH_END, border), 1, 0),
        )

    def _table_and_rules(self) -> list[Message]:
        table = text(1, self.table)
        hook = nested(4, _number(1, _PRE_ROUTING), _number(2, _RAW_PRIORITY))
        orders = [
            _order(_NEW_TABLE, table + _number(2, _OWNER)),
            _order(_NEW_CHAIN, table + text(3, _CHAIN) + hook + text(7, "filter")),
        ]
        for number, family in enumerate(_FAMILIES.values(), 1):
            named = table + text(2, family.set_name) + _number(3, 0) + _number(4, family.key_type)
            orders += (
                _order(_NEW_SET, named + _number(5, family.key_length) + _number(10, number)),
                _order(_NEW_RULE, table + text(2, _CHAIN) + nested(4, *_rule(family, number))),
            )
        return orders


def _rule(family: _Family, set_number: int) -> list[bytes]:
    """`meta nfproto ... meta l4proto tcp ip saddr . ip daddr . tcp sport . tcp dport @set drop`."""
    words = family.length // 4
    register = _FIRST_REGISTER
    return [
        _expression("meta", _number(1, register), _number(2, _META_NFPROTO)),
        _equal(register, bytes((family.protocol,))),
        _expression("meta", _number(1, register), _number(2, _META_L4PROTO)),
        _equal(register, bytes((socket.IPPROTO_TCP,))),
        _load(register, _NETWORK_HEADER, family.address_at, family.length),
        _load(register + words, _NETWORK_HEADER, family.address_at + family.length, family.length),
        _load(register + 2 * words, _TRANSPORT_HEADER, 0, 2),
        _load(register + 2 * words + 1, _TRANSPORT_HEADER, 2, 2),
        _expression("lookup", text(1, family.set_name), _number(2, register), _number(4, set_number)),
        _expression("immediate", _number(1, 0), nested(2, nested(_VERDICT, _number(1, _DROP)))),
    ]


def _load(register: int, header: int, offset: int, length: int) -> bytes:
    return _expression(
        "payload", _number(1, register), _number(2, header), _number(3, offset), _number(4, length)
    )


def _equal(register: int, value: bytes) -> bytes:
    return _expression("cmp", _number(1, register), _number(2, 0), nested(3, attribute(_VALUE, value)))


def _expression(name: str, *values: bytes) -> bytes:
    return nested(_ELEMENT, text(1, name), nested(2, *values))


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("!i", value))


def _order(kind: int, body: bytes) -> Message:
    header = _GENERIC.pack(_INET, 0, 0)
    return Message(_SUBSYSTEM << 8 | kind, header + body, NLM_F_CREATE | NLM_F_EXCL)


_OTHER_WAY = "take an address of our own with --address A/LEN or dhcp"


def _explained(error: OSError) -> LinkError:
    if error.errno == errno.EPERM:
        text = f"holding the kernel's TCP back needs the right CAP_NET_ADMIN; run it as: {as_root()}"
        return LinkError(text, privilege=True)
    if error.errno in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT):
        return LinkError(
            f"this kernel can't hold its TCP back from us ({error.strerror}; that needs nftables of Linux"
            f" 5.12 or newer): {_OTHER_WAY}"
        )
    return LinkError(f"the kernel's TCP can't be held back: {error.strerror}")
