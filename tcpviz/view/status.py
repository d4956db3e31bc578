"""The status line: what always matters about a connection, in parts that give way when it is short."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tcpviz.session.status import Phase, Status
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.view.inferred import Inferred
from tcpviz.view.info import endpoint_texts
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, cells, safe, shortened
from tcpviz.view.units import duration, rate, size
from tcpviz.wire import seq

GAP = 2
"""Cells between two parts."""

_END_WIDTH = 30
"""Cells for an address with its port: all of IPv4, and of IPv6 what tells most of them apart."""

_RATE_SPAN = 1_000_000_000
"""Rates are those of the last second."""


class Part(NamedTuple):
    """One item of the line. The parts with the highest `rank` are left out first."""

    text: SafeText
    role: Role
    rank: int


def parts(run: RunView, moment: Moment | None, status: Status | None) -> list[Part]:
    """All that the line can say at `moment`, from left to right. `status` is None for a file."""
    found: list[Part] = []
    if moment:
        found += _connection(run, moment)
    if status:
        found[1:1] = _progress(status)
        found += _surroundings(status)
    return found


def fitted(all_parts: Sequence[Part], width: int) -> list[Part]:
    """Those parts, in their order, that fit into `width` cells together."""
    kept = list(all_parts)
    while kept and _width(kept) > width:
        kept.remove(max(reversed(kept), key=lambda part: part.rank))
    return kept


def _width(line: Sequence[Part]) -> int:
    return sum(cells(part.text) for part in line) + GAP * (len(line) - 1)


def _connection(run: RunView, moment: Moment) -> Iterator[Part]:
    inferred = run.inferred(moment.index) if moment.snapshot is None else None
    if inferred:
        yield from _observed(run, moment, inferred)
        return
    ends = run.endpoints(moment.flow) or (endpoint_texts(moment.packet) if moment.packet else None)
    if ends:
        local, remote = (shortened(end, _END_WIDTH) for end in ends)
        yield Part(SafeText(f"{local} > {remote}"), Role.TITLE, 1)
    snapshot = moment.snapshot
    if snapshot is None:
        return
    yield Part(SafeText(str(snapshot.state)), Role.STATE_CURRENT, 0)
    yield from _figures(snapshot)
    yield from _rates(run, moment, snapshot)


def _observed(run: RunView, moment: Moment, inferred: Inferred) -> Iterator[Part]:
    """Of a connection of others: what its packets alone tell."""
    client, server = (shortened(end, _END_WIDTH) for end in inferred.endpoints)
    yield Part(SafeText(f"{client} > {server}"), Role.TITLE, 1)
    states = (inferred.client.state, inferred.server.state)
    words = " > ".join("?" if state is None else str(state) for state in dict.fromkeys(states))
    yield Part(SafeText(words), Role.STATE_CURRENT, 0)
    yield Part(SafeText(_how_sure(inferred)), Role.DIM, 2)
    if spaces := run.spaces(moment.index):
        carrier = max(spaces, key=lambda space: space.nxt)
        given_up = all(state is State.CLOSED for state in states)
        yield _value("in flight", size(0 if given_up else carrier.nxt - carrier.una), 3)
    if inferred.initial_rtt:
        yield _value("iRTT", duration(inferred.initial_rtt), 4)
    if rtt := run.acknowledged_after(moment.index):
        yield _value("ACK after", duration(rtt), 5)


def _how_sure(inferred: Inferred) -> str:
    if inferred.gaps:
        return "inferred, packets missing"
    return "inferred from one side" if any(inferred.guessed) else "inferred"


def _figures(snapshot: Snapshot) -> Iterable[Part]:
    # With a connection all that it had sent is given up (RFC 9293 3.10.7.4).
    in_flight = 0 if snapshot.state is State.CLOSED else seq.diff(snapshot.snd_max, snapshot.snd_una)
    return (
        _value("srtt", duration(snapshot.srtt) if snapshot.srtt else SafeText("-"), 4),
        _value("rto", duration(snapshot.rto), 3),
        _value("cwnd", size(snapshot.cwnd), 5),
        _value("in flight", size(in_flight), 2),
    )


def _rates(run: RunView, moment: Moment, now: Snapshot) -> Iterable[Part]:
    """What moved for good in the last second: new octets from the peer, and of ours acknowledged."""
    position = run.packets.at_time(moment.row.time - _RATE_SPAN)
    since = run.packets.row(position) if position >= 0 else 0
    span = moment.row.time - run.recording.time(since)
    # A SYN takes a sequence number and is no data.
    received_from, sent_from = seq.add(now.irs, 1), seq.add(now.iss, 1)
    if then := run.snapshot(since, moment.flow):
        received_from = then.rcv_nxt if then.irs == now.irs else received_from
        sent_from = seq.later(then.snd_una, sent_from)
    received = max(seq.diff(now.rcv_nxt, received_from), 0)
    sent = max(seq.diff(now.snd_una, sent_from), 0)
    return _value("in", rate(received, span), 6), _value("out", rate(sent, span), 7)


_ON_THE_WAY = (Phase.RESOLVING, Phase.CLAIMING, Phase.CONNECTING, Phase.SECURING, Phase.ASKING)


def _progress(status: Status) -> Iterator[Part]:
    """What the run is busy with before the server answers."""
    if status.phase in _ON_THE_WAY:
        yield Part(safe(f"{status.phase.value} ({duration(status.now)})"), Role.WARN, 4)
    elif status.phase is Phase.STOPPED:
        yield Part(safe(status.phase.value), Role.WARN, 1)


def _surroundings(status: Status) -> Iterator[Part]:
    if status.impair:
        yield Part(safe(f"impaired: {status.impair}"), Role.WARN, 8)
    if status.link:
        yield Part(safe(status.link), Role.DIM, 9)


def _value(name: str, value: SafeText, rank: int) -> Part:
    return Part(SafeText(f"{name} {value}"), Role.VALUE, rank)
