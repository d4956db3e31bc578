import pytest
from helpers import runs
from helpers.runs import read_whole, small_run

from tcpviz.analysis import Flag
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Row, Told
from tcpviz.session.gate import BY_HAND
from tcpviz.tcp.events import (
    Cause,
    CongestionMarked,
    CwndChanged,
    CwndReason,
    Event,
    Held,
    OurWindowChanged,
    PeerWindowChanged,
    ResetReceived,
    ResetSent,
    Retransmitted,
)
from tcpviz.view.alerts import Alert, AlertKind, Alerts, kinds
from tcpviz.view.role import Role
from tcpviz.wire.seq import Seq

K = AlertKind
SENT_AGAIN = int(Flag.RETRANSMISSION)


def row(direction: Direction = Direction.IN, fate: Fate = Fate.PASSED, flow: int = 1) -> Row:
    return Row(0, Kind.FRAME, direction, fate, 1, 60, flow, None)


def again(cause: Cause) -> Retransmitted:
    return Retransmitted(Seq(1), Seq(2), cause, 1)


def test_the_small_run() -> None:
    run = read_whole(small_run())
    assert run.alerts.totals == [
        Alert(K.RETRANSMISSION, K.RETRANSMISSION.title, 1, runs.ROW_AGAIN, runs.ROW_AGAIN),
        Alert(K.LOST, K.LOST.title, 1, runs.ROW_LOST, runs.ROW_LOST),
        Alert(K.UNSEEN, K.UNSEEN.title, 1, runs.ROW_BEYOND, runs.ROW_BEYOND),
    ]


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_retransmission_is_an_alert(cause: Cause) -> None:
    assert len(kinds(row(Direction.OUT), Told((again(cause),)), 0)) == 1


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (again(Cause.TIMEOUT), K.TIMEOUT),
        (again(Cause.FAST), K.FAST),
        (again(Cause.SACK), K.FAST),
        (again(Cause.TAIL_LOSS_PROBE), K.TAIL_LOSS),
        (again(Cause.WINDOW_PROBE), K.WINDOW_PROBE),
        (CwndChanged(1, 1, CwndReason.UNDO), K.SPURIOUS),
        (CwndChanged(1, 1, CwndReason.ECN), K.CONGESTION),
        (CongestionMarked(Seq(1)), K.CONGESTION),
        (PeerWindowChanged(100, 0), K.ZERO_WINDOW),
        (ResetReceived(), K.RESET),
        (ResetSent("x"), K.RESET),
    ],
)
def test_what_the_stack_knows(event: Event, kind: AlertKind) -> None:
    assert kinds(row(), Told((event,)), 0) == [kind]


@pytest.mark.parametrize(
    "event",
    [
        CwndChanged(1, 1, CwndReason.SLOW_START),
        PeerWindowChanged(0, 5),
        OurWindowChanged(0, 5),
        Held(Seq(1), Seq(2)),
    ],
)
def test_what_is_no_alert(event: Event) -> None:
    assert kinds(row(), Told((event,)), 0) == []


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (Flag.RETRANSMISSION, [K.RETRANSMISSION]),
        (Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION, [K.FAST]),
        (Flag.RETRANSMISSION | Flag.SPURIOUS_RETRANSMISSION, [K.SPURIOUS]),
        (Flag.OUT_OF_ORDER, [K.OUT_OF_ORDER]),
        (Flag.LOST_SEGMENT, [K.UNSEEN]),
        (Flag.ACK_LOST_SEGMENT | Flag.DUPLICATE_ACK, [K.ACKED_UNSEEN, K.DUPLICATE_ACK]),
        (Flag.ZERO_WINDOW, [K.ZERO_WINDOW]),
        (Flag.WINDOW_FULL, [K.WINDOW_FULL]),
        (Flag.REUSED_PORTS, [K.REUSED_PORTS]),
        (Flag.WINDOW_UPDATE | Flag.KEEP_ALIVE, []),
    ],
)
def test_what_an_observer_infers(flags: Flag, expected: list[AlertKind]) -> None:
    assert kinds(row(), Told(), flags) == expected


def test_of_our_own_packets_the_stack_knows_better() -> None:
    assert kinds(row(Direction.OUT), Told((again(Cause.TIMEOUT),)), int(Flag.OUT_OF_ORDER)) == [K.TIMEOUT]
    assert kinds(row(Direction.OUT), Told(), SENT_AGAIN) == []
    assert kinds(row(Direction.OUT, flow=0), Told(), SENT_AGAIN) == [K.RETRANSMISSION]


def test_truth_and_inference_of_the_same_thing_count_once() -> None:
    assert kinds(row(), Told((PeerWindowChanged(9, 0),)), int(Flag.ZERO_WINDOW)) == [K.ZERO_WINDOW]


def test_fates() -> None:
    assert kinds(row(fate=Fate.LOST), Told(), 0) == [K.LOST]
    assert kinds(row(fate=Fate.CORRUPTED), Told(), 0) == [K.CORRUPTED]
    assert kinds(row(fate=Fate.DELAYED), Told(), 0) == []
    assert kinds(row(fate=Fate.MARKED), Told(), 0) == [K.CONGESTION]


@pytest.fixture
def alerts() -> Alerts:
    feed = Alerts()
    for at, found in ((3, [K.LOST]), (7, [K.UNSEEN, K.OUT_OF_ORDER]), (9, []), (12, [K.LOST])):
        feed.add(at, found)
    return feed


def test_next_and_previous(alerts: Alerts) -> None:
    assert [alerts.next(at) for at in (0, 3, 6, 7, 11, 12)] == [3, 7, 7, 12, 12, None]
    assert [alerts.previous(at) for at in (0, 3, 4, 7, 12, 99)] == [None, None, 3, 3, 7, 12]


def test_what_is_at_a_row(alerts: Alerts) -> None:
    assert alerts.at(7) == [K.UNSEEN, K.OUT_OF_ORDER]
    assert alerts.at(9) == []


def test_the_latest_come_first(alerts: Alerts) -> None:
    assert alerts.recent(11, 2) == [(7, K.OUT_OF_ORDER), (7, K.UNSEEN)]
    assert alerts.recent(99, 9)[0] == (12, K.LOST)
    assert len(alerts) == len(alerts.recent(99, 9)) == 4
    assert alerts.recent(2, 9) == []


def test_any_between(alerts: Alerts) -> None:
    assert alerts.any_between(4, 8)
    assert not alerts.any_between(4, 7)
    assert alerts.any_between(12, 13)


def test_totals_count_and_name_the_first(alerts: Alerts) -> None:
    assert [(alert.kind, alert.count, alert.first) for alert in alerts.totals] == [
        (K.LOST, 2, 3),
        (K.UNSEEN, 1, 7),
        (K.OUT_OF_ORDER, 1, 7),
    ]


def test_every_kind_has_a_title_of_its_own_and_a_role() -> None:
    assert len({kind.title for kind in K}) == len(K)
    assert {kind.role for kind in K} == {Role.ALERT, Role.WARN}


def test_the_peers_own_word_replaces_the_guess() -> None:
    told = Told(peer_events=(again(Cause.TIMEOUT),))
    assert kinds(row(), told, SENT_AGAIN) == [K.TIMEOUT]


def test_what_the_user_dropped_is_not_put_down_to_the_network() -> None:
    assert kinds(row(fate=Fate.LOST), Told(text=BY_HAND), 0) == [K.DROPPED]
