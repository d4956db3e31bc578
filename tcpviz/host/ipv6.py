"""IPv6 on a link: neighbour discovery, fragments, ICMPv6."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address, IPv6Interface

from tcpviz.host.autoconfiguration import SOLICIT_NUM, Autoconfiguration
from tcpviz.host.complaints import Complaints
from tcpviz.host.envelope import Ipv6Envelope
from tcpviz.host.errors import DropError, HostError
from tcpviz.host.events import (
    DatagramReassembled,
    EchoAnswered,
    HostEvent,
    NoRouterFound,
    ReassemblyTimedOut,
    RouterFound,
)
from tcpviz.host.fragments import Fragments, Piece
from tcpviz.host.identifier import LINK_LOCAL
from tcpviz.host.membership import Membership
from tcpviz.host.ndp import NdpCache
from tcpviz.host.neighbours import Neighbours
from tcpviz.host.own_addresses import OwnAddresses
from tcpviz.host.route6 import Route6, may_be_host
from tcpviz.host.stack import Arrival, Datagram, Report, Stack
from tcpviz.host.translation import icmp_error
from tcpviz.tcp.config import Network
from tcpviz.wire import ethernet, extensions, icmpv6, ipv6, mld, ndp
from tcpviz.wire.ethernet import EthernetHeader
from tcpviz.wire.extensions import Fragment, ParameterProblemError, Upper
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.ndp import (
    NeighbourAdvertisement,
    NeighbourSolicitation,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
)

_MILLISECOND = 1_000_000


class Ipv6Stack(Stack):
    """The address of `interface`, a link-local one beside it, and the way from there.

    `slaac`: ask for routers, and have an address in each network that they advertise for that. `probe` all
    addresses before they are used (RFC 4862 section 5.4), and tell which groups they need.
    """

    version = 6
    ethertypes = (ethernet.IPV6,)
    envelope = Ipv6Envelope
    # RFC 9293 3.7.1: an MSS of 1220 where none is told; RFC 8201 section 4: never less than 1280
    network = Network(header=ipv6.HEADER_LENGTH, least_mtu=ipv6.MIN_MTU, default_mss=1220)

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        interface: IPv6Interface | None,
        gateway: IPv6Address | None,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
        *,
        probe: bool,
        slaac: bool = False,
    ) -> None:
        super().__init__(mac, mtu, send, tell)
        self._largest_mtu = mtu
        self._slaac = slaac
        self._route = Route6()
        self._complaints = Complaints()
        self._fragments = Fragments()
        self._ndp = NdpCache(mac, self._source, send, tell)
        self.neighbours: Neighbours = self._ndp
        self._own = OwnAddresses(mac, self._multicast, tell, probe=probe)
        if interface is not None:
            self._own.add(interface.ip.packed, interface.network)
            self._route.on_link.append(interface.network)
        self._own.make_up(LINK_LOCAL)
        groups = self._own.groups if probe else frozenset
        self._membership = Membership(mac, groups, lambda: self._link_source()[0], self._to_group)
        if gateway is not None:
            self._route.routers.append(gateway.packed)
        self._routers = Autoconfiguration(
            self._route,
            self._solicit if slaac or (probe and gateway is None) else None,
            self._own.make_up if slaac else lambda _: None,
            self._own.expire,
        )

    def _solicit(self) -> None:
        """Ask for routers."""
        source, mac = self._link_source()
        self._multicast(RouterSolicitation(mac), source, ipv6.ALL_ROUTERS)

    def _link_source(self) -> tuple[bytes, bytes | None]:
        """Our address of this link and our MAC, where we may use it yet; nobody's until then."""
        ours = self._own.link_local
        return (ours, self._mac) if self.holds(ours) else (ipv6.UNSPECIFIED, None)

    @property
    def ready(self) -> bool:
        # Where no router offers a network there is nothing more to wait for.
        return self._own.any_held or not (self._own.networks or self._routers.asking)

    def holds(self, address: bytes) -> bool:
        return self._own.holds(address)

    def local_address(self, remote: bytes) -> bytes:
        if self._slaac and not self._own.networks and not ipv6.is_link_local(remote):
            raise HostError("no router here advertises an IPv6 network: name an address with --address")
        return self._own.best_for(remote)

    def _source(self, remote: bytes) -> bytes:
        """From which of our addresses to speak to `remote` of ourselves: there is always one."""
        try:
            return self.local_address(remote)
        except HostError:
            return self._own.link_local

    def next_hop(self, destination: bytes) -> bytes:
        if self.mtu < ipv6.MIN_MTU:
            raise HostError(f"IPv6 needs packets of {ipv6.MIN_MTU} octets, and here {self.mtu} are the limit")
        if destination in self._own.claims:
            address = IPv6Address(destination)
            raise HostError(f"{address} is our own address; pick another host, or another --address")
        return self._route.next_hop(destination)

    def may_be_remote(self, source: bytes) -> bool:
        return may_be_host(source) and source not in self._own.claims

    def on_frame(
        self, header: EthernetHeader, payload: memoryview, vouched: bool, now: int
    ) -> Arrival | None:
        if header.destination != self._mac and header.destination[:2] != b"\x33\x33":
            return None
        if header.source == self._mac:
            return None  # our own voice
        return self._on_packet(header.source, payload, vouched, now)

    def _on_packet(
        self, mac: bytes, payload: memoryview, vouched: bool, now: int, *, joined: bool = False
    ) -> Arrival | None:
        """A packet from the neighbour `mac`; `joined`: put together here from its fragments."""
        header, data = ipv6.parse(payload)
        if not self._own.are_meant_by(header.destination):
            return None
        packet = payload[: ipv6.HEADER_LENGTH + len(data)]
        try:
            upper = extensions.skip(header.next_header, data)
            if upper.fragment is not None:
                whole = self._put_together(header, upper, upper.fragment, packet, now)
                return self._on_packet(mac, whole, False, now, joined=True) if whole else None
        except ParameterProblemError as problem:
            text = IcmpMessage(icmpv6.PARAMETER_PROBLEM, problem.code, problem.pointer, b"")
            self._complain(packet, text, now, to_group=problem.to_group)
            raise
        if upper.protocol == ipv6.ICMPV6:
            return self._on_icmp(header, mac, upper.data, now, joined=joined)
        if not self.holds(header.destination):
            return None
        return Datagram(
            header.source,
            header.destination,
            upper.protocol,
            upper.data,
            vouched,
            packet,
            upper.named_at,
            header.ecn,
        )

    def _put_together(
        self, header: Ipv6Header, upper: Upper, fragment: Fragment, packet: memoryview, now: int
    ) -> memoryview | None:
        """The packet that this fragment completes, without the headers that only its pieces needed."""
        extensions.check_fragment(upper, fragment)
        key = header.source, header.destination, fragment.identification
        piece = Piece(upper.protocol, fragment.offset, fragment.more, upper.data, header.ecn, packet)
        whole = self._fragments.add(key, piece, now)
        if whole is None:
            return None
        self._tell(DatagramReassembled(header.source, len(whole.data)))
        ends = header.source, header.destination
        return memoryview(ipv6.build(*ends, whole.protocol, whole.data, traffic_class=whole.ecn))

    def _on_icmp(
        self, header: Ipv6Header, mac: bytes, data: memoryview, now: int, *, joined: bool
    ) -> Report | None:
        if not icmpv6.checksum_ok(data, header.source, header.destination):
            raise DropError("the ICMPv6 checksum is wrong")
        message = icmpv6.parse(data)
        if ndp.is_discovery(message):
            if joined:
                raise DropError("neighbour discovery in fragments")  # RFC 6980 section 5
            self._on_discovery(header, mac, message, now)
        elif message.type == icmpv6.ECHO_REQUEST:
            self._answer_echo(header, message, now)
        elif message.type == mld.QUERY:
            self._membership.on_query(mld.parse_query(header, message), now)
        elif message.type in icmpv6.ERRORS:
            quoted = icmpv6.quoted_segment(message)
            return Report(quoted, icmp_error(message, quoted))
        elif not ipv6.is_multicast(header.destination):
            raise DropError(f"ICMPv6 type {message.type} says nothing to us")
        return None

    # Neighbour discovery

    def _on_discovery(self, header: Ipv6Header, mac: bytes, message: IcmpMessage, now: int) -> None:
        match ndp.parse(header, message):
            case NeighbourSolicitation() as asked:
                self._on_solicitation(header, mac, asked, now)
            case NeighbourAdvertisement() as said:
                if claim := self._own.claims.get(said.target):
                    claim.on_rival_use(said.link_address or mac, now)
                else:
                    self._ndp.on_advertisement(said, now)
            case RouterAdvertisement() as said:
                self._on_router(header.source, said, now)
            case Redirect(target, destination, link_address):
                if self._route.redirect(header.source, destination, target):
                    self._ndp.on_link_address(target, link_address, now)

    def _on_router(self, router: bytes, said: RouterAdvertisement, now: int) -> None:
        known = router in self._route.routers
        self._routers.on_advertisement(router, said, now)
        self._ndp.on_link_address(router, said.link_address, now)
        if ipv6.MIN_MTU <= said.mtu <= self._largest_mtu:
            self.mtu = said.mtu  # RFC 4861 6.3.4
        if said.reachable_time:
            self._ndp.lifetime = said.reachable_time * _MILLISECOND
        if not known and router in self._route.routers:
            self._tell(RouterFound(router))

    def _on_solicitation(
        self, header: Ipv6Header, mac: bytes, asked: NeighbourSolicitation, now: int
    ) -> None:
        claim = self._own.claims.get(asked.target)
        if claim is None:
            return
        is_probe = header.source == ipv6.UNSPECIFIED
        if is_probe:
            claim.on_rival_probe(mac)
        if not claim.holds:
            return  # RFC 4862 5.4.3: an address that is not ours yet is not answered for
        if is_probe:
            answer = NeighbourAdvertisement(asked.target, self._mac)
            self._multicast(answer, asked.target, ipv6.ALL_NODES)
            return
        if self._route.is_on_link(header.source):
            self._ndp.on_link_address(header.source, asked.link_address, now)
        answer = NeighbourAdvertisement(asked.target, self._mac, solicited=True)
        packet = ndp.build(answer, asked.target, header.source)
        self.neighbours.send_packet(header.source, packet, now)

    def _multicast(self, message: ndp.Message, source: bytes, group: bytes) -> None:
        self._to_group(ndp.build(message, source, group))

    def _to_group(self, packet: bytes) -> None:
        group = ipv6.parse_header(packet).destination
        self._send(ethernet.build(ipv6.group_mac(group), self._mac, ethernet.IPV6, packet))

    # Control messages

    def _answer_echo(self, header: Ipv6Header, request: IcmpMessage, now: int) -> None:
        if not self.may_be_remote(header.source):
            raise DropError("its source address is no host's")
        ours = header.destination
        if ipv6.is_multicast(ours):
            ours = self._source(header.source)
        if not self.holds(ours):
            return
        # RFC 4443 4.2: the data comes back whole.
        reply = icmpv6.build(request._replace(type=icmpv6.ECHO_REPLY), ours, header.source)
        if ipv6.HEADER_LENGTH + len(reply) > self.mtu:
            raise DropError("a ping larger than the MTU")
        self.send_packet(ours, header.source, ipv6.ICMPV6, reply, now)
        self._tell(EchoAnswered(header.source, len(request.payload)))

    def refuse_protocol(self, datagram: Datagram, now: int) -> None:
        code = extensions.UNRECOGNIZED_NEXT_HEADER
        text = IcmpMessage(icmpv6.PARAMETER_PROBLEM, code, datagram.named_at, b"")
        self._complain(datagram.packet, text, now)
        raise DropError(f"nobody here takes IP protocol {datagram.protocol}")

    def refuse_port(self, datagram: Datagram, now: int) -> None:
        text = IcmpMessage(icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE, 0, b"")
        self._complain(datagram.packet, text, now)
        raise DropError("nobody here has that UDP port")

    def _complain(
        self, packet: memoryview, message: IcmpMessage, now: int, *, to_group: bool = False
    ) -> None:
        """Tell the source of `packet` what is wrong with it, where that is allowed and there is a way."""
        header = ipv6.parse_header(packet)
        source = header.destination
        if ipv6.is_multicast(source):
            source = self._source(header.source)
        if not self.holds(source):
            return
        error = self._complaints.about(packet, message, source, now, to_group=to_group)
        if error is not None:
            with suppress(DropError):
                self.send_packet(source, header.source, ipv6.ICMPV6, error, now)

    def send_packet(self, source: bytes, destination: bytes, protocol: int, data: bytes, now: int) -> None:
        try:
            next_hop = self.next_hop(destination)
        except HostError as error:
            raise DropError(str(error)) from None
        self.neighbours.send_packet(next_hop, ipv6.build(source, destination, protocol, data), now)

    def on_deadline(self, now: int) -> None:
        self._membership.on_deadline(now)  # RFC 4862 5.4.2: before the first solicitation
        self._own.on_deadline(now)
        self.neighbours.on_deadline(now)
        asking = self._routers.asking
        self._routers.on_deadline(now)
        if asking and not self._routers.asking:
            self._tell(NoRouterFound(SOLICIT_NUM))
        for first in self._fragments.on_deadline(now):
            self._tell(ReassemblyTimedOut())
            if first is not None:  # RFC 8200 4.5: not without the first piece
                text = IcmpMessage(icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME_EXCEEDED, 0, b"")
                self._complain(memoryview(first), text, now)

    def next_deadline(self) -> int | None:
        moments = (
            self._own.next_deadline(),
            self._membership.next_deadline(),
            self.neighbours.next_deadline(),
            self._fragments.next_deadline(),
            self._routers.next_deadline(),
        )
        return min((moment for moment in moments if moment is not None), default=None)
