"""The raw link on a veth pair whose other end is a Linux kernel in a namespace of its own."""

import errno
import random
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any, ClassVar

import pytest
from helpers.driver import Driver, holes, one_processor
from helpers.netns import Namespace, serving, veth_pair

from tcpviz.host.events import AddressClaimed, AddressConflict, EchoAnswered, NeighbourUnreachable
from tcpviz.host.host import Endpoint, Host
from tcpviz.link import privileged
from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.raw import RawLink
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CloseReason
from tcpviz.wire import ethernet, ipv4

OUR_MAC = local_mac(random.Random(1))
OURS = IPv4Interface("10.66.0.2/24")
THEIRS = IPv4Address("10.66.0.1")
SECOND = 1_000_000_000


@dataclass
class Pair:
    """Both ends: the namespace with `va`, where we are, and the one with `vb` and a kernel."""

    ours: Namespace
    theirs: Namespace

    def link(self, address: IPv4Address = OURS.ip, mac: bytes | None = OUR_MAC) -> RawLink:
        with self.ours.entered():
            return RawLink("va", address=address, mac=mac)

    def socket(self, kind: socket.SocketKind, protocol: int = 0) -> socket.socket:
        """A socket of the kernel that is the other end, not blocking."""
        with self.theirs.entered():
            made = socket.socket(socket.AF_INET, kind, protocol)
        made.setblocking(False)
        return made


@pytest.fixture
def pair() -> Iterator[Pair]:
    with veth_pair(f"{THEIRS}/24") as (ours, theirs):
        yield Pair(ours, theirs)


@pytest.fixture
def link(pair: Pair) -> Iterator[RawLink]:
    link = pair.link()
    yield link
    link.close()


def make_host(link: RawLink, address: IPv4Interface = OURS, *, probe: bool = False) -> Host:
    return Host(
        mac=link.info.mac,
        address=address,
        gateway=None,
        mtu=link.info.mtu,
        rng=random.Random(1),
        secret=bytes(16),
        probe=probe,
    )


def test_the_kernel_s_arp_and_ping_are_answered(pair: Pair, link: RawLink) -> None:
    driver = Driver(make_host(link), link)
    with pair.socket(socket.SOCK_RAW, socket.IPPROTO_ICMP) as icmp:
        icmp.sendto(bytes.fromhex("0800f7ff00000000"), (str(OURS.ip), 0))
        driver.until(lambda: EchoAnswered(THEIRS.packed, 0) in driver.host.events())
        (reply, _) = icmp.recvfrom(100)
    assert reply[20:] == bytes.fromhex("0000ffff00000000")


