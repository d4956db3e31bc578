"""Two equal hosts, one that may take frames together and one that takes each by itself, and a peer of both.

What they do is the same, or `arrive` fails: rows, snapshots, events, frames and octets.
"""

import random
from collections.abc import Sequence
from dataclasses import fields, replace

from helpers.host import PEER, make_host, read_segment, resolved, segment_frame, sent
from helpers.recordings import Found, found

from tcpviz.host.flow import Endpoint, Flow
from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import Timer
from tcpviz.tcp.options import window_shift
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import ACK, ECT_0, SYN, Segment
from tcpviz.wire.seq import Seq, add, diff

MSS = 1000
IRS = Seq(0xFFFF_F000)
"""Near the end of the sequence numbers, so that they wrap."""
LENGTH = 4_000_000
STREAM = random.Random(7).randbytes(LENGTH)
"""What the peer sends."""


class One:
    """A host with one connection, its recording, and what came out of it."""

    def __init__(self, config: Config, peer_timestamps: tuple[int, int] | None) -> None:
        self.host = make_host()
        self.recording = Recording.create(link="test", epoch=0)
        self.frames: list[bytes] = []
        self.octets = bytearray()
        resolved(self.host)
        self.flow: Flow = self.host.connect(Endpoint(PEER, 80), config, 0)
        (frame,) = sent(self.host)
        _, _, self.syn = read_segment(frame)
        answer = Segment(
            IRS, self.syn.end, SYN | ACK, 8000, mss=MSS, timestamps=peer_timestamps, window_scale=2,
            sack_permitted=True,
        )  # fmt: skip
        self.host.on_frame(Frame(0, segment_frame(answer, 80, self.flow.local.port)), 0)
        sent(self.host)
        self.flow.connection.events()

    def record(self, frame: Frame, flow: Flow | None) -> None:
        """The row of a frame that was taken by itself."""
        connection = flow.connection if flow else None
        self.recording.frame(
            frame.time,
            Direction.IN,
            frame.data,
            flow=flow.number if flow else 0,
            snapshot=connection.snapshot() if connection else None,
            events=connection.events() if connection else (),
        )

    def depart(self, now: int) -> list[bytes]:
        """What leaves now, with its rows."""
        out = []
        for data, flow in self.host.frames(now):
            snapshot = flow.connection.snapshot() if flow else None
            events = flow.connection.events() if flow else ()
            self.recording.frame(now, Direction.OUT, data, flow=1, snapshot=snapshot, events=events)
            out.append(data)
        return out

    def variables(self) -> dict[str, object]:
        """All that decides what the connection will do, as far as it is plain numbers; and the snapshot."""
        tcb = self.flow.connection._tcb
        values = {each.name: getattr(tcb, each.name) for each in fields(tcb)}
        plain = {name: value for name, value in values.items() if isinstance(value, int | tuple | None)}
        return {"snapshot": self.flow.connection.snapshot(), **plain}

    def rows(self) -> list[Found]:
        """All that was recorded, without the timer that only waits for what leaves in the same moment."""
        self.recording.commit()
        return [row._replace(snapshot=_without_delayed_ack(row.snapshot)) for row in found(self.recording)]


class Twins:
    """Both, and the peer: what it has sent, where it stands, what it has heard."""

    def __init__(self, config: Config) -> None:
        self.stamp = 1000
        self.timestamps = config.timestamps
        config = replace(config, mss=MSS)
        self.together, self.apart = (One(config, self.stamps) for _ in range(2))
        self.acked, self.window = add(IRS, 1), self.together.syn.window
        self.heard = self.together.syn.end
        self.shift = window_shift(config.receive_buffer)
        self.runs = 0
        self.longest_silence = 0
        """The most octets in order that one ACK has acknowledged."""

    @property
    def stamps(self) -> tuple[int, int] | None:
        return (self.stamp, 0) if self.timestamps else None

    def segment(self, at: int, size: int, flags: int = ACK, window: int = 8000, ecn: int = ECT_0) -> Segment:
        """The octets from `at` on of the stream."""
        data = STREAM[at : at + size]
        return Segment(add(IRS, 1 + at), self.heard, flags, window, data, timestamps=self.stamps, ecn=ecn)

    def frame(self, segment: Segment) -> bytes:
        return segment_frame(segment, 80, self.together.flow.local.port)

    def arrive(self, frames: Sequence[Frame]) -> None:
        """These come in one read."""
        taken = 0
        for flow, run, octets in self.together.host.on_frames(frames):
            assert list(run) == list(frames[taken : taken + len(run)])
            taken += len(run)
            if octets:
                assert flow is not None
                self.runs += 1
                data = [frame.data for frame in run]
                number, snapshot = flow.number, flow.connection.snapshot()
                self.together.recording.run(run[0].time, data, octets, number, snapshot)
            else:
                assert len(run) == 1
                self.together.record(run[0], flow)
            for frame in run:
                self.apart.record(frame, self.apart.host.on_frame(frame, frame.time))
            self._answers(run[-1].time)
        assert taken == len(frames)
        assert self.together.host.events() == self.apart.host.events()

    def wait(self, now: int) -> None:
        """Time goes on to `now`."""
        for one in (self.together, self.apart):
            one.host.on_deadline(now)
        self._answers(now)

    def read(self, limit: int, now: int) -> None:
        """Both applications read."""
        for one in (self.together, self.apart):
            one.octets += one.flow.connection.receive(limit, now)
        self._answers(now)

    def send(self, octets: int, now: int) -> None:
        """Both applications send."""
        for one in (self.together, self.apart):
            if one.flow.connection.writable:
                one.flow.connection.send(bytes(octets), now)
        self._answers(now)

    def _answers(self, now: int) -> None:
        out = self.together.depart(now)
        assert out == self.apart.depart(now)
        for _, _, segment in map(
            read_segment, out if self.together.flow.number in self.together.host.flows else ()
        ):
            self.longest_silence = max(self.longest_silence, diff(segment.ack, self.acked))
            self.acked, self.window = segment.ack, segment.window << self.shift
            self.heard = segment.end if diff(segment.end, self.heard) > 0 else self.heard
        assert self.together.variables() == self.apart.variables()

    def finish(self) -> None:
        """All that was read and recorded is the same, and the octets are those of the stream."""
        for one in (self.together, self.apart):
            one.octets += one.flow.connection.receive(LENGTH, 0)
        assert self.together.octets == self.apart.octets == STREAM[: len(self.together.octets)]
        assert self.together.rows() == self.apart.rows()
        for one in (self.together, self.apart):
            one.recording.close()


def _without_delayed_ack(snapshot: Snapshot | None) -> Snapshot | None:
    if snapshot is None:
        return None
    return snapshot._replace(
        deadlines=tuple(each for each in snapshot.deadlines if each[0] != Timer.DELAYED_ACK)
    )
