"""The right to an address: RFC 5227."""

import pytest
from helpers.host import (
    MS,
    NO_ADDRESS,
    NO_MAC,
    OUR_MAC,
    OURS,
    PEER,
    SECOND,
    THIRD_MAC,
    arp_frame,
    established,
    make_host,
    read_arp,
    read_segment,
    sent,
)

from tcpviz.host.events import AddressClaimed, AddressConflict, AddressDefended
from tcpviz.host.host import Endpoint, Host
from tcpviz.tcp.config import Config
from tcpviz.wire import arp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.ethernet import BROADCAST
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import RST

PROBE = (BROADCAST, ArpPacket(arp.REQUEST, OUR_MAC, NO_ADDRESS, NO_MAC, OURS))
ANNOUNCEMENT = (BROADCAST, ArpPacket(arp.REQUEST, OUR_MAC, OURS, NO_MAC, OURS))
RIVAL_REPLY = arp_frame(arp.REPLY, THIRD_MAC, OURS, OUR_MAC, NO_ADDRESS, to=OUR_MAC)
RIVAL_PROBE = arp_frame(arp.REQUEST, THIRD_MAC, NO_ADDRESS, NO_MAC, OURS)
RIVAL_QUESTION = arp_frame(arp.REQUEST, THIRD_MAC, OURS, NO_MAC, PEER)


def pass_time(host: Host, until: int) -> list[tuple[int, bytes]]:
    """Everything that `host` sends by itself up to `until`, each with its time."""
    log = [(0, frame) for frame in sent(host)]
    while (now := host.next_deadline()) is not None and now <= until:
        host.on_deadline(now)
        log += ((now, frame) for frame in sent(host, now))
    return log


def test_three_probes_within_600_ms_then_two_announcements() -> None:
    host = make_host(probe=True)
    log = [(now, read_arp(frame)) for now, frame in pass_time(host, 60 * SECOND)]
    assert log == [
        (0, PROBE),
        (200 * MS, PROBE),
        (400 * MS, PROBE),
        (600 * MS, ANNOUNCEMENT),
        (2600 * MS, ANNOUNCEMENT),
    ]
    assert host.events() == [AddressClaimed(OURS)]


def test_the_address_is_ready_when_nobody_has_answered() -> None:
    host = make_host(probe=True)
    pass_time(host, 599 * MS)
    assert not host.address_ready
    pass_time(host, 600 * MS)
    assert host.address_ready


def test_without_probe_it_is_ready_at_once_and_nothing_is_sent() -> None:
    host = make_host()
    assert host.address_ready
    assert pass_time(host, 60 * SECOND) == []


@pytest.mark.parametrize(
    "frame", [RIVAL_REPLY, RIVAL_PROBE, RIVAL_QUESTION], ids=["reply", "probe", "question"]
)
def test_any_arp_from_somebody_with_the_address_means_that_it_is_never_claimed(frame: bytes) -> None:
    host = make_host(probe=True)
    pass_time(host, 300 * MS)
    host.on_frame(Frame(300 * MS, frame), 300 * MS)
    assert host.events() == [AddressConflict(OURS, THIRD_MAC)]
    assert pass_time(host, 60 * SECOND) == []
    assert not host.address_ready


def test_our_own_probe_that_comes_back_is_no_conflict() -> None:
    host = make_host(probe=True)
    (frame,) = (frame for _, frame in pass_time(host, 0))
    host.on_frame(Frame(0, frame), 0)
    assert host.events() == []


def test_a_probe_for_another_address_is_no_conflict() -> None:
    host = make_host(probe=True)
    host.on_frame(Frame(0, arp_frame(arp.REQUEST, THIRD_MAC, NO_ADDRESS, NO_MAC, PEER)), 0)
    assert host.events() == []


def test_nothing_is_answered_before_the_address_is_ours() -> None:
    host = make_host(probe=True)
    host.on_frame(Frame(0, arp_frame(arp.REQUEST, THIRD_MAC, PEER, NO_MAC, OURS)), 0)
    assert sent(host) == []


def test_a_connection_waits_for_the_address() -> None:
    host = make_host(probe=True)
    host.connect(Endpoint(PEER, 80), Config(), 0)
    log = pass_time(host, 600 * MS)
    questions = [now for now, frame in log if read_arp(frame)[1].target_address == PEER]
    assert questions == [600 * MS]


def test_a_rival_is_told_once_that_the_address_is_ours() -> None:
    host = make_host()
    host.on_frame(Frame(0, RIVAL_QUESTION), 0)
    assert host.events() == [AddressDefended(OURS, THIRD_MAC)]
    assert [read_arp(frame) for frame in sent(host)] == [ANNOUNCEMENT]
    assert host.address_ready


def test_a_rival_that_comes_back_after_ten_seconds_is_told_again() -> None:
    host = make_host()
    for now in (0, 10 * SECOND):
        host.on_frame(Frame(now, RIVAL_QUESTION), now)
    assert host.events() == [AddressDefended(OURS, THIRD_MAC)] * 2


def test_a_rival_that_insists_gets_the_address_and_our_connections_are_reset() -> None:
    host = make_host()
    peer = established(host)
    host.on_frame(Frame(0, RIVAL_QUESTION), 0)
    sent(host)
    host.on_frame(Frame(9 * SECOND, RIVAL_QUESTION), 9 * SECOND)
    assert host.events()[-1] == AddressConflict(OURS, THIRD_MAC)
    assert not host.address_ready
    (reset,) = sent(host, 9 * SECOND)
    assert read_segment(reset)[2].flags & RST
    assert peer.flow.connection.closed
    assert not host.flows


def test_after_the_loss_nothing_is_answered() -> None:
    host = make_host()
    for _ in range(2):
        host.on_frame(Frame(0, RIVAL_QUESTION), 0)
    sent(host)
    host.on_frame(Frame(0, arp_frame(arp.REQUEST, THIRD_MAC, PEER, NO_MAC, OURS)), 0)
    host.on_frame(Frame(0, RIVAL_QUESTION), 0)
    assert sent(host) == []
