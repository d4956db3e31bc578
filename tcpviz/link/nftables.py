"""A table of nftables that dies with us, and the words of its rules.

The table is marked as owned by our netlink socket: the kernel removes it when the socket is closed, also
because we were killed (Linux 5.12). The program `nft` need not be there.
"""

import secrets
import struct
from collections.abc import Sequence
from contextlib import closing

from tcpviz.link.netlink import (
    NLM_F_CREATE,
    NLM_F_DUMP,
    NLM_F_EXCL,
    Message,
    Netlink,
    attribute,
    attributes,
    nested,
    pack_message,
    text,
)

_NETLINK_NETFILTER = 12

# <linux/netfilter/nfnetlink.h>
_SUBSYSTEM = 10
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_GENERIC = struct.Struct("!BBH")  # struct nfgenmsg: family, version, resource

# <linux/netfilter/nf_tables.h>
_NEW_TABLE, _NEW_CHAIN, _GET_CHAIN, _NEW_RULE = 0, 3, 4, 6
_HOOK, _POLICY = 4, 5  # NFTA_CHAIN_*
_FORWARD = 2
_INET = 1
_OWNER = 2  # NFT_TABLE_F_OWNER
_ELEMENT = 1  # NFTA_LIST_ELEM
_VALUE, _VERDICT = 1, 2  # NFTA_DATA_*
_DROP = 0
_META_NFPROTO, _META_L4PROTO = 15, 16

REGISTER = 8
"""NFT_REG32_00: 16 registers of 4 octets from here on."""
NETWORK_HEADER, TRANSPORT_HEADER = 1, 2


class OwnedTable:
    """A table for IPv4 and IPv6, until `close`.

    Raises OSError with the kernel's reason: it has no such tables, or we no right to make one.
    """

    def __init__(self) -> None:
        self.name = f"tcpviz-{secrets.token_hex(4)}"
        self._netlink = Netlink(_NETLINK_NETFILTER)
        try:
            self.do([self.order(_NEW_TABLE, number(2, _OWNER))])
        except OSError:
            self._netlink.close()
            raise

    def chain(self, name: str, kind: str, hook: int, priority: int) -> Message:
        """The order to make a chain of the `kind` "filter" or "nat" at one of the kernel's hooks."""
        place = nested(4, number(1, hook), number(2, priority))
        return self.order(_NEW_CHAIN, text(3, name) + place + text(7, kind))

    def rule(self, chain: str, *expressions: bytes) -> Message:
        """The order to add a rule to a chain."""
        return self.order(_NEW_RULE, text(2, chain) + nested(4, *expressions))

    def order(self, kind: int, body: bytes) -> Message:
        """The order to add anything to this table."""
        header = _GENERIC.pack(_INET, 0, 0) + text(1, self.name)
        return Message(_SUBSYSTEM << 8 | kind, header + body, NLM_F_CREATE | NLM_F_EXCL)

    def do(self, orders: Sequence[Message]) -> None:
        """All of them or none. Raises OSError with the kernel's reason."""
        border = _GENERIC.pack(0, 0, _SUBSYSTEM)
        self._netlink.do(
            orders,
            pack_message(Message(_BATCH_BEGIN, border), 1, 0),
            pack_message(Message(_BATCH_END, border), 1, 0),
        )

    def close(self) -> None:
        """Let the kernel remove the table."""
        self._netlink.close()


def drops_what_is_forwarded() -> bool:
    """Whether a firewall of this machine forwards only what a rule lets pass. Raises OSError."""
    with closing(Netlink(_NETLINK_NETFILTER)) as netlink:
        question = Message(_SUBSYSTEM << 8 | _GET_CHAIN, _GENERIC.pack(0, 0, 0), NLM_F_DUMP)
        chains = [attributes(answer.body[_GENERIC.size :]) for answer in netlink.ask(question)]
    return any(
        attributes(chain[_HOOK]).get(1) == struct.pack("!I", _FORWARD)
        and chain.get(_POLICY) == struct.pack("!I", _DROP)
        for chain in chains
        if _HOOK in chain
    )


def number(kind: int, value: int) -> bytes:
    """An attribute that is a number."""
    return attribute(kind, struct.pack("!i", value))


def element(value: bytes) -> bytes:
    """One of a list: a key of a set."""
    return nested(_ELEMENT, nested(1, attribute(_VALUE, value)))


def expression(name: str, *values: bytes) -> bytes:
    """One expression of a rule."""
    return nested(_ELEMENT, text(1, name), nested(2, *values))


def load(register: int, header: int, offset: int, length: int) -> bytes:
    """Put so many octets of a header into the registers from `register` on."""
    return expression("payload", number(1, register), number(2, header), number(3, offset), number(4, length))


def equal(register: int, value: bytes) -> bytes:
    """Go on only where the registers have this value."""
    return expression("cmp", number(1, register), number(2, 0), nested(3, attribute(_VALUE, value)))


def is_family(family: int) -> tuple[bytes, bytes]:
    """Go on only with packets of AF_INET or AF_INET6."""
    return _meta(_META_NFPROTO), equal(REGISTER, bytes((family,)))


def is_protocol(protocol: int) -> tuple[bytes, bytes]:
    """Go on only with packets of that IP protocol."""
    return _meta(_META_L4PROTO), equal(REGISTER, bytes((protocol,)))


def drop() -> bytes:
    """The packet is gone."""
    return expression("immediate", number(1, 0), nested(2, nested(_VERDICT, number(1, _DROP))))


def _meta(key: int) -> bytes:
    return expression("meta", number(1, REGISTER), number(2, key))
