"""A TAP device made for one run, with a way out through this machine: its kernel forwards what we send.

On the device the kernel has an address, which is our gateway. nftables lets what we send leave as this
machine's own (masquerade), and forwarding is allowed for the devices that it takes, not for the machine.
All of it goes with the run, killed or not: the device with its descriptor, the table with its socket,
and forwarding on the other devices by the journal.
"""

import atexit
import errno
import os
import socket
import struct
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path

import platformdirs

from tcpviz.link.base import LinkError
from tcpviz.link.device import as_root
from tcpviz.link.journal import Entry, Journal
from tcpviz.link.netlink import NLM_F_CREATE, NLM_F_EXCL, Message, Netlink, attribute
from tcpviz.link.nftables import (
    NETWORK_HEADER,
    REGISTER,
    OwnedTable,
    drops_what_is_forwarded,
    equal,
    expression,
    is_family,
    load,
)
from tcpviz.link.routing import Address, owner_of, way_to
from tcpviz.link.tun import NEW_NAME, make_tap

# <linux/rtnetlink.h>, <linux/if_addr.h>, <linux/netfilter_ipv4.h>
_RTM_NEWADDR = 20
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFA_F_NODAD = 2
_ADDRESS = struct.Struct("=BBBBI")
_POST_ROUTING, _SOURCE_NAT = 4, 100

_CONF = Path("/proc/sys/net")
_OUTSIDE, _OUTSIDE_6 = IPv4Address("1.1.1.1"), IPv6Address("2000::1")
"""Addresses of the internet at large, to learn which way it is."""
_POOLS = [IPv4Network(pool) for pool in ("10.213.0.0/16", "172.30.0.0/16", "192.168.0.0/16")]
_POOL_6 = IPv6Network("fd74:6370:7669::/48")


@dataclass(frozen=True, slots=True)
class Network:
    """The network between us and the kernel: our address in it and the kernel's, our gateway."""

    address: IPv4Interface
    gateway: IPv4Address
    address6: IPv6Interface | None = None
    gateway6: IPv6Address | None = None

    def without_ipv6(self) -> "Network":
        """The same for IPv4 alone."""
        return Network(self.address, self.gateway)


class WayOut:
    """A new TAP device `name` and what belongs to it. `fd` is its other end: whoever takes it closes it.

    `note` is what the user should know about it.
    """

    def __init__(
        self, fd: int, name: str, network: Network, table: OwnedTable, entry: Entry | None, note: str
    ) -> None:
        self.fd = fd
        self.name = name
        self.network = network
        self.note = note
        self._table = table
        self._entry = entry
        atexit.register(self.close)

    def close(self) -> None:
        """Undo what does not go with the device. May be called twice."""
        atexit.unregister(self.close)
        self._table.close()
        entry, self._entry = self._entry, None
        if entry:
            journal().undo(entry)


def make_way_out(
    name: str = NEW_NAME, network: Network | None = None, destination: Address | None = None
) -> WayOut:
    """A device called `name`. `network` is what the kernel shall have on it, None: one that nobody has;
    `destination` says whereto it has to lead, None: out.

    Needs CAP_NET_ADMIN and the right to change the kernel's settings. Raises LinkError with what to do.
    """
    with ExitStack() as undo:
        fd, name = make_tap(name)
        undo.callback(os.close, fd)
        try:
            network = _give_addresses(name, network or _free_network(socket.if_nametoindex(name)))
            forwarding = _forwarding(name, destination)
            forwarding6 = _forwarding6(name, destination) if network.address6 else None
            if forwarding6 is None:
                network = network.without_ipv6()
                if isinstance(destination, IPv6Address):
                    raise LinkError(
                        f"a new TAP device does not lead to {destination}: this machine forwards no IPv6, and"
                        " before Linux 6.17 it does so for all its devices or none; take --link passt, or raw"
                    )
            table = undo.enter_context(closing(_masquerade(network)))
            entry = journal().change(forwarding | (forwarding6 or {}))
            if entry:
                undo.callback(journal().undo, entry)
            note = f"{name} was made for this run: what we send leaves with this machine's address"
            if drops_what_is_forwarded():
                note += "; the firewall here drops what is forwarded, unless a rule lets it pass"
        except OSError as error:
            raise _explained(error) from None
        undo.pop_all()
    return WayOut(fd, name, network, table, entry, note)


def journal() -> Journal:
    """Where runs note what they change."""
    return Journal(platformdirs.site_runtime_path("tcpviz"))


# The addresses


