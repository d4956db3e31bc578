"""The TCP connections of a host: how they begin, which segment is for which, what they travel in.

Knows what TCP asks of a host: ports, listeners, answers to segments for nobody (RFC 9293 3.10.7.1, 3.10.7.2).
What a connection does with a segment is its own business, and packets are the stacks'.
"""

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from tcpviz.host.envelope import Envelope
from tcpviz.host.errors import DropError, HostError
from tcpviz.host.events import HostEvent, SegmentRefused
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.host.flows import FlowTable
from tcpviz.host.ports import Ports
from tcpviz.host.shared import Owner
from tcpviz.host.stack import TCP, Datagram, Stack
from tcpviz.tcp.config import Config
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.isn import initial_sequence
from tcpviz.tcp.replies import reset_for
from tcpviz.tcp.state import State
from tcpviz.wire import tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import Seq, add, later, seq

BACKLOG = 128
"""Connections to one port that are half open; further SYNs are not answered (RFC 4987 section 3.1)."""
_STRAGGLERS = 1 << 16  # how far beyond the old numbers those of a connection begin that replaces another


class Connections:
    """All of a host with the Ethernet address `mac`; `tell` takes what happened.

    `rng`, `secret` and `owner` as for `Host`.
    """

    def __init__(
        self,
        mac: bytes,
        rng: random.Random,
        secret: bytes,
        owner: Owner | None,
        tell: Callable[[HostEvent], None],
    ) -> None:
        self.flows = FlowTable()
        """Those that are not closed."""
        self._mac = mac
        self._rng = rng
        self._secret = secret
        self._owner = owner
        self._tell = tell
        self._ports = Ports(secret, rng)
        self._listeners: dict[int, tuple[Config, Callable[[Flow], None]]] = {}
        self._opened = 0

    def connect(self, stack: Stack, remote: Endpoint, config: Config, now: int) -> Flow:
        """Open one from a port of our choice. Raises HostError where there is no way to `remote`."""
        address = stack.local_address(remote.address)
        if self._owner is not None:
            port = self._owner.take_port(address, remote)
        else:
            port = self._free_port(address, remote)
        flow = self._open(stack, Endpoint(address, port), remote, config)
        flow.connection.connect(self._initial_sequence(flow, now), now)
        return flow

    def listen(self, port: int, config: Config, accept: Callable[[Flow], None]) -> None:
        """Take connections to `port`; `accept` gets each as soon as its SYN is here. It may raise DropError:
        the SYN is ignored then, and the peer will send it again."""
        self._listeners[port] = config, accept

    def ignore(self, port: int) -> None:
        """Take no more connections to `port`; those that are there stay."""
        del self._listeners[port]

    # What arrives

    def on_datagram(self, stack: Stack, datagram: Datagram, now: int) -> Flow | None:
        """A segment for whatever flow, or for none; returns the one that it reached. Raises ParseError or
        DropError."""
        source, destination, _, data = datagram[:4]
        if not datagram.vouched and not tcp.checksum_ok(data, pseudo_header(source, destination, TCP, 0)):
            raise DropError("the TCP checksum is wrong")
        remote_port, local_port, segment = tcp.parse(data, datagram.ecn)
        local, remote = Endpoint(destination, local_port), Endpoint(source, remote_port)
        flow = self.flows.find(local, remote)
        if flow is not None and local_port in self._listeners and flow.connection.give_way(segment):
            flow = self._replace(flow, now)
        if flow is None:
            flow = self._on_stray(stack, local, remote, segment, now)
        if flow is not None:
            flow.connection.on_segment(segment, now)
            if flow.connection.state is State.LISTEN:
                # RFC 9293 3.10.7.4, second. It is the port that goes on to listen, not this flow.
                flow.connection.abort(now)
        return flow

    def _on_stray(
        self, stack: Stack, local: Endpoint, remote: Endpoint, segment: Segment, now: int
    ) -> Flow | None:
        """A segment for no flow: a new one when it asks for that, else the answer of RFC 9293 3.10.7.1."""
        if not stack.may_be_remote(remote.address):
            raise DropError("its source address is no host's")  # RFC 9293 3.9.2.3, MUST-63
        if local.port in self._listeners and not segment.flags & (ACK | RST):
            if not segment.flags & SYN:
                raise DropError("neither SYN nor ACK, for a listening port")  # 3.10.7.2, fourth
            return self._accept(stack, local, remote, now)
        self._refuse(stack, local, remote, segment, now)
        return None

    def _accept(
        self, stack: Stack, local: Endpoint, remote: Endpoint, now: int, first: Seq | None = None
    ) -> Flow:
        config, accept = self._listeners[local.port]
        if self._half_open(local.port) >= BACKLOG:
            raise DropError("too many connections to this port are half open")
        try:
            flow = self._open(stack, local, remote, config)
        except HostError as error:
            raise DropError(str(error)) from None
        flow.connection.listen(self._initial_sequence(flow, now) if first is None else first)
        try:
            accept(flow)
        except DropError:
            self.flows.remove(flow)
            raise
        return flow

    def _half_open(self, port: int) -> int:
        flows = self.flows.by_number.values()
        return sum(f.local.port == port and f.connection.state is State.SYN_RECEIVED for f in flows)

    def _replace(self, old: Flow, now: int) -> Flow:
        """A new flow in place of one that was in TIME-WAIT; its numbers go on beyond the old one's, lest a
        straggler fits (RFC 9293 3.6.1, MAY-2)."""
        self.flows.remove(old)
        beyond = add(old.connection.snapshot().snd_nxt, _STRAGGLERS)
        first = later(self._initial_sequence(old, now), beyond)
        return self._accept(old.stack, old.local, old.remote, now, first)

    def _refuse(self, stack: Stack, local: Endpoint, remote: Endpoint, segment: Segment, now: int) -> None:
        reset = reset_for(segment)
        if reset is None:
            raise DropError("a reset for no connection of ours")
        addresses = pseudo_header(local.address, remote.address, TCP, 0)
        data = tcp.build_with_checksum(local.port, remote.port, reset, addresses)
        stack.send_packet(local.address, remote.address, TCP, data, now)
        self._tell(SegmentRefused(*remote, local.port))

    def on_error(self, local: Endpoint, remote: Endpoint, error: IcmpError, now: int) -> Flow:
        """What ICMP says about a segment from `local` to `remote`. Raises DropError where none is of ours."""
        flow = self.flows.find(local, remote)
        if flow is None:
            raise DropError("an ICMP error about no connection of ours")
        flow.connection.on_icmp(error, now)
        return flow

    def on_moved(self, neighbour: bytes) -> None:
        """`neighbour` is somewhere else now, or nowhere: no envelope to the old place is used again."""
        for flow in self.flows.by_number.values():
            if flow.neighbour == neighbour:
                flow.envelope = None

    # Time

    def on_deadline(self, now: int) -> list[Flow]:
        """Let every timer run whose time has come; returns the flows that had one."""
        fired = []
        for flow in self.flows.by_number.values():
            deadline = flow.connection.next_deadline()
            if deadline is not None and deadline <= now:
                flow.connection.on_deadline(now)
                fired.append(flow)
        return fired

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        deadlines = (flow.connection.next_deadline() for flow in self.flows.by_number.values())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    # What leaves

    def frames(self, now: int) -> Iterator[tuple[bytes, Flow]]:
        """What all connections have to send now; those that are closed are forgotten after it."""
        for flow in list(self.flows.by_number.values()):
            envelope = flow.envelope or self._address_envelope(flow, now)
            if envelope is not None:
                for segment in flow.connection.segments(now):
                    flow.stack.neighbours.resolve(flow.neighbour, now)
                    yield envelope.frame(segment), flow
            if flow.connection.closed:
                self.flows.remove(flow)

    def abandon(self, addresses: Collection[bytes], now: int) -> Iterator[bytes]:
        """The frames that reset every connection from these addresses of ours, which it forgets."""
        for flow in list(self.flows.by_number.values()):
            if flow.local.address not in addresses:
                continue
            if not flow.connection.closed:
                flow.connection.abort(now)
            if envelope := flow.envelope:
                yield from map(envelope.frame, flow.connection.segments(now))
            self.flows.remove(flow)

    # One connection

    def _open(self, stack: Stack, local: Endpoint, remote: Endpoint, config: Config) -> Flow:
        neighbour = stack.next_hop(remote.address)
        largest = stack.mtu - stack.network.header - tcp.HEADER_LENGTH
        fitting = replace(config, mss=min(config.mss, largest), network=stack.network)
        # A generator each: what one connection draws changes nothing about the others.
        connection = Connection(fitting, random.Random(self._rng.getrandbits(64)))
        self._opened += 1
        flow = Flow(self._opened, local, remote, neighbour, connection, stack)
        self.flows.add(flow)
        return flow

    def _address_envelope(self, flow: Flow, now: int) -> Envelope | None:
        """What the flow's segments travel in; None while its neighbour is not known, or its address not ours
        yet: none are asked for."""
        stack = flow.stack
        mac = stack.neighbours.resolve(flow.neighbour, now) if stack.holds(flow.local.address) else None
        if mac is not None:
            label = self._rng.getrandbits(stack.envelope.LABEL_BITS)
            flow.envelope = stack.envelope(self._mac, mac, flow.local, flow.remote, label)
            from_peer = stack.envelope(mac, self._mac, flow.remote, flow.local, 0)
            self.flows.expect(flow, from_peer.frame(Segment(seq(0))))
        return flow.envelope

    def _free_port(self, address: bytes, remote: Endpoint) -> int:
        def taken(port: int) -> bool:
            return self.flows.find(Endpoint(address, port), remote) is not None

        return self._ports.choose(address, remote, taken)

    def _initial_sequence(self, flow: Flow, now: int) -> Seq:
        return initial_sequence(self._secret, *flow.local, *flow.remote, now)
