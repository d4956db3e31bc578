"""The growing projection of a recording: what all panes read, brought up to date a little at a time.

Pure: the time that it may take and the clock to measure it come from the caller.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from tcpviz.analysis import Analyzer, Flag, TcpPacket, Verdict, tcp_packet
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.options import scale_and_sack
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording, Row
from tcpviz.session.gate import BY_HAND
from tcpviz.tcp.events import RttSampled, StateChanged
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.view import packets
from tcpviz.view.alerts import Alerts, kinds
from tcpviz.view.columns import Packets
from tcpviz.view.flows import Flows
from tcpviz.view.inferred import Inference, Inferred, Spaces
from tcpviz.view.info import endpoint_texts
from tcpviz.view.moment import Moment, Observed, observed
from tcpviz.view.safe import SafeText
from tcpviz.wire.segment import ACK, SYN

_BATCH = 32
"""Rows between two looks at the clock."""

_NEAR = 1000
"""How many packets before one that is no TCP a stream is looked for."""

_MASK = 0xFFFF_FFFF


class RunView:
    """A recording as far as it was read. Everything it gives is as of the rows that `advance` took in."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.packets = Packets()
        self.alerts = Alerts()
        self._read = 0
        self._analyzer = Analyzer()
        self._inference = Inference(self._analyzer)
        self._spaces: tuple[int, Spaces | None] | None = None
        """Those that were asked for last, by several panes one after the other."""
        self._fragments = Fragments()
        self._reassembled: dict[int, TcpPacket] = {}
        """What is in several frames, by the row of the one that completed it."""
        self._sides: dict[bytes, _Side] = {}
        self._flows = Flows()
        self._endpoints: dict[int, tuple[SafeText, SafeText]] = {}

    def __len__(self) -> int:
        """The rows that were read."""
        return self._read

    def advance(self, budget_ns: int, clock: Callable[[], int]) -> bool:
        """Take in published rows until none is left or `budget_ns` have passed on `clock`; of a file that was
        begun, read more of them.

        Returns whether there was anything new.
        """
        before = self._read
        deadline = clock() + budget_ns
        while self.behind or self.recording.read_on():
            for index in range(self._read, min(self._read + _BATCH, len(self.recording))):
                self._take(index)
            if clock() >= deadline:
                break
        return self._read > before

    @property
    def behind(self) -> int:
        """How many published rows were not read yet."""
        return len(self.recording) - self._read

    @property
    def first_time(self) -> int:
        """The time of the first packet; of the last row while there is none."""
        return self.packets.times[0] if len(self.packets) else self.last_time

    def since_first(self, time: int) -> int:
        """`time` as all panes and exports tell it: from the first packet on, below 0 before it; 0 while there
        is none (ns)."""
        return time - self.packets.times[0] if len(self.packets) else 0

    @property
    def last_time(self) -> int:
        """The time of the last row that was read."""
        return self.recording.time(self._read - 1) if self._read else 0

    def position_of(self, number: int) -> int:
        """The position of the packet with this number in a capture, or of the last one before it."""
        # Packets that never arrived have no number: the place is this one or a later one.
        last = len(self.packets) - 1
        position = min(number - 1, last)
        while position < last and (here := self._number(position)) < number:
            position = min(position + (number - here if here else 1), last)
        return position

    def _number(self, position: int) -> int:
        return self.recording.row(self.packets.row(position)).number

    def line(self, position: int) -> packets.Line:
        """The packet list's row at `position`."""
        index = self.packets.row(position)
        row = self.recording.row(index)
        return packets.line(
            row.number,
            self.since_first(row.time),
            row.direction,
            row.fate,
            packets.Shown(
                self.recording.data(index),
                self.segment(index),
                self.packets.observed(position),
                self.recording.linktype(index),
                row.length,
            ),
            by_hand=row.fate is not Fate.PASSED and self.recording.text(index) == BY_HAND,
        )

    def segment(self, index: int) -> TcpPacket | None:
        """The TCP header in the frame of row `index`, or in what that completes; None where there is none."""
        if index in self._reassembled:
            return self._reassembled[index]
        length = self.recording.row(index).length
        return tcp_packet(self.recording.data(index), self.recording.linktype(index), length)

    def pending_line(self, data: bytes, direction: Direction, time: int) -> packets.Line:
        """The row of a frame that waits at the gate, as it would look to an observer."""
        frame = packets.Shown(data, tcp_packet(data), self.unjudged(data))
        return packets.pending_line(self.since_first(time), direction, frame)

    def unjudged(self, data: bytes) -> Observed | None:
        """The numbers of a frame that nobody has seen yet; None where it is no TCP."""
        packet = tcp_packet(data)
        return self._unjudged(packet) if packet else None

    def moment(self, index: int) -> Moment:
        """All about row `index`."""
        row, data = self.recording.row(index), self.recording.data(index)
        told = self.recording.told(index)
        flow = row.flow or self._flows.active(index)
        position = self.packets.position(index)
        is_packet = row.kind is Kind.FRAME and position >= 0
        packet = self.segment(index) if data else None
        seen = self.packets.observed(position) if is_packet else None
        return Moment(
            index=index,
            row=row,
            flow=flow,
            data=data,
            packet=packet,
            before=self.snapshot(index - 1, flow),
            snapshot=self.snapshot(index, flow),
            peer_state=self._flows.peer_state(flow, index),
            events=told.events,
            text=told.text,
            peer_events=told.peer_events,
            observed=seen,
            acknowledged_after=self.acknowledged_after(index) if is_packet else 0,
            scale_unknown=packet is not None
            and seen is not None
            and self._inference.scale_unknown(seen.stream, packet.key),
        )

    def snapshot(self, index: int, flow: int) -> Snapshot | None:
        """The state of connection `flow` after row `index`; None before it began."""
        at = self._flows.last_row(flow, index)
        return None if at is None else self.recording.snapshot(at)

    def inferred(self, index: int) -> Inferred | None:
        """What the packets alone tell of the connection at row `index`, or the last one before it; None where
        it is one of ours, of which more is known."""
        stream = self._stream_at(index)
        return None if stream is None else self._inference.at(stream, index)

    def inferred_trails(self) -> Iterator[list[tuple[int, Inferred]]]:
        """Of each connection that is none of ours, the rows that changed a state, and both ends then."""
        return self._inference.trails()

    def spaces(self, index: int) -> Spaces | None:
        """The sequence space of the connection at row `index` by its packets; None as with `inferred`."""
        if self._spaces is None or self._spaces[0] != index:
            self._spaces = index, self._spaces_at(index)
        return self._spaces[1]

    def stream_span(self, index: int) -> tuple[int, int] | None:
        """The first and the last row of the connection at row `index`; None as with `inferred`."""
        stream = self._stream_at(index)
        return None if stream is None else self._inference.span(stream)

    def _spaces_at(self, index: int) -> Spaces | None:
        stream = self._stream_at(index)
        if stream is None:
            return None

        def packets(after: int) -> Iterator[tuple[int, TcpPacket]]:
            start, last = self.packets.position(after) + 1, self.packets.position(index)
            for position in self.packets.of_stream(stream, start, last + 1):
                row = self.packets.row(position)
                if packet := self.segment(row):
                    yield row, packet

        return self._inference.spaces(stream, index, packets)

    def acknowledged_after(self, index: int) -> int:
        """How long the octets took that the packet in row `index` acknowledges (ns), for an observer; 0 where
        it acknowledges nothing new."""
        position = self.packets.position(index)
        seen = self.packets.observed(position) if position >= 0 else None
        if seen is None or not seen.acks_frame:
            return 0
        sent = self.packets.times[self.position_of(seen.acks_frame)]
        return max(self.packets.times[position] - sent, 0)

    def _stream_at(self, index: int) -> int | None:
        return self.packets.stream_before(self.packets.position(index), _NEAR)

    @property
    def flows(self) -> Sequence[int]:
        """The numbers of all connections so far."""
        return self._flows.numbers

    def endpoints(self, flow: int) -> tuple[SafeText, SafeText] | None:
        """Our end and the other end of a connection, e.g. "192.0.2.1:80"; None before its first packet."""
        return self._endpoints.get(flow)

    def path(self, index: int, flow: int) -> Sequence[tuple[int, StateChanged]]:
        """The changes of state of connection `flow` up to row `index`, each with its row."""
        return self._flows.path(flow, index)

    def way(self, moment: Moment) -> list[tuple[int, State]]:
        """The states that our end of the connection of `moment`, or a capture's client, comes to in the whole
        run, each with its row."""
        if moment.flow:
            return [(row, change.new) for row, change in self.path(len(self) - 1, moment.flow)]
        stream = self._stream_at(moment.index)
        trail = [] if stream is None else self._inference.trail(stream)
        states = [(row, ends.client.state) for row, ends in trail if ends.client.state is not None]
        return states[:1] + [now for before, now in pairwise(states) if now[1] is not before[1]]

    def state_changes(self) -> Iterator[tuple[int, StateChanged]]:
        """The changes of state of all connections, each with its row; those of one stand in order."""
        return self._flows.changes()

    def peer_path(self, index: int, flow: int) -> Sequence[tuple[int, State]]:
        """The states that the other end was seen in up to row `index`, each with its first row."""
        return self._flows.peer_path(flow, index)

    def span(self, flow: int) -> tuple[int, int] | None:
        """The first and the last row of connection `flow`; None where there is none."""
        return self._flows.span(flow)

    def round_trips(self, flow: int) -> tuple[Sequence[int], Sequence[int]]:
        """The times of all round trips that connection `flow` measured, and how long each took (ns)."""
        return self._flows.round_trips(flow)

    def density(self, width: int) -> list[tuple[int, bool]]:
        """For each of `width` equal parts of the run: how many packets, and whether one is an alert."""
        parts = self.packets.parts(self.first_time, self.last_time, width) if width > 0 else []
        return [(len(part), self._alert_among(part)) for part in parts]

    def _alert_among(self, positions: range) -> bool:
        if not positions:
            return False
        return self.alerts.any_between(self.packets.row(positions[0]), self.packets.row(positions[-1]) + 1)

    def _take(self, index: int) -> None:
        row, told = self.recording.row(index), self.recording.told(index)
        events = told.events
        self._flows.add(index, row)
        for event in events:
            if isinstance(event, StateChanged):
                self._flows.changed(index, row.flow, event)
            elif isinstance(event, RttSampled):
                self._flows.measured(row.time, row.flow, event.rtt)
        observed = None
        if row.kind is Kind.FRAME:
            observed = self._observe(index, row)
            self.packets.add(index, row.time, observed)
        flags = int(observed.flags) if observed else 0
        if flags or events or told.peer_events or row.fate is not Fate.PASSED:
            self.alerts.add(index, kinds(row, told, flags))
        self._read = index + 1

    def _observe(self, index: int, row: Row) -> Observed | None:
        """What somebody beside us says of a frame; of one that never came this far, only its numbers."""
        data, linktype = self.recording.data(index), self.recording.linktype(index)
        packet = find_tcp(data, linktype, row.length, self._fragments)
        reassembled = self._fragments.completed() is not None
        if not isinstance(packet, TcpPacket):
            return None
        if reassembled:
            self._reassembled[index] = packet
        if row.flow and row.flow not in self._endpoints:
            source, destination = endpoint_texts(packet)
            outgoing = row.direction is Direction.OUT
            self._endpoints[row.flow] = (source, destination) if outgoing else (destination, source)
        if not row.number:
            return self._unjudged(packet)
        verdict = self._analyzer.add(row.number, row.time, packet)
        self._remember(packet, verdict)
        if not row.flow:
            self._inference.take(index, packet, verdict)
        return observed(verdict)

    def _remember(self, packet: TcpPacket, verdict: Verdict) -> None:
        side = self._sides.get(packet.key)
        if side is None:
            side = self._sides[packet.key] = _Side()
        side.stream = verdict.stream
        side.base = (packet.seq - verdict.seq) & _MASK
        if packet.flags & SYN:
            side.announced = scale_and_sack(packet.options)[0]
        if verdict.window_scale is not None:
            side.scale = max(verdict.window_scale, 1)

    def _unjudged(self, packet: TcpPacket) -> Observed:
        """The numbers of a segment that the analysis does not see."""
        side, back = self._sides.get(packet.key, _NOBODY), self._sides.get(packet.reverse_key, _NOBODY)
        first = packet.seq if packet.flags & SYN else packet.seq - 1
        base = first if side.base is None else side.base
        scale = side.scale
        if scale is None:
            # Both SYNs have to announce one (RFC 7323 2.2).
            agreed = side.announced is not None and back.announced is not None
            scale = 1 << (side.announced or 0) if agreed else 1
        back_base = packet.ack - 1 if back.base is None else back.base
        return Observed(
            stream=side.stream,
            flags=Flag(0),
            seq=(packet.seq - base) & _MASK,
            ack=(packet.ack - back_base) & _MASK if packet.flags & ACK else 0,
            window=packet.window * (1 if packet.flags & SYN else scale),
            length=packet.length,
        )


class _Side:
    """What numbers of one direction count from, as the analysis settled it."""

    __slots__ = ("announced", "base", "scale", "stream")

    def __init__(self) -> None:
        self.stream = 0
        self.base: int | None = None
        self.announced: int | None = None
        """The shift that its SYN announces."""
        self.scale: int | None = None
        """What its window fields are multiplied by, once a segment has shown it."""


_NOBODY = _Side()
