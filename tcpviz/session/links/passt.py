"""The link through passt: its entry in the table of links."""

import random

from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.passt import GATEWAY, GATEWAY_6, OUR_ADDRESS, OUR_ADDRESS_6, PasstLink, find_passt
from tcpviz.link.routing import way_to
from tcpviz.session.links.devices import check_name, check_way
from tcpviz.session.links.kind import Attachment, LinkKind, Proposal, Report, Request
from tcpviz.session.options import OptionError, RunOptions

_MTU = 1500


def _check(options: RunOptions) -> None:
    if options.has_address or options.gateway or options.gateway6:
        raise OptionError(
            "--address and --gateway are for --link tap and raw; passt has addresses of its own"
        )
    if options.interface is not None:
        check_name(options.interface)


def _open(request: Request) -> Attachment:
    mac = local_mac(random.Random(request.seed))
    link = PasstLink(mac=mac, mtu=request.options.mtu or _MTU, interface=_device(request))
    return Attachment(
        link,
        OUR_ADDRESS,
        GATEWAY,
        OUR_ADDRESS_6 if link.has_ipv6 else None,
        GATEWAY_6 if link.has_ipv6 else None,
        loopback=GATEWAY,
    )


def _propose(request: Request) -> Proposal:
    find_passt()
    check_way(request)
    return Proposal(request.options, "it asks for no rights")


def _survey() -> Report:
    try:
        PasstLink(mac=local_mac(random.Random(0))).close()
    except LinkError as error:
        text, _, advice = str(error).partition("; ")
        return Report("passt", False, text, advice)
    return Report("passt", True, "a relay on this machine that asks for no rights; the TCP shown ends at it")


def _device(request: Request) -> str | None:
    """The device for passt to look at: what it finds by itself is the one of the default route."""
    if request.options.interface or request.destination is None:
        return request.options.interface
    try:
        way = way_to(request.destination)
    except LinkError:
        return None  # this machine itself; or nowhere, of which passt will tell
    return way.interface if way.next_hop == request.destination else None


PASST = LinkKind("passt", _check, _open, _survey, _propose)
