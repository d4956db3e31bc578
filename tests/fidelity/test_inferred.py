"""What the packets alone tell of our own runs, held against what our stack really was at each of them."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from helpers.runs import read_whole
from helpers.screen import record_run

from tcpviz.analysis.spans import Spans
from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.tcp.events import SegmentDropped
from tcpviz.tcp.snapshot import Ranges
from tcpviz.tcp.state import TRANSITIONS, Trigger
from tcpviz.view.inferred import Inferred, Spaces
from tcpviz.view.moment import Moment
from tcpviz.view.run import RunView
from tcpviz.wire.seq import Seq, diff

RUNS = [
    ("http://lab/", ""),
    ("http://lab/bytes/100000", "loss=5%"),
    ("http://lab/bytes/100000", "out.loss=10%,in.loss=10%,reorder=5%,dup=3%"),
    ("http://lab/bytes/300000", "delay=20ms,loss=2%"),
    ("http://lab/bytes/50000", "out.drop=2,jitter=3ms"),
]

Packet = tuple[Moment, list[str], Inferred, Spaces]


def packets(own: RunView) -> Iterator[Packet]:
    """Each TCP packet of our run: the truth, the ways of our stack, and what the packets up to it tell."""
    capture = Recording.create(link="capture", epoch=0)
    rows = []
    for index in range(len(own)):
        row = own.recording.row(index)
        if row.number:
            capture.frame(row.time, row.direction, own.recording.data(index))
            rows.append(index)
    capture.commit()
    run = read_whole(capture)
    for at, index in enumerate(rows):
        inferred, spaces = run.inferred(at), run.spaces(at)
        if inferred and spaces:
            truth = own.moment(index)
            yield truth, [step.trigger.name for _, step in own.path(index, truth.flow)], inferred, spaces
    capture.close()


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: " ".join(run))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    url, impair = request.param
    own = Recording.open(record_run(tmp_path_factory.mktemp("inferred") / "run.pcapng", url, impair))
    found = list(packets(read_whole(own)))
    own.close()
    assert len(found) > 5
    return found


def test_our_state_is_inferred_but_for_what_the_stack_has_not_answered_yet(seen: list[Packet]) -> None:
    for truth, ways, inferred, _ in seen:
        steps = inferred.client.path
        assert [step.trigger.name for step in steps] == ways[: len(steps)]
        missing = ways[len(steps) :]
        if missing:
            # A transition that sends something is seen when that leaves, in a later packet.
            assert len(missing) == 1
            assert TRANSITIONS[steps[-1].new, Trigger[missing[0]]].sends
        else:
            assert truth.snapshot
            assert inferred.client.state is truth.snapshot.state
        assert not inferred.from_middle


def test_a_state_is_behind_for_a_packet_at_most(seen: list[Packet]) -> None:
    behind = [len(inferred.client.path) < len(ways) for _, ways, inferred, _ in seen]
    assert not any(now and then for now, then in pairwise(behind))
    assert sum(behind) <= 2


def test_the_peers_state_is_inferred_as_if_what_is_on_its_way_had_arrived(seen: list[Packet]) -> None:
    for truth, _, inferred, _ in seen:
        now = truth.peer_state
        if truth.row.direction is Direction.OUT and inferred.server.state is not now:
            # An observer beside us sees it before the peer does.
            assert inferred.server.state in {way.new for (old, _), way in TRANSITIONS.items() if old is now}
        else:
            assert inferred.server.state is now
    ahead = [inferred.server.state is not truth.peer_state for truth, _, inferred, _ in seen]
    assert sum(ahead) == 3, "the end of the handshake, the request behind it, and the last ACK"


def test_what_we_sent_and_what_came_back_is_what_our_stack_counts(seen: list[Packet]) -> None:
    for truth, _, _, spaces in seen:
        tcb = truth.snapshot
        assert tcb
        ours = spaces.client
        assert (ours.una, ours.nxt) == (diff(tcb.snd_una, tcb.iss), diff(tcb.snd_max, tcb.iss))
        assert (ours.window or 0) == tcb.snd_wnd
        assert ours.sacked == _relative(tcb.sacked, tcb.iss)
        assert ours.scale_known


def test_what_we_hold_is_what_was_seen_beyond_a_hole(seen: list[Packet]) -> None:
    for truth, _, _, spaces in seen:
        tcb = truth.snapshot
        assert tcb
        if any(isinstance(event, SegmentDropped) for event in truth.events):
            break  # no packet tells that it came and was not taken (by its timestamp, RFC 7323 5.3)
        if spaces.server.una == diff(tcb.rcv_nxt, tcb.irs):  # we have acknowledged all that we have
            assert spaces.server.late == _relative(tcb.held, tcb.irs)


def _relative(ranges: Ranges, first: Seq) -> Spans:
    return sorted((diff(start, first), diff(end, first)) for start, end in ranges)
