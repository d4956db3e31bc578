"""What the screen needs of a session. `session.Session` has it; tests have their own."""

from collections.abc import Callable, Sequence
from typing import Protocol

from tcpviz.link.plan import Plan
from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Status
from tcpviz.session.watch import Watch


class RunningSession(Protocol):
    """Two values to read, which another thread replaces, and commands to give."""

    recording: Recording
    status: Status
    unkept: str
    """Why the run is not kept by itself, though it should be; empty: it is, or nobody wanted it."""

    def stop(self, wait: float = 0.3) -> None:
        """End the run; wait at most so many seconds."""

    def hold(self) -> None:
        """Shut the gate."""

    def resume(self) -> None:
        """Open the gate."""

    def step(self, action: GateAction = GateAction.PASS) -> None:
        """Do `action` to the packet at the gate."""

    def stop_at(self, stops: Sequence[Watch]) -> None:
        """Shut the gate by itself at any of these, and at no others."""

    def impair(self, plan: Plan) -> None:
        """Let these things go wrong on the way from now on."""

    def set_pace(self, pace: float) -> None:
        """Lab seconds that pass in one of ours; 0: as fast as it goes."""


StartSession = Callable[[RunOptions], RunningSession]
