"""Why a fetch came to nothing, with curl's exit codes, so that scripts can tell."""

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """curl's numbers for what went wrong."""

    UNSUPPORTED_PROTOCOL = 1
    MALFORMED_URL = 3
    UNRESOLVED = 6
    CONNECT_FAILED = 7
    PARTIAL = 18
    HTTP_ERROR = 22
    WRITE_FAILED = 23
    TIMED_OUT = 28
    TOO_MANY_REDIRECTS = 47
    EMPTY_REPLY = 52
    RECEIVE_FAILED = 56
    INTERNAL = 70
    """Our own fault, which curl has no number for: sysexits' EX_SOFTWARE."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong (`text`) and what the user can do about it (`advice`, may be empty).

    `text` may quote the peer: it is not safe to show as it is.
    """

    exit_code: int
    text: str
    advice: str = ""
