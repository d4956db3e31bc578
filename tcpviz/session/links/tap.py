"""The link on a TAP device, one that is there or one made for the run: its entry in the table of links."""

import os
import random
import shlex
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface
from typing import TypeVar

from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.device import exists, find_device, is_tap, queue_length
from tcpviz.link.privileged import MadeDevice, is_root
from tcpviz.link.routing import addresses_of
from tcpviz.link.tap import TapLink
from tcpviz.link.tun import DEVICE_FILE, NEW_NAME
from tcpviz.link.wayout import Network
from tcpviz.session.links.devices import attachment, cannot, check_name, check_way, mac_for
from tcpviz.session.links.kind import Attachment, LinkKind, Proposal, Report, Request
from tcpviz.session.options import RunOptions

SomeInterface = TypeVar("SomeInterface", IPv4Interface, IPv6Interface)

_OF_USER, _OF_USER_ADDRESS = "tap0", IPv4Interface("10.213.255.1/24")


def _check(options: RunOptions) -> None:
    if options.interface is not None:
        check_name(options.interface)


def _open(request: Request) -> Attachment:
    interface = request.options.interface
    if interface is not None and exists(interface):
        return _open_existing(interface, request.options)
    made = MadeDevice(interface or NEW_NAME, _wanted(request.options), request.destination)
    network = made.network
    link = TapLink(made.name, mac=local_mac(random.Random(str(network.address))), made=made)
    return Attachment(
        link,
        network.address,
        network.gateway,
        network.address6,
        network.gateway6,
        room=queue_length(made.name),
    )


def _wanted(options: RunOptions) -> Network | None:
    """The network of a new device as the user wants it; None: as is free. Raises LinkError."""
    if not options.has_address:
        return None
    if options.address is None:
        raise LinkError("a new TAP device has an IPv4 network too: give --address for both, or none")
    network = Network(options.address, options.gateway or _beside(options.address).ip)
    if options.address6:
        gateway6 = options.gateway6 or _beside(options.address6).ip
        network = replace(network, address6=options.address6, gateway6=gateway6)
    return network


def _open_existing(interface: str, options: RunOptions) -> Attachment:
    """A device that is there is the user's: so is its network, and somebody may have our address."""
    if not options.has_address:
        network = _network_of(interface)
        options = replace(
            options,
            address=network.address,
            gateway=options.gateway or network.gateway,
            address6=network.address6,
            gateway6=options.gateway6 or network.gateway6,
        )
    link = TapLink(interface, mac=mac_for(options))
    return attachment(link, options, queue_length(interface))


def _network_of(interface: str) -> Network:
    """The network that the kernel has on a device, an address in it for us, and the kernel as the gateway.

    Raises LinkError where it has none.
    """
    theirs = addresses_of(interface)
    address = next((each for each in theirs if isinstance(each, IPv4Interface)), None)
    address6 = next(
        (each for each in theirs if isinstance(each, IPv6Interface) and not each.is_link_local), None
    )
    if address is None:
        raise LinkError(
            f"the kernel has no address on {interface}, so ours is for you to say: --address A/LEN, and"
            " --gateway A for what is beyond"
        )
    network = Network(_beside(address), address.ip)
    return replace(network, address6=_beside(address6), gateway6=address6.ip) if address6 else network


def _beside(address: SomeInterface) -> SomeInterface:
    """The first other address on its network. Raises LinkError where there is none."""
    for host in address.network.hosts():
        if host != address.ip:
            return type(address)((host, address.network.prefixlen))
    raise LinkError(f"there is no other address on the network of {address}")


def _propose(request: Request) -> Proposal:
    """A device of this user's that is ready, or a new one where that may be made."""
    if request.destination and request.destination.is_loopback:
        raise LinkError(f"{request.destination} is this machine's loopback, which no device leads to")
    if ready := [name for name in _ready_devices() if addresses_of(name)]:
        return Proposal(replace(request.options, interface=ready[0]), f"the device {ready[0]} is yours")
    if not is_root():
        raise LinkError("no TAP device of yours is up, and making one needs root", privilege=True)
    check_way(request)
    return Proposal(request.options, "a new device, whose packets the kernel forwards")


def _survey() -> Report:
    if problem := cannot(lambda: os.close(os.open(DEVICE_FILE, os.O_RDWR))):
        return Report("tap", False, f"{DEVICE_FILE}: {problem}", "sudo modprobe tun")
    if is_root():
        return Report("tap", True, "a device made for each run, with its way out: --link tap URL")
    if ready := _ready_devices():
        return Report("tap", True, f"your devices that are up: {', '.join(ready)}")
    return Report("tap", False, "no TAP device of yours is up; this makes one, until you restart", _recipe())


def _ready_devices() -> list[str]:
    """The TAP devices of this user that are up."""
    return [
        name for name, owner in _taps() if owner == os.getuid() and is_tap(name) and find_device(name).is_up
    ]


def _taps() -> Iterator[tuple[str, int]]:
    """Name and owner of each TUN/TAP device, as sysfs tells them."""
    for _, name in socket.if_nameindex():
        try:
            with open(f"/sys/class/net/{name}/owner") as owner:
                yield name, int(owner.read())
        except (OSError, ValueError):
            continue


def _recipe() -> str:
    """The command that makes a device which this user needs no root for, with its way out."""
    steps = (
        f"ip tuntap add {_OF_USER} mode tap user {os.getuid()}",
        f"ip address add {_OF_USER_ADDRESS} dev {_OF_USER}",
        f"ip link set {_OF_USER} up",
        "sysctl -q net.ipv4.ip_forward=1",
        "nft add table ip tcpviz",
        'nft add chain ip tcpviz out "{ type nat hook postrouting priority 100 ; }"',
        f"nft add rule ip tcpviz out ip saddr {_OF_USER_ADDRESS.network} masquerade",
    )
    return f"sudo sh -c {shlex.quote(' && '.join(steps))}"


TAP = LinkKind("tap", _check, _open, _survey, _propose)
