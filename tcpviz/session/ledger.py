"""What a run writes down of what happens: which row, of which connection, with what the other end tells.

It decides nothing, and knows neither link nor gate.
"""

from collections.abc import Callable, Sequence

from tcpviz.host.flow import Flow
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State

PeerState = Callable[[Flow], State | None]
PeerTold = Callable[[bytes], Sequence[Event]]

# Members are looked up slowly before Python 3.12, and these are needed for every frame.
_IN, _OUT, _PASSED = Direction.IN, Direction.OUT, Fate.PASSED


class Ledger:
    """Rows for the recording.

    Where the other end is known (the simulated peer), `peer_state` tells its state, and `peer_told` what its
    stack did before it sent a frame.
    """

    def __init__(
        self,
        recording: Recording,
        peer_state: PeerState | None = None,
        peer_told: PeerTold | None = None,
    ) -> None:
        self._recording = recording
        self.peer_speaks = peer_told is not None
        """Whether each frame of the peer's has something of his to tell."""
        self._peer_state = peer_state
        self._peer_told = peer_told

    def arrived(
        self,
        now: int,
        data: bytes,
        *,
        fate: Fate = _PASSED,
        flow: Flow | None = None,
        events: Sequence[Event] = (),
        text: str = "",
    ) -> None:
        """A frame has come in, and has had its effect on `flow`, where it was for one."""
        self._recording.frame(
            now,
            _IN,
            data,
            fate=fate,
            flow=flow.number if flow else 0,
            snapshot=flow.connection.snapshot() if flow else None,
            events=events,
            peer_state=self._peer(flow),
            text=text,
            peer_events=self._told(data),
        )

    def left(
        self,
        now: int,
        data: bytes,
        *,
        fate: Fate = _PASSED,
        flow: Flow | None = None,
        snapshot: Snapshot | None = None,
        events: Sequence[Event] = (),
        text: str = "",
    ) -> None:
        """A frame of ours was sent, whatever became of it then."""
        self._recording.frame(
            now,
            _OUT,
            data,
            fate=fate,
            flow=flow.number if flow else 0,
            snapshot=snapshot,
            events=events,
            peer_state=self._peer(flow),
            text=text,
        )

    def lost_before_us(self, now: int, data: bytes, text: str = "") -> None:
        """A frame of the peer's has never come in."""
        self._recording.frame(now, _IN, data, fate=Fate.LOST, text=text, peer_events=self._told(data))

    def happened(self, now: int, kind: Kind, flow: Flow, events: Sequence[Event]) -> None:
        """Something changed in `flow` without a frame."""
        self._recording.moment(
            now,
            kind,
            flow=flow.number,
            snapshot=flow.connection.snapshot(),
            events=events,
            peer_state=self._peer(flow),
        )

    def note(self, now: int, text: str) -> None:
        """Something that has no connection."""
        self._recording.moment(now, Kind.NOTE, text=text)

    def _peer(self, flow: Flow | None) -> State | None:
        return self._peer_state(flow) if flow and self._peer_state else None

    def _told(self, data: bytes) -> Sequence[Event]:
        return self._peer_told(data) if self._peer_told else ()
