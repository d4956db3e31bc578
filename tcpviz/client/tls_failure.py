"""What OpenSSL's errors mean: curl's exit code, plain words, and what to do."""

import re
import ssl

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.tcp.events import CloseReason

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")
_CLOSED = "the server closed the connection in the middle of the TLS handshake"
_UNTRUSTED = "nobody whom this machine trusts vouches for the certificate of {name}: {why}"
_TRUST_ADVICE = (
    "trust its CA with --cacert FILE; if every site fails like this, install your system's CA certificates "
    "(the package ca-certificates); --insecure goes on without any proof of who answers"
)
_CLOCK_ADVICE = "is this machine's clock right? If so, only the server's owner can mend it"
_NAME_ADVICE = "use a name that the certificate is for; --insecure goes on without any proof of who answers"

# By OpenSSL's X509_V_ERR numbers.
_CERTIFICATE = {
    9: ("the certificate of {name} is not valid yet", _CLOCK_ADVICE),
    10: ("the certificate of {name} has expired", _CLOCK_ADVICE),
    18: (_UNTRUSTED.format(name="{name}", why="it is self-signed"), _TRUST_ADVICE),
    19: (_UNTRUSTED.format(name="{name}", why="its CA is not known here (self-signed)"), _TRUST_ADVICE),
    20: (_UNTRUSTED.format(name="{name}", why="its CA is not known here"), _TRUST_ADVICE),
    21: (_UNTRUSTED.format(name="{name}", why="its CA is not known here"), _TRUST_ADVICE),
    62: ("the certificate of the server is for another host than {name}", _NAME_ADVICE),
    64: ("the certificate of the server is for another address than {name}", _NAME_ADVICE),
}

_HANDSHAKE = {
    "WRONG_VERSION_NUMBER": ("{name} does not speak TLS on that port", "try the URL with http://"),
    "HTTP_REQUEST": ("{name} does not speak TLS on that port", "try the URL with http://"),
    "UNSUPPORTED_PROTOCOL": (
        "{name} speaks only versions of TLS before 1.2, which prove nothing any more",
        "only the server's owner can mend it",
    ),
    "UNEXPECTED_EOF_WHILE_READING": (
        _CLOSED,
        "is that a TLS port?",
    ),
}


CUT_OFF = Failure(
    ExitCode.RECEIVE_FAILED,
    "the connection was cut off: TCP ended without TLS's close_notify, so something may be missing",
)


def of_handshake(error: ssl.SSLError, name: str) -> Failure:
    """Why the handshake with the server `name` failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error, name)
    if isinstance(error, ssl.SSLEOFError):
        return Failure(ExitCode.TLS_HANDSHAKE, *_HANDSHAKE["UNEXPECTED_EOF_WHILE_READING"])
    if error.reason in _HANDSHAKE:
        text, advice = _HANDSHAKE[error.reason]
        return Failure(ExitCode.TLS_HANDSHAKE, text.format(name=name), advice)
    if alert := _alert(error):
        text = f"{name} refused the TLS handshake: {alert}"
        return Failure(
            ExitCode.TLS_HANDSHAKE, text, "the two sides have no version, cipher or name in common"
        )
    return Failure(ExitCode.TLS_HANDSHAKE, f"the TLS handshake with {name} failed: {_words(error)}")


def of_transfer(error: ssl.SSLError) -> Failure:
    """Why an established TLS connection ended."""
    if alert := _alert(error):
        text = f"the server ended the TLS connection: {alert}"
    else:
        text = f"what came is no TLS that we agreed on: {_words(error)}"
    return Failure(ExitCode.RECEIVE_FAILED, text)


def cut_off(why: CloseReason) -> Failure:
    """The TCP connection came to its end during the handshake."""
    if why is CloseReason.TIMED_OUT:
        return Failure(ExitCode.TIMED_OUT, "the server stopped answering in the middle of the TLS handshake")
    text = f"the connection was {why.value} in the middle of the TLS handshake"
    return Failure(ExitCode.TLS_HANDSHAKE, text, "is that a TLS port?")


def _of_certificate(error: ssl.SSLCertVerificationError, name: str) -> Failure:
    unknown = (f"the certificate of {{name}} can't be trusted: {error.verify_message}", _TRUST_ADVICE)
    text, advice = _CERTIFICATE.get(error.verify_code, unknown)
    return Failure(ExitCode.CERTIFICATE, text.replace("{name}", name), advice)


def _alert(error: ssl.SSLError) -> str:
    """The alert that the server sent, by its name in RFC 8446 section 6; empty for none."""
    found = _ALERT.match(error.reason or "")
    return f"alert {found[1].lower()}" if found else ""


def _words(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")
