"""IPv4 at an address that a DHCP server lends: none at first, one when it is bound and checked."""

import random
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import ClassVar

from tcpviz.host.address import Address
from tcpviz.host.dhcp import DhcpClient
from tcpviz.host.envelope import Ipv4Envelope
from tcpviz.host.errors import DropError, HostError
from tcpviz.host.events import AddressClaimed, AddressConflict, HostEvent
from tcpviz.host.ipv4 import Ipv4Stack
from tcpviz.host.lease import Lease
from tcpviz.host.stack import Arrival, Datagram, Stack
from tcpviz.wire import dhcp, ethernet, ipv4, udp
from tcpviz.wire.ethernet import EthernetHeader


class LeasedIpv4Stack(Stack):
    """Asks for an address, and hands everything on to the `Ipv4Stack` that it makes for it.

    `gateway` is used instead of the router that the server tells.
    """

    version = 4
    ethertypes: ClassVar[tuple[int, ...]] = Ipv4Stack.ethertypes
    envelope = Ipv4Envelope
    network = Ipv4Stack.network

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        gateway: IPv4Address | None,
        rng: random.Random,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
    ) -> None:
        super().__init__(mac, mtu, send, tell)
        self._largest = mtu
        self._gateway = gateway
        self._leased: Ipv4Stack | None = None
        self._verdict: bool | None = None
        self._client = DhcpClient(mac, rng, send, tell, self._configure)

    # The lease

    def _configure(self, lease: Lease | None) -> None:
        """Stand at the address of `lease`, as soon as nobody answers for it; with None nowhere."""
        if lease is None:
            self._leased = None
            return
        self.mtu = min(self._largest, lease.mtu or self._largest)
        gateway = self._gateway or lease.gateway
        self._leased = Ipv4Stack(
            self._mac, self.mtu, lease.address, gateway, self._send, self._hear, probe=True
        )
        self.neighbours = self._leased.neighbours

    def _hear(self, event: HostEvent) -> None:
        """What the address has come to is the client's to know, and what it makes of it to tell."""
        match event:
            case AddressClaimed():
                self._verdict = True
            case AddressConflict():
                self._verdict = False
                if self._client.holds:
                    self._tell(event)
            case _:
                self._tell(event)

    def _settle(self, now: int) -> None:
        if self._verdict is not None:
            self._client.checked(self._verdict, now)
            self._verdict = None

    def release(self) -> None:
        self._client.release()

    @property
    def dns_servers(self) -> tuple[Address, ...]:
        return self._client.lease.dns if self._client.lease else ()

    # What arrives

    def on_frame(
        self, header: EthernetHeader, payload: memoryview, vouched: bool, now: int
    ) -> Arrival | None:
        if header.ethertype == ethernet.IPV4 and self._is_answer(header, payload):
            self._on_answer(payload, header.source, vouched, now)
            return None
        if self._leased is None:
            return None
        arrival = self._leased.on_frame(header, payload, vouched, now)
        self._settle(now)
        return arrival

    def _is_answer(self, header: EthernetHeader, packet: memoryview) -> bool:
        """Whether it is for the port of DHCP clients, ours or everybody's."""
        if header.destination not in (self._mac, ethernet.BROADCAST):
            return False
        ip_header, data = ipv4.parse(packet)
        to_client = bytes(data[2:4]) == dhcp.CLIENT_PORT.to_bytes(2, "big")
        return ip_header.protocol == ipv4.UDP and not ip_header.is_fragment and to_client

    def _on_answer(self, packet: memoryview, mac: bytes, vouched: bool, now: int) -> None:
        header, data = ipv4.parse(packet)
        source_port, _, message = udp.parse(data)
        if not vouched and not (
            ipv4.checksum_ok(packet, header) and udp.checksum_ok(data, header.source, header.destination)
        ):
            raise DropError("a DHCP answer with a wrong checksum")
        if source_port == dhcp.SERVER_PORT:
            self._client.on_message(message, mac, now)

    # Time

    def on_deadline(self, now: int) -> None:
        self._client.on_deadline(now)
        if self._leased is not None:
            self._leased.on_deadline(now)
            self._settle(now)

    def next_deadline(self) -> int | None:
        moments = (self._client.next_deadline(), self._leased.next_deadline() if self._leased else None)
        return min((moment for moment in moments if moment is not None), default=None)

    # What the address's own stack knows

    @property
    def ready(self) -> bool:
        return self._client.holds

    def holds(self, address: bytes) -> bool:
        return self._client.holds and self._stack.holds(address)

    def local_address(self, remote: bytes) -> bytes:
        return self._stack.local_address(remote)

    def next_hop(self, destination: bytes) -> bytes:
        return self._stack.next_hop(destination)

    def may_be_remote(self, source: bytes) -> bool:
        return self._stack.may_be_remote(source)

    def send_packet(self, source: bytes, destination: bytes, protocol: int, data: bytes, now: int) -> None:
        self._stack.send_packet(source, destination, protocol, data, now)

    def refuse_protocol(self, datagram: Datagram, now: int) -> None:
        self._stack.refuse_protocol(datagram, now)

    def refuse_port(self, datagram: Datagram, now: int) -> None:
        self._stack.refuse_port(datagram, now)

    @property
    def _stack(self) -> Ipv4Stack:
        if self._leased is None:
            raise HostError("no DHCP server has lent us an IPv4 address yet")
        return self._leased
