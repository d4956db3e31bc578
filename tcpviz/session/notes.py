"""What the host did outside of any connection, in words for the recording."""

from ipaddress import IPv4Address

from tcpviz.host.events import (
    AddressClaimed,
    AddressConflict,
    AddressDefended,
    EchoAnswered,
    FrameDropped,
    HostEvent,
    NeighbourResolved,
    NeighbourUnreachable,
    SegmentRefused,
)


def note(event: HostEvent) -> str:
    """One sentence for `event`."""
    match event:
        case AddressClaimed(address):
            return f"{_ip(address)} is ours: nobody answered the probes"
        case AddressDefended(address, mac):
            return f"{_mac(mac)} used our address {_ip(address)}: announced again that it is ours"
        case AddressConflict(address, mac):
            return f"{_ip(address)} is in use by {_mac(mac)}"
        case NeighbourResolved(address, mac):
            return f"{_ip(address)} is at {_mac(mac)}"
        case NeighbourUnreachable(address, attempts):
            return f"{_ip(address)} did not answer {attempts} ARP requests"
        case EchoAnswered(address, length):
            return f"answered a ping of {length} octets from {_ip(address)}"
        case SegmentRefused(address, port, local_port):
            return f"reset: {_ip(address)}:{port} has no connection to our port {local_port}"
        case FrameDropped(reason):
            return f"dropped: {reason}"
    raise AssertionError(f"no words for {event!r}")


def _ip(address: bytes) -> str:
    return str(IPv4Address(address))


def _mac(address: bytes) -> str:
    return address.hex(":")
