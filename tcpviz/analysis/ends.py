"""The states of both ends of a stream, as an observer of the packets alone can infer them (RFC 9293 3.3.2).

An end's own segments prove what it has received. So a transition that sends something is taken when that is
seen; one that sends nothing, when what causes it is seen, as if it had arrived. When the end shows later that
it had not (it sends its FIN again, say), the step is taken back. The ways from state to state are those of
`tcp.state.TRANSITIONS`; what no packet shows (the end of TIME-WAIT, timeouts) is not inferred.
"""

from typing import Final, NamedTuple

from tcpviz.tcp.events import StateChanged
from tcpviz.tcp.state import TAKES_TEXT, TRANSITIONS, State, Trigger, fin_trigger, reset_trigger
from tcpviz.wire.segment import ACK, FIN, RST, SYN

_MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000

_OPENS_ANEW: Final = (None, State.CLOSED, State.TIME_WAIT)
"""Where a SYN is none that comes again. With the same number as before it is in the same stream."""
_BEFORE_FIN: Final = (State.SYN_RECEIVED, State.ESTABLISHED, State.CLOSE_WAIT)
_ENDINGS: Final = (Trigger.RCV_ACK_OF_FIN, Trigger.RCV_RST, Trigger.RCV_RST_OF_PASSIVE_OPEN, Trigger.ABORT)


class Seen(NamedTuple):
    """What matters of a segment here. Sequence numbers count from its stream's first, as in a `Verdict`."""

    flags: int
    seq: int
    length: int
    """Octets of payload."""
    ack: int | None
    in_window: bool = True
    """Whether the other end would accept it, as far as can be told; asked for resets alone."""


class EndState(NamedTuple):
    """One end at one moment. No state: it has not shown any yet."""

    state: State | None = None
    path: tuple[StateChanged, ...] = ()
    """The way there, as far as it was seen."""


class _End:
    __slots__ = ("crossed", "fin", "fin_acked", "heard", "now", "passive")

    def __init__(self) -> None:
        self.now = EndState()
        self.passive = False
        self.fin: int | None = None
        """The sequence number after its FIN, once that was seen."""
        self.fin_acked = False
        self.heard = False
        """Whether it has sent anything that was captured."""
        self.crossed = False
        """Its FIN was acknowledged by a segment behind the other's FIN: that had arrived before."""

    @property
    def state(self) -> State | None:
        return self.now.state

    @property
    def settled(self) -> bool:
        return self.now.state is State.ESTABLISHED

    def take(self, trigger: Trigger) -> None:
        """Go the way of the table, where it has one."""
        old, path = self.now
        transition = TRANSITIONS.get((old, trigger)) if old is not None else None
        if old is not None and transition:
            self.now = EndState(transition.new, (*path, StateChanged(old, transition.new, trigger)))

    def begin(self, *triggers: Trigger) -> None:
        """A way that starts at CLOSED."""
        self.now = EndState(State.CLOSED)
        self.fin, self.fin_acked, self.crossed = None, False, False
        self.passive = triggers[0] is Trigger.PASSIVE_OPEN
        for trigger in triggers:
            self.take(trigger)

    def take_back(self, *triggers: Trigger) -> None:
        """The last step was none after all, if it is one of these."""
        path = self.now.path
        if path and path[-1].trigger in triggers:
            self.now = EndState(path[-1].old, path[:-1])


