"""IPv4 on a link: one address, ARP, fragments, ICMP."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface
from typing import ClassVar

from tcpviz.host.arp import ArpCache
from tcpviz.host.complaints4 import Complaints4
from tcpviz.host.envelope import Ipv4Envelope
from tcpviz.host.errors import DropError, HostError
from tcpviz.host.events import DatagramReassembled, EchoAnswered, HostEvent, ReassemblyTimedOut
from tcpviz.host.fragments import Fragments, Piece
from tcpviz.host.neighbours import Neighbours
from tcpviz.host.route import Route
from tcpviz.host.stack import Arrival, Datagram, Report, Stack
from tcpviz.tcp.config import Network
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire import arp, ethernet, icmp, ipv4
from tcpviz.wire.ethernet import EthernetHeader
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv4 import Ipv4Header
from tcpviz.wire.segment import CE

_PROTOCOL_AT = 9


class Ipv4Stack(Stack):
    """The address of `interface` and the way from there; `probe` it before it is used (RFC 5227)."""

    version = 4
    ethertypes: ClassVar[tuple[int, ...]] = (ethernet.IPV4, ethernet.ARP)
    envelope = Ipv4Envelope
    network = Network()

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        interface: IPv4Interface,
        gateway: IPv4Address | None,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
        *,
        probe: bool,
    ) -> None:
        super().__init__(mac, mtu, send, tell)
        self._address = interface.ip.packed
        self._route = Route(interface, gateway)
        self._arp = ArpCache(mac, self._address, self._route.is_on_link, send, tell, probe=probe)
        self._claim = self._arp.claim
        self.neighbours: Neighbours = self._arp
        self._fragments = Fragments()
        self._complaints = Complaints4()

    @property
    def ready(self) -> bool:
        return self._claim.holds

    def holds(self, address: bytes) -> bool:
        return address == self._address and self._claim.holds

    def local_address(self, remote: bytes) -> bytes:
        return self._address

    def next_hop(self, destination: bytes) -> bytes:
        return self._route.next_hop(destination)

    def may_be_remote(self, source: bytes) -> bool:
        return self._route.may_be_remote(source)

    def on_frame(
        self, header: EthernetHeader, payload: memoryview, vouched: bool, now: int
    ) -> Arrival | None:
        if header.ethertype == ethernet.ARP:
            if header.destination in (self._mac, ethernet.BROADCAST):
                self._arp.on_arp(arp.parse(payload), now)
            return None
        if header.destination != self._mac or not self._claim.holds:
            return None
        return self._on_packet(payload, vouched, now)

    def _on_packet(self, packet: memoryview, vouched: bool, now: int) -> Arrival | None:
        header, data = ipv4.parse(packet)
        if header.destination != self._address:
            return None
        if not vouched and not ipv4.checksum_ok(packet, header):
            raise DropError("the IPv4 header checksum is wrong")
        if header.is_fragment:
            return self._on_fragment(header, data, packet, now)
        return self._on_whole(header, data, vouched, packet, now)

    def _on_fragment(
        self, header: Ipv4Header, data: memoryview, packet: memoryview, now: int
    ) -> Arrival | None:
        # RFC 791 section 3.2: these four say which datagram it is a part of
        key = header.source, header.destination, header.protocol, header.identification
        place = header.fragment_offset, header.more_fragments
        piece = Piece(header.protocol, *place, data, header.ecn, packet)
        whole = self._fragments.add(key, piece, now)
        if whole is None:
            return None
        self._tell(DatagramReassembled(header.source, len(whole.data)))
        joined = header._replace(tos=header.tos & ~CE | whole.ecn)
        return self._on_whole(joined, memoryview(whole.data), False, memoryview(whole.first), now)

    def _on_whole(
        self, header: Ipv4Header, data: memoryview, vouched: bool, packet: memoryview, now: int
    ) -> Arrival | None:
        if header.protocol == ipv4.ICMP:
            return self._on_icmp(header.source, data, now)
        return Datagram(
            header.source,
            header.destination,
            header.protocol,
            data,
            vouched,
            packet,
            _PROTOCOL_AT,
            header.ecn,
        )

    def _on_icmp(self, source: bytes, data: memoryview, now: int) -> Report | None:
        if not icmp.checksum_ok(data):
            raise DropError("the ICMP checksum is wrong")
        message = icmp.parse(data)
        if message.type == icmp.ECHO_REQUEST:
            self._answer_echo(source, message, now)
            return None
        if message.type not in icmp.ERRORS:
            raise DropError(f"ICMP type {message.type} says nothing to us")
        quoted = icmp.quoted_segment(message)
        return Report(quoted, IcmpError(message.type, message.code, quoted.seq, message.next_hop_mtu))

    def _answer_echo(self, source: bytes, request: IcmpMessage, now: int) -> None:
        if not self._route.may_be_remote(source):
            raise DropError("its source address is no host's")
        # RFC 1122 3.2.2.6: the data comes back whole.
        reply = icmp.build(request._replace(type=icmp.ECHO_REPLY))
        if ipv4.HEADER_LENGTH + len(reply) > self.mtu:
            raise DropError("a ping larger than the MTU")
        self.send_packet(self._address, source, ipv4.ICMP, reply, now)
        self._tell(EchoAnswered(source, len(request.payload)))

    def send_packet(self, source: bytes, destination: bytes, protocol: int, data: bytes, now: int) -> None:
        try:
            next_hop = self.next_hop(destination)
        except HostError as error:
            raise DropError(str(error)) from None
        self.neighbours.send_packet(next_hop, ipv4.build(source, destination, protocol, data), now)

    def refuse_protocol(self, datagram: Datagram, now: int) -> None:
        self._complain(datagram.packet, icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, now)
        raise DropError(f"nobody here takes IP protocol {datagram.protocol}")

    def refuse_port(self, datagram: Datagram, now: int) -> None:
        self._complain(datagram.packet, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, now)
        raise DropError("nobody here has that UDP port")

    def _complain(self, packet: memoryview, kind: int, code: int, now: int) -> None:
        """Tell the source of `packet` what became of it, where that is allowed and there is a way."""
        source = ipv4.parse_header(packet).source
        error = self._complaints.about(packet, kind, code, now)
        if error is not None and self._route.may_be_remote(source):
            with suppress(DropError):
                self.send_packet(self._address, source, ipv4.ICMP, error, now)

    def on_deadline(self, now: int) -> None:
        self._claim.on_deadline(now)
        self.neighbours.on_deadline(now)
        for first in self._fragments.on_deadline(now):
            self._tell(ReassemblyTimedOut())
            if first is not None and self._claim.holds:  # RFC 1122 3.3.2: not without the first piece
                self._complain(memoryview(first), icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED, now)

    def next_deadline(self) -> int | None:
        moments = (
            self._claim.next_deadline(),
            self.neighbours.next_deadline(),
            self._fragments.next_deadline(),
        )
        return min((moment for moment in moments if moment is not None), default=None)
