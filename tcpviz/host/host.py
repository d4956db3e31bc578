"""One host of IPv4, IPv6 or both: between a link's frames and the connections' segments.

Sans-I/O, like the engine: frames and the time come in, frames come out. What is different between the
families is in their `Stack`, what is TCP's in `Connections`.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address
from types import MappingProxyType

from tcpviz.host.address import Address
from tcpviz.host.connections import Connections
from tcpviz.host.errors import DropError, HostError
from tcpviz.host.events import (
    AddressConflict,
    AddressExpired,
    AddressTaken,
    DhcpExpired,
    DhcpRefused,
    FrameDropped,
    HostEvent,
    NeighbourResolved,
    NeighbourUnreachable,
)
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.host.ipv4 import Ipv4Stack
from tcpviz.host.ipv6 import Ipv6Stack
from tcpviz.host.leased import LeasedIpv4Stack
from tcpviz.host.shared import Owner, SharedIpv4Stack, SharedIpv6Stack
from tcpviz.host.stack import TCP, UDP, Datagram, Report, Stack
from tcpviz.host.udp import Failed, Received, UdpPort, UdpPorts
from tcpviz.tcp.config import Config
from tcpviz.wire import ethernet, runs, udp
from tcpviz.wire.errors import ParseError
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import RST, SYN

__all__ = ["Endpoint", "Flow", "Host", "HostError"]

BACKLOG = 128
"""Connections to one port that are half open; further SYNs are not answered (RFC 4987 section 3.1)."""
_STRAGGLERS = 1 << 16  # how far beyond the old numbers those of a connection begin that replaces another


class Host:
    """A host with one Ethernet address, an IPv4 or an IPv6 address or both, and all its connections.

    - `gateway`, `gateway6`: the next hop for what is not on the link; None: there is no way out.
    - `slaac`: have IPv6 addresses in the networks that routers advertise.
    - `mtu`: the largest IP packet in octets. What arrives may be larger: the kernel merges packets.
    - `rng`: decides ports and identifications; `secret`: goes into the initial sequence numbers.
    - `dhcp`: instead of an `address`, the one that a DHCP server lends (RFC 2131).
    - `probe`: ask whether somebody has an address before it is used (RFC 5227, RFC 4862).
    - `owner`: whose addresses they are, where they are not ours alone; it knows the ways.

    Feed `on_frame`, call `on_deadline` when `next_deadline` has come, and after each (and after every
    command to a connection) send all that `frames` gives.
    """

    def __init__(
        self,
        *,
        mac: bytes,
        address: IPv4Interface | None = None,
        gateway: IPv4Address | None = None,
        address6: IPv6Interface | None = None,
        gateway6: IPv6Address | None = None,
        slaac: bool = False,
        mtu: int,
        rng: random.Random,
        secret: bytes,
        probe: bool = False,
        dhcp: bool = False,
        owner: Owner | None = None,
    ) -> None:
        self._events: list[HostEvent] = []
        self._outbox: deque[bytes] = deque()
        self._lost: list[bytes] = []
        self._stacks: list[Stack] = []
        send, tell = self._outbox.append, self._told
        self._owner = owner
        if address is not None and owner is not None:
            self._stacks.append(SharedIpv4Stack(mac, mtu, address, owner, send, tell))
        elif address is not None:
            self._stacks.append(Ipv4Stack(mac, mtu, address, gateway, send, tell, probe=probe))
        elif dhcp:
            self._stacks.append(LeasedIpv4Stack(mac, mtu, gateway, rng, send, tell))
        if address6 is not None and owner is not None:
            self._stacks.append(SharedIpv6Stack(mac, mtu, address6, owner, send, tell))
        elif address6 is not None or slaac:
            self._stacks.append(Ipv6Stack(mac, mtu, address6, gateway6, send, tell, probe=probe, slaac=slaac))
        self._by_ethertype = {kind: stack for stack in self._stacks for kind in stack.ethertypes}
        self._connections = Connections(mac, rng, secret, owner, tell)
        self._flows = self._connections.flows
        self._udp = UdpPorts(rng, self._send_datagram)

    def connect(self, remote: Endpoint, config: Config, now: int) -> Flow:
        """Open a connection from a port of our choice. Raises HostError where there is no way to `remote`.

        Its first segment leaves when the address is ours and the next hop has answered our question.
        """
        return self._connections.connect(self._stack(remote.address), remote, config, now)

    def listen(self, port: int, config: Config, accept: Callable[[Flow], None]) -> None:
        """Take connections to `port`; `accept` gets each as soon as its SYN is here. It may raise DropError:
        the SYN is ignored then, and the peer will send it again."""
        self._connections.listen(port, config, accept)

    def ignore(self, port: int) -> None:
        """Take no more connections to `port`; those that are there stay."""
        self._connections.ignore(port)

    def local_address(self, remote: bytes) -> bytes:
        """Which address of ours a connection to or from `remote` has. Raises HostError."""
        return self._stack(remote).local_address(remote)

    def udp(
        self,
        received: Received,
        failed: Failed,
        *,
        remote: Endpoint | None = None,
        number: int | None = None,
    ) -> UdpPort:
        """A UDP port of ours, at random without `number`; with a `remote` it hears of nobody else.

        `received` gets what arrives for it, `failed` what ICMP says about what it sent. Raises HostError
        when the port is taken, or the address is shared with an owner, who has none for us or was asked for
        one by its number.
        """
        if self._owner is not None:
            if number is not None:
                raise HostError("the UDP ports of this address are its owner's: there is only one at random")
            number = self._owner.take_udp_port()
        return self._udp.open(received, failed, remote=remote, number=number)

    def on_frame(self, frame: Frame, now: int) -> Flow | None:
        """Take in a frame; returns the flow that it reached, if any."""
        try:
            found = self._flows.recognize(frame.data, vouched=frame.vouched)
            if found is not None:
                flow, segment = found
                if not segment.flags & (SYN | RST):  # these may begin or end a flow: see `Connections`
                    flow.connection.on_segment(segment, now)
                    return flow
            return self._on_frame(frame, now)
        except (ParseError, DropError) as error:
            self._events.append(FrameDropped(str(error)))
        return None

    def on_frames(self, frames: Sequence[Frame]) -> Iterator[tuple[Flow | None, Sequence[Frame], int]]:
        """Take in what came together: frame by frame, but such as continue each other as one arrival, as if
        the kernel had merged them.

        Gives the flow that was reached, the frames, and how many octets of data each of several has. Before
        the next ones are taken in, send what `frames` gives.
        """
        start = 0
        while start < len(frames):
            stop = runs.end(frames, start)
            run = frames[start:stop]
            flow, octets = self._on_run(run) if stop - start > 1 else (None, 0)
            if flow is not None:
                yield flow, run, octets
            else:
                for frame in run:
                    yield self.on_frame(frame, frame.time), (frame,), 0
            start = stop

    def on_deadline(self, now: int) -> list[Flow]:
        """Let every timer run whose time has come; returns the flows that had one."""
        for stack in self._stacks:
            stack.on_deadline(now)
        if self._lost:
            self._abandon(now)
        return self._connections.on_deadline(now)

    def frames(self, now: int) -> Iterator[tuple[bytes, Flow | None]]:
        """What to send, each with the flow that it belongs to, until there is nothing more.

        Between two of them the flow's snapshot is its state at the frame given last.
        """
        outbox = self._outbox
        while outbox:
            yield outbox.popleft(), None
        yield from self._connections.frames(now)
        while outbox:
            yield outbox.popleft(), None

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called next; None: only a frame or a command changes anything."""
        deadlines = [self._connections.next_deadline(), *(stack.next_deadline() for stack in self._stacks)]
        return min([deadline for deadline in deadlines if deadline is not None], default=None)

    def events(self) -> list[HostEvent]:
        """What happened since the last call, in order."""
        events = self._events.copy()
        self._events.clear()
        return events

    def is_unreachable(self, flow: Flow) -> bool:
        """Whether nothing can be sent for `flow`, because its next hop answers no question."""
        return flow.stack.neighbours.is_unreachable(flow.neighbour)

    @property
    def flows(self) -> Mapping[int, Flow]:
        """The connections that are not closed, by number."""
        return MappingProxyType(self._flows.by_number)

    @property
    def families(self) -> frozenset[int]:
        """The IP versions that we have an address of: 4, 6 or both."""
        return frozenset(stack.version for stack in self._stacks)

    @property
    def dns_servers(self) -> tuple[Address, ...]:
        """The DNS servers that the network has told us of."""
        return tuple(server for stack in self._stacks for server in stack.dns_servers)

    def release(self) -> None:
        """Give back what was lent: nothing may be sent after the frames that this leaves to send."""
        for stack in self._stacks:
            stack.release()

    @property
    def address_ready(self) -> bool:
        """Whether our addresses are ours: no probe was asked for, or it is done and nobody answered."""
        return all(stack.ready for stack in self._stacks)

    # What arrives

    def _on_run(self, run: Sequence[Frame]) -> tuple[Flow | None, int]:
        """Take in a run; no flow where that has to be done frame by frame, and nothing has happened."""
        found = self._flows.recognize_run(run)
        if found is None:
            return None, 0
        flow, segment, octets = found
        return (flow if flow.connection.on_run(segment, octets, run[0].time) else None), octets

    def _on_frame(self, frame: Frame, now: int) -> Flow | None:
        """Take in a frame that needs a closer look."""
        header, payload = ethernet.parse(frame.data)
        stack = self._by_ethertype.get(header.ethertype)
        arrival = stack.on_frame(header, payload, frame.vouched, now) if stack else None
        if self._lost:
            self._abandon(now)
        match arrival:
            case Datagram(protocol=protocol) if stack and protocol == TCP:
                return self._connections.on_datagram(stack, arrival, now)
            case Datagram(protocol=protocol) if stack and protocol == UDP:
                self._on_udp(stack, arrival, now)
            case Datagram() if stack:
                stack.refuse_protocol(arrival, now)
            case Report():
                return self._on_report(arrival, now)
        return None

    def _on_udp(self, stack: Stack, datagram: Datagram, now: int) -> None:
        remote_port, local_port, payload = udp.parse(datagram.data)
        if not datagram.vouched and not udp.checksum_ok(datagram.data, *datagram[:2]):
            raise DropError("the UDP checksum is wrong")
        if not stack.may_be_remote(datagram.source):
            raise DropError("its source address is no host's")
        remote = Endpoint(datagram.source, remote_port)
        port = self._udp.find(local_port, remote)
        if port is None:
            stack.refuse_port(datagram, now)
        else:
            port.received(remote, bytes(payload), now)

    def _on_report(self, report: Report, now: int) -> Flow | None:
        quoted = report.quoted
        local = Endpoint(quoted.source, quoted.source_port)
        remote = Endpoint(quoted.destination, quoted.destination_port)
        if quoted.protocol == UDP:
            port = self._udp.find(local.port, remote)
            if port is None or not self._stack(remote.address).holds(local.address):
                raise DropError("an ICMP error about no datagram of ours")
            port.failed(remote, report.error, now)
            return None
        return self._connections.on_error(local, remote, report.error, now)

    # What the families tell

    def _told(self, event: HostEvent) -> None:
        self._events.append(event)
        match event:
            case NeighbourResolved(address) | NeighbourUnreachable(address):
                self._connections.on_moved(address)
            case AddressConflict(address) | AddressTaken(address) | AddressExpired(address):
                self._lost.append(address)
            case DhcpExpired(address=leased) | DhcpRefused(address=leased):
                self._lost.append(leased.packed)

    def _abandon(self, now: int) -> None:
        """Reset every connection before its address goes to somebody else (RFC 5227 section 2.4)."""
        self._outbox += self._connections.abandon(self._lost, now)
        self._lost.clear()

    # The way out

    def _stack(self, remote: bytes) -> Stack:
        """The family of a packed address. Raises HostError where we have no address of it."""
        version = ip_address(remote).version
        for stack in self._stacks:
            if stack.version == version:
                return stack
        raise HostError(f"there is no IPv{version} address of our own here: add one with --address")

    def _send_datagram(self, number: int, remote: Endpoint, payload: bytes, now: int) -> None:
        """What a UDP port sends. Raises HostError."""
        stack = self._stack(remote.address)
        stack.next_hop(remote.address)  # which says why, where there is no way
        largest = stack.mtu - stack.network.header - udp.HEADER_LENGTH
        if len(payload) > largest:
            raise HostError(
                f"a datagram of {len(payload)} octets; {largest} are the most for one packet here"
            )
        source = stack.local_address(remote.address)
        data = udp.build(source, number, *remote, payload)
        stack.send_packet(source, remote.address, UDP, data, now)
