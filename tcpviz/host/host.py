"""One IPv4 host: between a link's frames and the connections' segments.

Sans-I/O, like the engine: frames and the time come in, frames come out. Knows the header fields that
decide whom a packet is for, and nothing about what a connection does with its segments.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from types import MappingProxyType

from tcpviz.host.claim import Claim
from tcpviz.host.envelope import Envelope
from tcpviz.host.errors import HostError
from tcpviz.host.events import EchoAnswered, FrameDropped, HostEvent, SegmentRefused
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.host.flows import FlowTable
from tcpviz.host.neighbours import Change, Neighbours
from tcpviz.host.route import Route
from tcpviz.tcp.config import Config
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.isn import initial_sequence
from tcpviz.wire import arp, ethernet, icmp, ipv4, tcp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv4 import Ipv4Header
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import Seq, add, later, seq

__all__ = ["Endpoint", "Flow", "Host", "HostError"]

_STRAGGLERS = 1 << 16  # how far beyond the old numbers those of a connection begin that replaces another
_HEADERS = 40  # IPv4 and TCP without options: what the MSS leaves out of the MTU (RFC 9293 3.7.1)


class Host:
    """A host with one Ethernet and one IPv4 address, and all its connections.

    - `gateway`: the next hop for what is not on the link; None: there is no way out.
    - `mtu`: the largest IP packet in octets. What arrives may be larger: the kernel merges packets.
    - `rng`: decides ports and identifications; `secret`: goes into the initial sequence numbers.
    - `probe`: ask by ARP whether somebody has the address before it is used (RFC 5227).

    Feed `on_frame`, call `on_deadline` when `next_deadline` has come, and after each (and after every
    command to a connection) send all that `frames` gives.
    """

    def __init__(
        self,
        *,
        mac: bytes,
        address: IPv4Interface,
        gateway: IPv4Address | None,
        mtu: int,
        rng: random.Random,
        secret: bytes,
        probe: bool = False,
    ) -> None:
        self._mac = mac
        self._address = address.ip.packed
        self._route = Route(address, gateway)
        self._mtu = mtu
        self._rng = rng
        self._secret = secret
        self._events: list[HostEvent] = []
        self._outbox: deque[bytes] = deque()
        self._claim = Claim(mac, self._address, self._outbox.append, self._events.append, probe=probe)
        self._neighbours = Neighbours(
            mac, self._address, self._route.is_on_link, self._outbox.append, self._on_neighbour
        )
        self._flows = FlowTable()
        self._listeners: dict[int, tuple[Config, Callable[[Flow], None]]] = {}
        self._opened = 0

    def connect(self, remote: Endpoint, config: Config, now: int) -> Flow:
        """Open a connection from a port of our choice. Raises HostError where there is no way to `remote`.

        Its first segment leaves when the address is ours and the next hop has answered our ARP.
        """
        flow = self._open(remote, self._flows.free_port(self._rng, remote), config)
        flow.connection.connect(self._initial_sequence(flow, now), now)
        return flow

    def listen(self, port: int, config: Config, accept: Callable[[Flow], None]) -> None:
        """Take connections to `port`; `accept` gets each as soon as its SYN is here."""
        self._listeners[port] = config, accept

    def on_frame(self, frame: Frame, now: int) -> Flow | None:
        """Take in a frame; returns the flow that it reached, if any."""
        try:
            found = self._flows.recognize(frame.data, vouched=frame.vouched)
            if found is not None:
                flow, segment = found
                if not segment.flags & SYN:  # a SYN may be for another flow in its place: see `_on_tcp`
                    flow.connection.on_segment(segment, now)
                    return flow
            header, payload = ethernet.parse(frame.data)
            if header.ethertype == ethernet.IPV4 and header.destination == self._mac:
                return self._on_packet(payload, frame.vouched, now) if self._claim.holds else None
            if header.ethertype == ethernet.ARP and header.destination in (self._mac, ethernet.BROADCAST):
                self._on_arp(arp.parse(payload), now)
        except (ParseError, _DropError) as error:
            self._events.append(FrameDropped(str(error)))
        return None

    def on_deadline(self, now: int) -> list[Flow]:
        """Let every timer run whose time has come; returns the flows that had one."""
        self._claim.on_deadline(now)
        self._neighbours.on_deadline(now)
        fired = []
        for flow in self._flows.by_number.values():
            deadline = flow.connection.next_deadline()
            if deadline is not None and deadline <= now:
                flow.connection.on_deadline(now)
                fired.append(flow)
        return fired

    def frames(self, now: int) -> Iterator[tuple[bytes, Flow | None]]:
        """What to send, each with the flow that it belongs to, until there is nothing more.

        Between two of them the flow's snapshot is its state at the frame given last.
        """
        outbox = self._outbox
        while outbox:
            yield outbox.popleft(), None
        if self._claim.holds:
            for flow in list(self._flows.by_number.values()):
                envelope = flow.envelope or self._address_envelope(flow, now)
                if envelope is not None:
                    for segment in flow.connection.segments(now):
                        self._neighbours.resolve(flow.neighbour, now)
                        yield envelope.frame(segment), flow
                if flow.connection.closed:
                    self._flows.remove(flow)
        while outbox:
            yield outbox.popleft(), None

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called next; None: only a frame or a command changes anything."""
        deadlines = [flow.connection.next_deadline() for flow in self._flows.by_number.values()]
        deadlines += self._claim.next_deadline(), self._neighbours.next_deadline()
        return min([deadline for deadline in deadlines if deadline is not None], default=None)

    def events(self) -> list[HostEvent]:
        """What happened since the last call, in order."""
        events = self._events.copy()
        self._events.clear()
        return events

    def is_unreachable(self, flow: Flow) -> bool:
        """Whether nothing can be sent for `flow`, because its next hop answers no ARP request."""
        return self._neighbours.is_unreachable(flow.neighbour)

    @property
    def flows(self) -> Mapping[int, Flow]:
        """The connections that are not closed, by number."""
        return MappingProxyType(self._flows.by_number)

    @property
    def address_ready(self) -> bool:
        """Whether the address is ours: no probe was asked for, or it is done and nobody answered."""
        return self._claim.holds

    # What arrives

    def _on_arp(self, packet: ArpPacket, now: int) -> None:
        if packet.sender_mac == self._mac or packet.sender_mac[0] & 1:
            return  # our own voice, or a group's address that nobody can have
        held = self._claim.holds
        self._claim.on_arp(packet, now)
        if self._claim.holds:
            self._neighbours.on_arp(packet, now)
        elif held:
            self._abandon(now)

    def _on_packet(self, packet: memoryview, vouched: bool, now: int) -> Flow | None:
        header, data = ipv4.parse(packet)
        if header.destination != self._address:
            return None
        if not vouched and not ipv4.checksum_ok(packet, header):
            raise _DropError("the IPv4 header checksum is wrong")
        if header.is_fragment:
            raise _DropError("fragments are not put together")
        if header.protocol == ipv4.TCP:
            return self._on_tcp(header, data, vouched, now)
        if header.protocol == ipv4.ICMP:
            return self._on_icmp(header.source, data, now)
        raise _DropError(f"nobody here takes IP protocol {header.protocol}")

    def _on_tcp(self, header: Ipv4Header, data: memoryview, vouched: bool, now: int) -> Flow | None:
        if not vouched:
            addresses = pseudo_header(header.source, header.destination, ipv4.TCP, 0)
            if not tcp.checksum_ok(data, addresses):
                raise _DropError("the TCP checksum is wrong")
        remote_port, local_port, segment = tcp.parse(data)
        flow = self._flows.find(header.source, remote_port, local_port)
        if flow is not None and local_port in self._listeners and flow.connection.give_way(segment):
            flow = self._replace(flow, now)
        if flow is None:
            flow = self._on_stray(Endpoint(header.source, remote_port), local_port, segment, now)
        if flow is not None:
            flow.connection.on_segment(segment, now)
        return flow

    def _on_stray(self, remote: Endpoint, local_port: int, segment: Segment, now: int) -> Flow | None:
        """A segment for no flow: a new one when it asks for that, else the answer of RFC 9293 3.10.7.1."""
        if not self._route.may_be_remote(remote.address):
            raise _DropError("its source address is no host's")  # RFC 9293 3.9.2.3, MUST-63
        if segment.flags & RST:
            raise _DropError("a reset for no connection of ours")
        listener = self._listeners.get(local_port)
        if listener is not None and not segment.flags & ACK:
            if not segment.flags & SYN:
                raise _DropError("neither SYN nor ACK, for a listening port")  # 3.10.7.2, fourth
            return self._accept(remote, local_port, *listener, now)
        self._refuse(remote, local_port, segment, now)
        return None

    def _accept(
        self,
        remote: Endpoint,
        port: int,
        config: Config,
        accept: Callable[[Flow], None],
        now: int,
        first: Seq | None = None,
    ) -> Flow:
        try:
            flow = self._open(remote, port, config)
        except HostError as error:
            raise _DropError(str(error)) from None
        flow.connection.listen(self._initial_sequence(flow, now) if first is None else first)
        accept(flow)
        return flow

    def _replace(self, old: Flow, now: int) -> Flow:
        """A new flow in place of one that was in TIME-WAIT; its numbers go on beyond the old one's, lest a
        straggler fits (RFC 9293 3.6.1, MAY-2)."""
        self._flows.remove(old)
        beyond = add(old.connection.snapshot().snd_nxt, _STRAGGLERS)
        first = later(self._initial_sequence(old, now), beyond)
        return self._accept(old.remote, old.local.port, *self._listeners[old.local.port], now, first)

    def _refuse(self, remote: Endpoint, local_port: int, segment: Segment, now: int) -> None:
        if segment.flags & ACK:
            reset = Segment(segment.ack, flags=RST)
        else:
            reset = Segment(seq(0), segment.end, RST | ACK)
        addresses = pseudo_header(self._address, remote.address, ipv4.TCP, 0)
        data = tcp.build_with_checksum(local_port, remote.port, reset, addresses)
        self._send_packet(remote.address, ipv4.TCP, data, now)
        self._events.append(SegmentRefused(*remote, local_port))

    def _on_icmp(self, source: bytes, data: memoryview, now: int) -> Flow | None:
        if not icmp.checksum_ok(data):
            raise _DropError("the ICMP checksum is wrong")
        message = icmp.parse(data)
        if message.type == icmp.ECHO_REQUEST:
            self._answer_echo(source, message, now)
            return None
        if message.type not in icmp.ERRORS:
            raise _DropError(f"ICMP type {message.type} says nothing to us")
        return self._on_icmp_error(message, now)

    def _answer_echo(self, source: bytes, request: IcmpMessage, now: int) -> None:
        if not self._route.may_be_remote(source):
            raise _DropError("its source address is no host's")
        # RFC 1122 3.2.2.6: the data comes back whole.
        reply = icmp.build(request._replace(type=icmp.ECHO_REPLY))
        if ipv4.HEADER_LENGTH + len(reply) > self._mtu:
            raise _DropError("a ping larger than the MTU")
        self._send_packet(source, ipv4.ICMP, reply, now)
        self._events.append(EchoAnswered(source, len(request.payload)))

    def _on_icmp_error(self, message: IcmpMessage, now: int) -> Flow:
        quoted = icmp.quoted_segment(message)
        flow = self._flows.find(quoted.destination, quoted.destination_port, quoted.source_port)
        if flow is None or quoted.source != self._address:
            raise _DropError("an ICMP error about no connection of ours")
        flow.connection.on_icmp(IcmpError(message.type, message.code, quoted.seq, message.next_hop_mtu), now)
        return flow

    # What leaves

    def _send_packet(self, destination: bytes, protocol: int, payload: bytes, now: int) -> None:
        """Send a packet that belongs to no flow, where there is a way for it."""
        try:
            next_hop = self._route.next_hop(destination)
        except HostError as error:
            raise _DropError(str(error)) from None
        packet = ipv4.build(self._address, destination, protocol, payload)
        self._neighbours.send_packet(next_hop, packet, now)

    def _address_envelope(self, flow: Flow, now: int) -> Envelope | None:
        """What the flow's segments travel in; None while its neighbour is not known: none are asked for."""
        mac = self._neighbours.resolve(flow.neighbour, now)
        if mac is not None:
            flow.envelope = Envelope(self._mac, mac, flow.local, flow.remote, self._rng.getrandbits(16))
            from_peer = Envelope(mac, self._mac, flow.remote, flow.local, 0)
            self._flows.expect(flow, from_peer.frame(Segment(seq(0))))
        return flow.envelope

    def _on_neighbour(self, event: Change) -> None:
        """A neighbour is somewhere else now, or nowhere: no envelope to the old place is used again."""
        self._events.append(event)
        for flow in self._flows.by_number.values():
            if flow.neighbour == event.address:
                flow.envelope = None

    # Connections

    def _open(self, remote: Endpoint, local_port: int, config: Config) -> Flow:
        neighbour = self._route.next_hop(remote.address)
        fitting = replace(config, mss=min(config.mss, self._mtu - _HEADERS))
        # A generator each: what one connection draws changes nothing about the others.
        connection = Connection(fitting, random.Random(self._rng.getrandbits(64)))
        self._opened += 1
        flow = Flow(self._opened, Endpoint(self._address, local_port), remote, neighbour, connection)
        self._flows.add(flow)
        return flow

    def _initial_sequence(self, flow: Flow, now: int) -> Seq:
        return initial_sequence(self._secret, *flow.local, *flow.remote, now)

    def _abandon(self, now: int) -> None:
        """Reset every connection before the address goes to somebody else (RFC 5227 section 2.4)."""
        for flow in list(self._flows.by_number.values()):
            flow.connection.abort(now)
            if envelope := flow.envelope:
                self._outbox += map(envelope.frame, flow.connection.segments(now))
            self._flows.remove(flow)


class _DropError(Exception):
    """What arrived is for us and changes nothing; the text is the reason."""
