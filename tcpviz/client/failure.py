"""Why a fetch came to nothing, with curl's exit codes, so that scripts can tell."""

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """curl's numbers for what went wrong."""

    UNSUPPORTED_PROTOCOL = 1
    USAGE = 2
    MALFORMED_URL = 3
    UNRESOLVED = 6
    CONNECT_FAILED = 7
    PARTIAL = 18
    HTTP_ERROR = 22
    WRITE_FAILED = 23
    READ_FAILED = 26
    TIMED_OUT = 28
    TLS_HANDSHAKE = 35
    TOO_MANY_REDIRECTS = 47
    EMPTY_REPLY = 52
    RECEIVE_FAILED = 56
    CERTIFICATE = 60
    BAD_ENCODING = 61
    INTERNAL = 70
    """Our own fault, which curl has no number for: sysexits' EX_SOFTWARE."""
    BAD_CA_FILE = 77


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong (`text`) and what the user can do about it (`advice`, may be empty).

    `text` may quote the peer: it is not safe to show as it is.
    """

    exit_code: int
    text: str
    advice: str = ""


def unresolved(name: str, why: str) -> Failure:
    """`name` has no address; `why` in the resolver's words."""
    text = f"the name {name} could not be resolved: {why}"
    return Failure(ExitCode.UNRESOLVED, text, "is it spelled right?")


def timed_out(stage: str) -> Failure:
    """The user's time limit was reached in `stage`, as in "connecting"."""
    advice = "give it longer with --timeout, or look at what was sent again"
    return Failure(ExitCode.TIMED_OUT, f"the time is up while {stage}", advice)


class FetchError(Exception):
    """Raised inside the client where only its caller can make a failure the fetch's own."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class CutOffError(FetchError):
    """TCP ended, and TLS's goodbye never came: whether anything is missing, only the layer above can tell."""