def _free_network(number: int) -> Network:
    """A network for the interface with that index, which no route but the default one leads to."""
    address6 = IPv6Interface((_POOL_6.network_address + ((number % 0x10000) << 64) + 2, 64))
    for pool in _POOLS:
        base = pool.network_address + (number % (pool.num_addresses // 8)) * 8
        if _is_free(base + 1):
            return Network(IPv4Interface((base + 2, 29)), base + 1, address6, address6.ip - 1)
    raise LinkError("no private network is free here for a new TAP device: choose one by --address A/LEN")


def _is_free(address: IPv4Address) -> bool:
    """Whether it is nobody's that we know of: it would go where everything goes."""
    try:
        return way_to(address).next_hop == way_to(_OUTSIDE).next_hop
    except LinkError:
        return owner_of(address) is None


def _give_addresses(name: str, network: Network) -> Network:
    """The kernel gets its addresses on the device; the network as far as it takes part. Raises OSError."""
    _give_address(name, IPv4Interface((network.gateway, network.address.network.prefixlen)))
    if network.address6 is None or network.gateway6 is None:
        return network
    try:
        _give_address(name, IPv6Interface((network.gateway6, network.address6.network.prefixlen)))
    except OSError:
        return network.without_ipv6()  # switched off here
    return network


def _give_address(name: str, address: IPv4Interface | IPv6Interface) -> None:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    # Nobody else is on this link: the kernel need not ask whether the address is free.
    header = _ADDRESS.pack(family, address.network.prefixlen, _IFA_F_NODAD, 0, socket.if_nametoindex(name))
    packed = attribute(_IFA_LOCAL, address.packed) + attribute(_IFA_ADDRESS, address.packed)
    with closing(Netlink(socket.NETLINK_ROUTE)) as netlink:
        netlink.do([Message(_RTM_NEWADDR, header + packed, NLM_F_CREATE | NLM_F_EXCL)])


# The way out


def _masquerade(network: Network) -> OwnedTable:
    """What we send leaves with the address of the device that it leaves by. Raises OSError."""
    table = OwnedTable()
    sources = [(socket.AF_INET, 12, network.address.ip.packed)]
    if network.address6:
        sources.append((socket.AF_INET6, 8, network.address6.ip.packed))
    rules = [
        table.rule(
            "out",
            *is_family(family),
            load(REGISTER, NETWORK_HEADER, offset, len(source)),
            equal(REGISTER, source),
            expression("masq"),
        )
        for family, offset, source in sources
    ]
    try:
        table.do([table.chain("out", "nat", _POST_ROUTING, _SOURCE_NAT), *rules])
    except OSError:
        table.close()
        raise
    return table


def _forwarding(name: str, destination: Address | None) -> dict[str, str]:
    """The settings with which IPv4 is forwarded between the device and the one that leads out."""
    there = destination if isinstance(destination, IPv4Address) else None
    uplink = _uplink(there or _OUTSIDE, needed=there is not None)
    return {str(_CONF / f"ipv4/conf/{device}/forwarding"): "1" for device in (name, uplink) if device}


def _forwarding6(name: str, destination: Address | None) -> dict[str, str] | None:
    """The same for IPv6; None where it leads nowhere.

    Before Linux 6.17 it is forwarded for all devices or for none, and a machine that forwards listens to
    no router any more (RFC 4861 6.2.2). That is more than a run may do to it.
    """
    there = destination if isinstance(destination, IPv6Address) else None
    uplink = _uplink(there or _OUTSIDE_6, needed=there is not None)
    if (_CONF / "ipv6/conf/all/forwarding").read_text().strip() == "1":
        return {}
    devices = [device for device in (name, uplink) if device]
    settings = {str(_CONF / f"ipv6/conf/{device}/force_forwarding"): "1" for device in devices}
    if uplink is None or not all(Path(path).exists() for path in settings):
        return None
    return settings


def _uplink(destination: Address, *, needed: bool) -> str | None:
    """The device by which packets to `destination` leave; None where they stay on this machine, or where
    there is none and none is `needed`. Raises LinkError."""
    if owner_of(destination):
        return None
    try:
        return way_to(destination).interface
    except LinkError:
        if needed:
            raise
        return None


def _explained(error: OSError) -> LinkError:
    if isinstance(error, PermissionError):
        text = f"giving a TAP device its way out needs root ({error.filename or error.strerror})"
        return LinkError(f"{text}; run it as: {as_root()}", privilege=True)
    if error.errno in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT, errno.EPROTONOSUPPORT):
        return LinkError(
            f"this kernel can't give a TAP device its way out ({error.strerror}): that needs nftables of"
            " Linux 5.12 or newer; take --link passt, or raw"
        )
    return LinkError(f"the way out of the TAP device can't be made: {error.strerror}")