def test_a_port_where_nobody_listens_refuses_the_kernel(pair: Pair, link: RawLink) -> None:
    driver = Driver(make_host(link), link)
    with pair.socket(socket.SOCK_STREAM) as caller:
        caller.connect_ex((str(OURS.ip), 81))
        errors: list[int] = []

        def refused() -> bool:
            errors.append(caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            return errors[-1] != 0

        driver.until(refused)
    assert errors[-1] == errno.ECONNREFUSED


def test_a_port_of_the_kernel_where_nobody_listens_refuses_us(link: RawLink) -> None:
    driver = Driver(make_host(link), link)
    flow = driver.host.connect(Endpoint(THEIRS.packed, 81), Config(), driver.now)
    driver.until(lambda: flow.connection.closed)
    assert flow.connection.end is CloseReason.REFUSED


@pytest.mark.parametrize("mac", [OUR_MAC, None], ids=["a MAC of our own", "the interface's MAC"])
def test_a_file_comes_whole_and_nothing_is_lost(pair: Pair, tmp_path: Path, mac: bytes | None) -> None:
    content = random.Random(2).randbytes(3_000_000)
    (tmp_path / "file").write_bytes(content)
    link = pair.link(mac=mac)
    driver = Driver(make_host(link), link)
    with one_processor(), serving(pair.theirs, (str(THEIRS), 9000), tmp_path):
        flow = driver.host.connect(Endpoint(THEIRS.packed, 9000), Config(), driver.now)
        answer = driver.exchange(flow, b"GET /file HTTP/1.0\r\n\r\n")
    link.close()
    header, _, body = answer.partition(b"\r\n\r\n")
    assert header.startswith(b"HTTP/1.0 200")
    assert body == content
    assert holes(driver.seen) == 0


def test_merged_packets_come_with_the_kernel_s_word_for_them(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(500_000))
    link = pair.link()
    driver = Driver(make_host(link), link)
    with serving(pair.theirs, (str(THEIRS), 9000), tmp_path):
        flow = driver.host.connect(Endpoint(THEIRS.packed, 9000), Config(), driver.now)
        driver.exchange(flow, b"GET /file HTTP/1.0\r\n\r\n")
    link.close()
    assert max(len(frame.data) for frame in driver.seen) > 14 + link.info.mtu
    assert all(frame.vouched for frame in driver.seen if len(frame.data) > 14 + link.info.mtu)


def test_a_free_address_is_claimed(link: RawLink) -> None:
    driver = Driver(make_host(link, probe=True), link)
    driver.until(lambda: driver.host.address_ready)
    assert driver.host.events() == [AddressClaimed(OURS.ip.packed)]


def test_an_address_that_the_kernel_has_is_not_claimed(pair: Pair) -> None:
    taken = IPv4Interface(f"{THEIRS}/24")
    link = pair.link(taken.ip)
    driver = Driver(make_host(link, taken, probe=True), link)
    conflicts: list[AddressConflict] = []

    def conflict() -> bool:
        conflicts.extend(event for event in driver.host.events() if isinstance(event, AddressConflict))
        return bool(conflicts)

    driver.until(conflict)
    link.close()
    assert conflicts[0].address == THEIRS.packed
    assert not driver.host.address_ready


def test_what_we_send_does_not_come_back_to_us(link: RawLink) -> None:
    host = make_host(link)
    host.connect(Endpoint(THEIRS.packed, 81), Config(), 0)
    link.send([data for data, _ in host.frames(0)], 0)
    assert all(frame.data[6:12] != OUR_MAC for frame in link.frames(0))


def test_only_arp_and_what_is_for_our_address_comes_in(pair: Pair) -> None:
    link = pair.link(IPv4Address("10.66.0.77"), mac=None)
    pair.theirs.run(f"ip neigh add {OURS.ip} lladdr {link.info.mac.hex(':')} dev vb")
    pair.theirs.run(f"ip neigh add 10.66.0.77 lladdr {link.info.mac.hex(':')} dev vb")
    with pair.socket(socket.SOCK_DGRAM) as sender:
        sender.sendto(b"for another", (str(OURS.ip), 9))
        sender.sendto(b"for us", ("10.66.0.77", 9))
    arrived = [frame.data for frame in link.frames(0)]
    link.close()
    assert [data[42:] for data in arrived if data[12:14] != b"\x08\x06"] == [b"for us"]


@pytest.mark.parametrize(("tag", "comes_in"), [(0xA000, True), (0xA00A, False)], ids=["priority", "VLAN 10"])
def test_a_tag_may_give_a_priority_and_is_put_back(
    pair: Pair, link: RawLink, tag: int, comes_in: bool
) -> None:
    packet = ipv4.build(THEIRS.packed, OURS.ip.packed, 17, b"datagram")
    frame = ethernet.put_tag(ethernet.build(OUR_MAC, bytes(6), ethernet.IPV4, packet), ethernet.TAG, tag)
    with pair.theirs.entered():
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind(("vb", 0))
    sender.send(frame)
    sender.close()
    arrived = [arrival.data for arrival in link.frames(0) if arrival.data[12:14] == b"\x81\x00"]
    assert arrived == ([frame] if comes_in else [])
    if comes_in:
        header, payload = ethernet.parse(arrived[0])
        assert (header.ethertype, bytes(payload)) == (ethernet.IPV4, packet)


def test_a_neighbour_that_is_not_there_is_told_after_three_questions(link: RawLink) -> None:
    host = make_host(link)
    host.connect(Endpoint(IPv4Address("10.66.0.99").packed, 80), Config(), 0)
    for now in range(0, 4 * SECOND, SECOND):
        host.on_deadline(now)
        link.send([data for data, _ in host.frames(now)], now)
        for frame in link.frames(now):
            host.on_frame(frame, now)
    assert NeighbourUnreachable(IPv4Address("10.66.0.99").packed, 3) in host.events()


def test_an_interface_that_is_not_there_is_told_with_those_that_are(pair: Pair) -> None:
    with pair.ours.entered(), pytest.raises(LinkError, match=r"no interface 'eth7'; here are: lo, va"):
        RawLink("eth7", address=OURS.ip)


def test_an_interface_that_is_down_is_told_with_the_command(pair: Pair) -> None:
    pair.ours.run("ip link set dev va down")
    with pytest.raises(LinkError, match=r"sudo ip link set dev va up"):
        pair.link()


def test_an_interface_without_ethernet_is_refused(pair: Pair) -> None:
    with pair.ours.entered(), pytest.raises(LinkError, match=r"lo is no Ethernet interface"):
        RawLink("lo", address=OURS.ip)


@pytest.mark.parametrize(
    ("command", "told"), [("ip link set dev va down", "va is down"), ("ip link delete va", "va is gone")]
)
def test_the_loss_of_the_interface_is_told(pair: Pair, link: RawLink, command: str, told: str) -> None:
    pair.ours.run(command)
    with pair.ours.entered():
        with pytest.raises(LinkError, match=told):
            link.frames(0)
        with pytest.raises(LinkError, match=told):
            link.send([bytes(60)], 0)


class Failing(socket.socket):
    """Packet sockets that fail at one place; and all that were made."""

    made: ClassVar[list[socket.socket]] = []
    allowed: ClassVar[int] = 0
    refused_option: ClassVar[int | None] = None

    def __init__(self, family: int = socket.AF_INET, *rest: int) -> None:
        if family == socket.AF_PACKET:
            if len(self.made) == self.allowed:
                raise OSError(errno.EMFILE, "Too many open files")
            self.made.append(self)
        super().__init__(family, *rest)

    def setsockopt(self, level: int, option: int, *value: Any) -> None:
        if option == self.refused_option:
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")
        super().setsockopt(level, option, *value)


@pytest.mark.parametrize(
    ("allowed", "refused_option", "told"),
    [
        (0, None, "Too many open files"),
        (1, None, "Too many open files"),
        (2, None, "Too many open files"),
        (3, 26, "Protocol not available"),
        (3, 15, "Protocol not available"),
    ],
    ids=["first socket", "second socket", "third socket", "filter", "VNET_HDR"],
)
def test_what_cannot_be_set_up_is_told_and_leaves_no_socket(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, allowed: int, refused_option: int | None, told: str
) -> None:
    monkeypatch.setattr(Failing, "made", [])
    monkeypatch.setattr(Failing, "allowed", allowed)
    monkeypatch.setattr(Failing, "refused_option", refused_option)
    monkeypatch.setattr(
        privileged, "packet_socket", lambda buffer: Failing(socket.AF_PACKET, socket.SOCK_RAW)
    )
    with pytest.raises(LinkError, match=told):
        pair.link()
    assert [made.fileno() for made in Failing.made] == [-1] * allowed


def test_a_missing_right_is_told_with_the_command(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    class Restricted(socket.socket):
        def __init__(self, family: int = socket.AF_INET, *rest: int) -> None:
            if family == socket.AF_PACKET:
                raise PermissionError(errno.EPERM, "Operation not permitted")
            super().__init__(family, *rest)

    monkeypatch.setattr(socket, "socket", Restricted)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tcpviz", "get", "http://10.66.0.1/a b"])
    with pytest.raises(
        LinkError, match=r"CAP_NET_RAW.*: sudo /usr/bin/tcpviz get 'http://10.66.0.1/a b'"
    ) as error:
        pair.link()
    assert error.value.privilege
