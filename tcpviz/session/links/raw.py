"""The link on a real interface: its entry in the table of links."""

import socket
import sys
from dataclasses import replace

from tcpviz.link import bpf
from tcpviz.link.raw import RawLink
from tcpviz.session.links.devices import attachment, cannot, check_device, mac_for, this_command
from tcpviz.session.links.kind import Attachment, LinkKind, Report, Request


def _open(request: Request) -> Attachment:
    options = request.options
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


def _survey() -> Report:
    if not hasattr(socket, "AF_PACKET"):
        return Report("raw", False, f"packet sockets are a matter of Linux; this is {sys.platform}")
    if problem := cannot(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()):
        return Report(
            "raw", False, f"no right to open a packet socket ({problem})", f"sudo {this_command()} …"
        )
    interfaces = ", ".join(name for _, name in socket.if_nameindex() if name != "lo")
    return Report("raw", True, f"--link raw --interface NAME --address A/LEN; here: {interfaces or 'none'}")


RAW = LinkKind("raw", check_device, _open, _survey)
