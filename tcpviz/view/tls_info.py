"""The Info column of TLS: the records that begin in a segment, in Wireshark's words.

Without keys: what is encrypted is called so, as Wireshark does where it has none.
"""

from collections.abc import Iterator

from tcpviz.view.safe import SafeText, safe
from tcpviz.wire import tls
from tcpviz.wire.segment import Buffer

_LONGEST_NAME = 80

_MESSAGES = {
    0: "Hello Request",
    tls.CLIENT_HELLO: "Client Hello",
    tls.SERVER_HELLO: "Server Hello",
    4: "New Session Ticket",
    8: "Encrypted Extensions",
    11: "Certificate",
    12: "Server Key Exchange",
    13: "Certificate Request",
    14: "Server Hello Done",
    15: "Certificate Verify",
    16: "Client Key Exchange",
    20: "Finished",
    22: "Certificate Status",
    24: "Key Update",
}

_LEVELS = {1: "Warning", 2: "Fatal"}
# RFC 8446 section 6
_ALERTS = {
    0: "Close Notify",
    10: "Unexpected Message",
    20: "Bad Record MAC",
    22: "Record Overflow",
    40: "Handshake Failure",
    42: "Bad Certificate",
    43: "Unsupported Certificate",
    44: "Certificate Revoked",
    45: "Certificate Expired",
    46: "Certificate Unknown",
    47: "Illegal Parameter",
    48: "Unknown CA",
    49: "Access Denied",
    50: "Decode Error",
    51: "Decrypt Error",
    70: "Protocol Version",
    71: "Insufficient Security",
    80: "Internal Error",
    86: "Inappropriate Fallback",
    90: "User Canceled",
    100: "No Renegotiation",
    109: "Missing Extension",
    110: "Unsupported Extension",
    112: "Unrecognized Name",
    113: "Bad Certificate Status Response",
    115: "Unknown PSK Identity",
    116: "Certificate Required",
    120: "No Application Protocol",
}


def tls_info(payload: Buffer) -> SafeText | None:
    """ "Server Hello, Change Cipher Spec, Application Data"; None where no TLS record begins."""
    words: list[str] = []
    ciphered = False
    for record in tls.records(payload):
        words += _record(record, ciphered)
        ciphered = ciphered or record.type == tls.CHANGE_CIPHER_SPEC
    return safe(", ".join(words)) if words else None


def _record(record: tls.Record, ciphered: bool) -> Iterator[str]:
    """`ciphered`: a Change Cipher Spec stood before it."""
    if record.type == tls.CHANGE_CIPHER_SPEC:
        yield "Change Cipher Spec"
    elif record.type == tls.APPLICATION_DATA:
        yield "Application Data"
    elif record.type == tls.ALERT:
        yield _alert(record)
    else:
        kinds = [] if ciphered else list(tls.messages(record))
        known = bool(kinds) and all(kind in _MESSAGES for kind in kinds)
        yield from (_message(kind, record) for kind in kinds) if known else ("Encrypted Handshake Message",)


def _alert(record: tls.Record) -> str:
    if record.length != 2 or len(record.fragment) < 2:
        return "Encrypted Alert"
    level, description = record.fragment
    level_name, name = _LEVELS.get(level, f"{level}"), _ALERTS.get(description, f"{description}")
    return f"Alert (Level: {level_name}, Description: {name})"


def _message(kind: int, record: tls.Record) -> str:
    if kind != tls.CLIENT_HELLO:
        return _MESSAGES[kind]
    name = tls.server_name(record.fragment)[:_LONGEST_NAME]
    return f"Client Hello (SNI={safe(name)})" if name else "Client Hello"
