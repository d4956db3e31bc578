"""What the host did outside of any connection, in words for the recording."""

from ipaddress import ip_address

from tcpviz.host.events import (
    AddressClaimed,
    AddressConflict,
    AddressDefended,
    AddressExpired,
    AddressTaken,
    DatagramReassembled,
    DhcpAddressTaken,
    DhcpBound,
    DhcpExpired,
    DhcpOffered,
    DhcpRefused,
    DhcpReleased,
    DhcpRenewed,
    DhcpUnanswered,
    EchoAnswered,
    FrameDropped,
    HostEvent,
    NeighbourResolved,
    NeighbourUnreachable,
    NoRouterFound,
    ReassemblyTimedOut,
    RouterFound,
    SegmentRefused,
)
from tcpviz.host.flow import Endpoint
from tcpviz.host.lease import FOR_EVER, Lease

_UNITS = ((86_400, "days"), (3600, "h"), (60, "min"))


def note(event: HostEvent) -> str:
    """One sentence for `event`."""
    match event:
        case AddressClaimed(address):
            return f"{_ip(address)} is ours: nobody answered the probes"
        case AddressDefended(address, mac):
            return f"{_mac(mac)} used our address {_ip(address)}: announced again that it is ours"
        case AddressConflict(address, mac):
            return f"{_ip(address)} is in use by {_mac(mac)}"
        case AddressTaken(address, mac):
            return f"{_ip(address)} is in use by {_mac(mac)}: we make up another address"
        case AddressExpired(address):
            return f"{_ip(address)} is ours no more: no router has confirmed its network"
        case RouterFound(address):
            return f"{_ip(address)} is a router"
        case NoRouterFound(attempts):
            return f"no router answered {attempts} solicitations"
        case NeighbourResolved(address, mac):
            return f"{_ip(address)} is at {_mac(mac)}"
        case NeighbourUnreachable(address, attempts):
            return f"{_ip(address)} did not answer {attempts} questions"
        case EchoAnswered(address, length):
            return f"answered a ping of {length} octets from {_ip(address)}"
        case DatagramReassembled(address, length):
            return f"put the fragments from {_ip(address)} together: {length} octets"
        case ReassemblyTimedOut():
            return "gave up a datagram: not all of its fragments came within a minute"
        case SegmentRefused(address, port, local_port):
            return f"reset: {Endpoint(address, port)} has no connection to our port {local_port}"
        case FrameDropped(reason):
            return f"dropped: {reason}"
    return _dhcp(event)


def _dhcp(event: HostEvent) -> str:
    match event:
        case DhcpOffered(lease):
            return f"the DHCP server {lease.server} offers {lease.address.ip} for {_span(lease.seconds)}"
        case DhcpBound(lease):
            return f"{lease.address} is ours for {_span(lease.seconds)}, {_told(lease)}"
        case DhcpRenewed(lease):
            return f"{lease.server} lets us keep {lease.address.ip} for {_span(lease.seconds)} more"
        case DhcpRefused(address, server, text):
            return f"{server} refuses {address}" + (f": {text}" if text else "")
        case DhcpAddressTaken(address, server):
            return f"{address} is in use: told {server}, which has to offer another"
        case DhcpUnanswered(attempts, offered):
            who = "the DHCP server fell silent after its offer" if offered else "no DHCP server answers"
            return f"{who}: {attempts} messages were in vain"
        case DhcpExpired(address):
            return f"the lease of {address} is over: no DHCP server gave more time"
        case DhcpReleased(address, server):
            return f"gave {address} back to {server}"
    raise AssertionError(f"no words for {event!r}")


def _told(lease: Lease) -> str:
    """What came with the address."""
    gateway = f"gateway {lease.gateway}" if lease.gateway else "no gateway"
    servers = ", ".join(map(str, lease.dns))
    return f"{gateway}, DNS {servers}" if servers else f"{gateway}, no DNS"


def _span(seconds: int) -> str:
    """A time as people say it: "1 h", "90 s"."""
    if seconds == FOR_EVER:
        return "ever"
    for length, unit in _UNITS:
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _ip(address: bytes) -> str:
    return str(ip_address(address))


def _mac(address: bytes) -> str:
    return address.hex(":")