class Ends:
    """Both ends of one stream, a segment at a time."""

    __slots__ = ("_client", "_server", "from_middle")

    def __init__(self) -> None:
        self._client, self._server = _End(), _End()
        self.from_middle = False
        """Whether the capture began after the handshake: earlier states are not known."""

    @property
    def client(self) -> EndState:
        """The end that opens, or would have by the ports."""
        return self._client.now

    @property
    def server(self) -> EndState:
        """The other one."""
        return self._server.now

    @property
    def guessed(self) -> tuple[bool, bool]:
        """Whether the state of client and server is known by what the other one has sent alone: what it
        received, and whether it has closed, no packet shows then."""
        client, server = self._client, self._server
        return client.state is not None and not client.heard, server.state is not None and not server.heard

    @property
    def settled(self) -> bool:
        """Whether both are ESTABLISHED: only SYN, FIN and RST can change that."""
        return self._client.settled and self._server.settled

    def take(self, seen: Seen, *, from_client: bool) -> None:
        """The next segment of the stream."""
        sender, receiver = (self._client, self._server) if from_client else (self._server, self._client)
        sender.heard = True
        if seen.flags & RST:
            _reset(sender, receiver, seen)
            return
        if seen.flags & SYN:
            _opens(sender, seen)
        else:
            self._shows(sender, receiver, seen)
        if seen.ack is not None:
            self._hears(receiver, sender, seen, seen.ack)

    def _shows(self, end: _End, other: _End, seen: Seen) -> None:
        """What a segment without SYN proves of the end that sends it."""
        if end.state is None:
            self.from_middle = True
            end.now = EndState(State.ESTABLISHED)
        elif end.state in (State.CLOSED, State.LISTEN):  # what ended it had not arrived, or was not accepted
            end.take_back(*_ENDINGS)
        if end.state is State.SYN_SENT and seen.ack:
            end.take(Trigger.RCV_SYN_ACK)
        elif end.state is State.SYN_RECEIVED:
            end.take(Trigger.RCV_ACK_OF_SYN)
        if _covers(seen.ack, other.fin):
            _answers_fin(end)
        elif end.fin_acked and end.state is State.FIN_WAIT_1:  # the other's FIN has not arrived, its ACK has
            end.take(Trigger.RCV_ACK_OF_FIN)
        if seen.flags & FIN:
            _closes(end, seen)

    def _hears(self, end: _End, sender: _End, seen: Seen, ack: int) -> None:
        """What an acknowledgment that was seen does to the end that it goes to."""
        if end.state is None:
            self._acknowledged_unseen(end, sender, seen)
        if end.state is State.SYN_RECEIVED and 0 < ack < _HALF:
            end.take(Trigger.RCV_ACK_OF_SYN)
        elif end.state is State.SYN_SENT and sender.passive and sender.settled and 0 < ack < _HALF:
            # Only its ACK, which was not captured, lets the other go on.
            end.take(Trigger.RCV_SYN_ACK)
        if _covers(ack, end.fin):
            end.fin_acked = True
            # With the other's FIN before it or in the same segment the answer will show the steps.
            if end.state is State.FIN_WAIT_1 and sender.fin is not None:
                end.crossed = not seen.flags & FIN
            else:
                end.take(Trigger.RCV_ACK_OF_FIN)

    def _acknowledged_unseen(self, end: _End, sender: _End, seen: Seen) -> None:
        """It is acknowledged and has sent nothing that was captured."""
        if seen.flags & SYN:
            end.begin(Trigger.ACTIVE_OPEN)
        elif sender.now.path and sender.now.path[0].trigger is Trigger.ACTIVE_OPEN:
            end.begin(Trigger.PASSIVE_OPEN, Trigger.RCV_SYN)
        else:
            self.from_middle = True
            end.now = EndState(State.ESTABLISHED)


def _opens(end: _End, seen: Seen) -> None:
    """A SYN, the first or once more."""
    if not seen.flags & ACK:
        if end.state in _OPENS_ANEW:
            end.begin(Trigger.ACTIVE_OPEN)
    elif end.state in (*_OPENS_ANEW, State.LISTEN):
        end.begin(Trigger.PASSIVE_OPEN, Trigger.RCV_SYN)
    elif end.state is State.SYN_SENT:
        end.take(Trigger.RCV_SYN)  # simultaneous open (RFC 9293 3.5, figure 7)
    else:
        end.take_back(Trigger.RCV_ACK_OF_SYN)


def _answers_fin(end: _End) -> None:
    """It acknowledges the other's FIN, the first time or once more."""
    if end.state not in TAKES_TEXT:
        return
    end.take(fin_trigger(end.state, end.fin_acked and not end.crossed))
    if end.crossed:  # a simultaneous close (RFC 9293 3.6, case 3)
        end.take(Trigger.RCV_ACK_OF_FIN)


def _closes(end: _End, seen: Seen) -> None:
    """A FIN, the first or once more."""
    after = (seen.seq + seen.length + 1) & _MASK
    if end.state in _BEFORE_FIN:
        end.fin = after
        end.take(Trigger.CLOSE)
    elif after == end.fin:
        end.fin_acked = end.crossed = False
        end.take_back(Trigger.RCV_ACK_OF_FIN)


def _reset(sender: _End, receiver: _End, seen: Seen) -> None:
    """Who sends a reset has no connection, or none any more; who gets it loses his if he has to accept it."""
    if sender.state is State.SYN_SENT and seen.seq != 1:
        return  # the answer to an ACK from another time: its own SYN is still out (RFC 9293 3.10.7.3)
    if sender.state is None:
        sender.now = EndState(State.CLOSED)
    sender.take(Trigger.ABORT)
    old = receiver.state
    # In SYN-SENT it has to acknowledge the SYN (RFC 9293 3.10.7.3), later to lie in the window (3.10.7.4).
    accepted = seen.ack == 1 if old is State.SYN_SENT else seen.in_window
    if old is not None and accepted:
        receiver.take(reset_trigger(old, receiver.passive))


def _covers(ack: int | None, end: int | None) -> bool:
    """Whether `ack` acknowledges what ends at `end`."""
    return ack is not None and end is not None and (ack - end) & _MASK < _HALF
