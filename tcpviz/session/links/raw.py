"""The link on a real interface: its entry in the table of links.

Two ways: with addresses of our own, or with the machine's, which the kernel keeps using beside us.
"""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from tcpviz.host.address import Address, Interface
from tcpviz.link import bpf
from tcpviz.link.base import LinkError
from tcpviz.link.device import find_device_up
from tcpviz.link.privileged import HeldBack, packet_socket
from tcpviz.link.raw import RawLink
from tcpviz.link.routing import way_to
from tcpviz.link.shared import SharedLink
from tcpviz.session.links.devices import (
    ELSEWHERE,
    attachment,
    cannot,
    check_name,
    interface_for,
    mac_for,
    this_command,
    with_gateways,
)
from tcpviz.session.links.kind import Attachment, LinkKind, Proposal, Report, Request
from tcpviz.session.options import OptionError, RunOptions


def _check(options: RunOptions) -> None:
    if options.interface is not None:
        check_name(options.interface)
    if options.shared and options.has_address:
        raise OptionError("--address host is this machine's own address: it goes with no other")
    if not options.has_address and (options.gateway or options.gateway6):
        raise OptionError(
            "--gateway is for an address of our own: for this machine's the kernel knows the way"
        )


def _open(request: Request) -> Attachment:
    return _open_own(request) if request.options.has_address else _open_shared(request)


def _open_own(request: Request) -> Attachment:
    options = with_gateways(request.options, interface_for(request))
    assert options.interface is not None
    link = RawLink(
        options.interface,
        address=options.address.ip if options.address else None,
        ipv6=options.address6 is not None or options.slaac,
        mac=mac_for(options),
    )
    attached = attachment(link, options)
    if not options.dhcp:
        return attached
    others = bpf.own_ipv6(link.info.mac) if options.address6 or options.slaac else []
    others += bpf.dhcp_answers()
    link.admit(others)
    return replace(attached, admit=lambda lent: link.admit(bpf.own_ipv4(lent.packed) + others))


def _open_shared(request: Request) -> Attachment:
    interface = interface_for(request)
    find_device_up(interface)
    own = list(_addresses_towards(request.destination, interface))
    link = SharedLink(interface)
    return Attachment(
        link,
        address=next((each for each in own if isinstance(each, IPv4Interface)), None),
        address6=next((each for each in own if isinstance(each, IPv6Interface)), None),
        owner=link,
    )


def _addresses_towards(destination: Address | None, interface: str) -> Iterator[Interface]:
    """The address from which the kernel would speak to `destination`, and one of the other family if it has
    one that leads anywhere. Raises LinkError where the first is not to be had."""
    for version, elsewhere in ELSEWHERE.items():
        wanted = destination is not None and destination.version == version
        try:
            source = way_to(destination if destination and wanted else elsewhere, interface).source
        except LinkError:
            if wanted:
                raise
            continue
        if source is not None:
            yield ip_interface(source)
        elif wanted:
            raise LinkError(f"this machine has no address of its own towards {destination}")


def _propose(request: Request) -> Proposal:
    options, interface = request.options, interface_for(request)
    # Tried, for a right to one thing or the other may be withheld in ways that nobody can foresee.
    if options.has_address:
        RawLink(interface).close()
        return Proposal(replace(options, interface=interface), f"{interface} leads there")
    _open_shared(request).link.close()
    why = f"{interface} leads there, and you may use this machine's address on it beside the kernel"
    return Proposal(replace(options, interface=interface, shared=True), why)


def _survey() -> Report:
    if not hasattr(socket, "AF_PACKET"):
        return Report("raw", False, f"packet sockets are a matter of Linux; this is {sys.platform}")
    if problem := cannot(lambda: packet_socket(0).close()):
        return Report(
            "raw", False, f"no right to open a packet socket ({problem})", f"sudo {this_command()} …"
        )
    here = ", ".join(_usable()) or "none that is up"
    try:
        HeldBack().close()
    except LinkError as error:
        text = f"with an address of our own (--address A/LEN) on {here}; with this machine's not: {error}"
        return Report("raw", True, text)
    text = f"with this machine's own address, or with another (--address A/LEN); interfaces here: {here}"
    return Report("raw", True, text)


def _usable() -> Iterator[str]:
    """The Ethernet interfaces that are up."""
    for _, name in socket.if_nameindex():
        try:
            yield find_device_up(name).name
        except LinkError:
            continue


RAW = LinkKind("raw", _check, _open, _survey, _propose)
