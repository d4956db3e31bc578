"""A run that stops by itself: before which frame, after which event, and how it goes on."""

from dataclasses import replace

import pytest

from tcpviz.analysis.filter import compile_filter
from tcpviz.link.base import Direction
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.session.status import Status
from tcpviz.session.world import check
from tcpviz.tcp.state import State, Trigger
from tcpviz.view.alerts import AlertKind
from tcpviz.view.breakpoints import AtAlert, AtFilter, AtState, Stop


def stops(impair: str, *wanted: Stop) -> list[Status]:
    """The status at each stop of a run of 30 kB, which is resumed every time."""
    options = RunOptions("http://lab/bytes/30000", impair=impair, linger=0)
    session = Session(check(replace(options, stops=wanted)))
    found: list[Status] = []

    def look() -> None:
        if session.status.held and session.status.pending:
            found.append(session.status)
            session.resume()

    session.run(look)
    session.recording.close()
    return found


def at(text: str) -> AtFilter:
    return AtFilter(compile_filter(text))


def test_it_stops_before_each_packet_that_passes_a_filter() -> None:
    found = stops("", at("tcp.flags.syn == 1"))
    assert [status.pending[0].direction for status in found] == [Direction.OUT, Direction.IN]
    assert {status.stopped for status in found} == {"packet: tcp.flags.syn == 1"}


def test_numbers_are_those_of_the_whole_run() -> None:
    (found,) = stops("", at("tcp.seq == 1449 and tcp.len > 0"))
    assert found.pending[0].direction is Direction.IN


def test_frames_of_one_batch_stop_one_by_one() -> None:
    assert len(stops("", at("tcp.len > 1000"))) >= 20


def test_arp_shuts_the_gate_but_does_not_wait_there() -> None:
    (found,) = stops("", at("arp.opcode == 1"))
    assert found.pending[0].data[12:14] == b"\x08\x00"


def test_it_stops_before_a_packet_that_shows_an_alert() -> None:
    found = stops("in.drop=6", AtAlert(AlertKind.UNSEEN))
    assert len(found) == 1
    assert found[0].stopped == "alert: Previous segment missing"


def test_it_stops_when_the_network_has_eaten_a_packet() -> None:
    assert len(stops("in.drop=6:7", AtAlert(AlertKind.LOST))) >= 1
    assert stops("", AtAlert(AlertKind.LOST)) == []


@pytest.mark.parametrize(
    ("old", "trigger"),
    [(State.SYN_SENT, Trigger.RCV_SYN_ACK), (State.ESTABLISHED, Trigger.CLOSE)],
)
def test_it_stops_after_a_change_of_state(old: State, trigger: Trigger) -> None:
    (found,) = stops("", AtState(old, trigger))
    assert found.stopped.startswith(f"state: {old} to")


def test_without_breakpoints_it_never_stops() -> None:
    assert stops("loss=5%") == []
