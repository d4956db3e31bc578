"""What goes wrong, as the kinds of OSError that users of sockets expect, in our words."""

import errno
import socket
import ssl
from collections.abc import Iterable

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.host.errors import HostError
from tcpviz.host.flow import Flow
from tcpviz.link.base import LinkError
from tcpviz.recording import RecordingError
from tcpviz.tcp.events import CloseReason


def closed() -> OSError:
    """It was closed here."""
    return OSError(errno.EBADF, "it is closed")


def broken(text: str) -> OSError:
    """Nothing can be sent any more."""
    return BrokenPipeError(errno.EPIPE, text)


def unresolved(text: str) -> OSError:
    """A name has no address."""
    return socket.gaierror(socket.EAI_NONAME, text)


def of_run(error: Exception) -> OSError:
    """What ended a whole run, or kept it from beginning."""
    if isinstance(error, LinkError):
        number = errno.EPERM if error.privilege else errno.ENETDOWN
        return OSError(number, str(error))  # for EPERM Python makes it a PermissionError
    if isinstance(error, RecordingError):
        cause = error.__cause__
        return OSError((isinstance(cause, OSError) and cause.errno) or errno.EIO, str(error))
    if isinstance(error, HostError):
        return OSError(errno.EADDRNOTAVAIL, str(error))
    return OSError(errno.EIO, f"tcpviz itself failed, which is a bug: {type(error).__name__}: {error}")


def of_dial(failure: Failure, tried: Iterable[Flow]) -> OSError:
    """There is no connection; these were tried."""
    text = f"{failure.text}; {failure.advice}" if failure.advice else failure.text
    if failure.exit_code is ExitCode.UNRESOLVED:
        return unresolved(text)
    if failure.exit_code is ExitCode.TIMED_OUT:
        return TimeoutError(errno.ETIMEDOUT, text)
    if failure.exit_code is ExitCode.RECEIVE_FAILED:
        return ConnectionResetError(errno.ECONNRESET, text)
    if any(flow.connection.end is CloseReason.REFUSED for flow in tried):
        return ConnectionRefusedError(errno.ECONNREFUSED, text)
    return OSError(errno.EHOSTUNREACH, text)


def of_tls(failure: Failure) -> OSError:
    """TLS came to nothing, as the module `ssl` raises it."""
    if failure.exit_code is ExitCode.TIMED_OUT:
        return TimeoutError(errno.ETIMEDOUT, failure.text)
    kind = ssl.SSLCertVerificationError if failure.exit_code is ExitCode.CERTIFICATE else ssl.SSLError
    return kind(ssl.SSLErrorNumber.SSL_ERROR_SSL, failure.text)


def of_end(flow: Flow) -> OSError | None:
    """Why nothing more can be done with a connection; None as long as it is not over."""
    match flow.connection.end:
        case None:
            return None
        case CloseReason.RESET | CloseReason.REFUSED:
            return ConnectionResetError(errno.ECONNRESET, f"{flow.remote} reset the connection")
        case CloseReason.TIMED_OUT:
            return TimeoutError(errno.ETIMEDOUT, f"{flow.remote} acknowledges nothing any more")
        case CloseReason.UNREACHABLE:
            return OSError(errno.EHOSTUNREACH, f"{flow.remote} can't be reached any more")
        case CloseReason.ABORTED:
            return ConnectionAbortedError(errno.ECONNABORTED, "the connection was given up here")
        case CloseReason.NORMAL:
            return broken("both sides have closed the connection")
