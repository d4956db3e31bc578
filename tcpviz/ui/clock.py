"""Which of the clocks is in force, in words: always on the screen, so that no one takes one for another."""

from tcpviz.session.status import Status
from tcpviz.ui.strips import Run
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

WORTH_A_WORD = 1_000_000_000
"""A pause that the user sees (ns): from here on the screen counts down."""


def badge(status: Status | None, *, follows: bool) -> Run:
    """The name of the clock. No `status`: a file is shown, nothing is going on."""
    if status is None:
        return safe("CAPTURE FILE"), Role.INFO
    if status.held and not status.phase.over:
        return safe("HOLDING"), Role.PENDING
    if not follows:
        return safe("LOOKING BACK"), Role.WARN
    if status.phase.over:
        return safe("FAILED" if status.failure else "ENDED"), Role.STRONG
    if status.virtual_time:
        return safe(f"LAB TIME {pace_text(status.pace)}"), Role.GOOD
    return safe("LIVE"), Role.GOOD


def remark(
    status: Status | None, *, follows: bool, read: float = 1.0, loss: str = "", next_try: int | None = None
) -> SafeText:
    """What the clock means for the traffic; of a file, which part has been `read` so far, and whether
    there is a `loss`.

    `next_try`: when a peer that is kept waiting will probably send again (run's ns).
    """
    if status is None:
        whole = "not all could be read" if loss else "as it was recorded"
        return safe(whole if read == 1 else f"read so far: {read:.0%}")
    if status.phase.over:
        return safe("the fetch failed" if status.failure else "the run is over")
    if status.held and status.stopped:
        return safe(f"at {status.stopped}")
    if status.held and status.virtual_time:
        return safe("all clocks stand still")
    if status.held:
        return _impatience(status, next_try) or safe("the peer's clock goes on")
    if not follows:
        return safe("traffic goes on")
    return _quiet(status) or safe("following the traffic")


def _impatience(status: Status, next_try: int | None) -> SafeText | None:
    if next_try is None:
        return None
    left = next_try - status.now
    return safe(f"peer resends in ~{left / 1e9:.1f} s" if left > 0 else "peer resends any moment")


def _quiet(status: Status) -> SafeText | None:
    """How long nothing will happen, in seconds of ours; None where that is not worth a word."""
    if status.due is None or (status.virtual_time and not status.pace):
        return None
    pace = status.pace if status.virtual_time else 1.0
    left = (status.due - status.now) / pace
    return safe(f"next event in {left / 1e9:.1f} s") if left > WORTH_A_WORD else None


def pace_text(pace: float) -> str:
    """How fast the seconds of the lab pass."""
    return f"x{pace:g}" if pace else "at full speed"
