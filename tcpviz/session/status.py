"""What a run looks like from outside at one moment: small, immutable, replaced as a whole."""

from dataclasses import dataclass
from enum import Enum

from tcpviz.client.failure import Failure
from tcpviz.link.base import Direction


class Phase(Enum):
    """How far a run has come; the value is what the screen shows."""

    STARTING = "starting"
    RESOLVING = "resolving the name"
    CLAIMING = "claiming an address"
    CONNECTING = "connecting"
    SECURING = "agreeing on keys (TLS)"
    ASKING = "waiting for the server"
    TRANSFER = "transfer"
    CLOSING = "closing"
    LINGERING = "lingering in TIME-WAIT"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        """Whether the worker has ended: nothing will be added to the recording."""
        return self in (Phase.DONE, Phase.FAILED, Phase.STOPPED)


@dataclass(frozen=True, slots=True)
class PendingFrame:
    """A frame at the shut gate: it has not taken effect yet. `since` is the run's time in ns."""

    data: bytes
    direction: Direction
    since: int


@dataclass(frozen=True, slots=True)
class Status:
    """One moment of a run."""

    url: str
    phase: Phase = Phase.STARTING
    link: str = ""
    link_note: str = ""
    """What the user should know about the link: why `auto` took it, what is odd about it."""
    impair: str = ""
    virtual_time: bool = True
    held: bool = False
    stopped: str = ""
    """The breakpoint that shut the gate; empty where the user did."""
    pace: float = 0.0
    now: int = 0
    due: int | None = None
    """When something happens by itself next, in the run's ns; None: nothing will."""
    pending: tuple[PendingFrame, ...] = ()
    body: int = 0
    """Octets of the response's body so far."""
    response: str = ""
    """The response's status, e.g. "200 OK"."""
    length: int | None = None
    """Octets that the server promised; None where it did not."""
    sent: int = 0
    """Octets of the request's body that are on their way."""
    outcomes: tuple[Failure | None, ...] = ()
    """What became of each URL that is done: None where all went well."""
    failure: Failure | None = None
    """The latest."""
