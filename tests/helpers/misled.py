"""tcpviz with a hostile server in its lab. Arguments: what that says, then what follows `tcpviz`."""

import sys

import h11
from helpers.hostile import HOSTILE, INVISIBLE, PAYLOAD

from tcpviz.cli import main
from tcpviz.lab.server import Visit

LET_IN = (INVISIBLE + "\x85\x9b31m \x9d52;c;b3duZWQ=\x9c").encode() + b"\x9b2J \x9d0;owned\x9c"
"""No control of ASCII, which h11 refuses in a head: those of the upper half, as UTF-8 and as octets."""
_BODY = b"\r\nContent-Length: %d\r\n\r\n%b" % (len(PAYLOAD), PAYLOAD)
_EVERYWHERE = b"200 %b\r\nServer: %b\r\nX-More: %b%b" % (LET_IN, LET_IN, LET_IN, _BODY)
ANSWERS = {
    "head": _EVERYWHERE,
    "refused": b"200 %b%b" % (HOSTILE.encode(), _BODY),
    "failed": _EVERYWHERE.replace(b"200", b"404", 1),
    "moved": b"302 Found\r\nLocation: http://%b.test/%b\r\nContent-Length: 0\r\n\r\n" % (LET_IN, LET_IN),
    "scheme": b"302 Found\r\nLocation: %b:%b\r\nContent-Length: 0\r\n\r\n" % (LET_IN, LET_IN),
    "chunked": b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;%b\r\nabcde\r\n0\r\nX: %b\r\n\r\n"
    % (LET_IN, LET_IN),
    "encoded": b"200 OK\r\nContent-Encoding: %b%b" % (LET_IN, _BODY),
}


def lie(self: Visit, event: h11.Event, answer: bytes) -> None:
    """Queue `answer` where a response should begin, and nothing for the rest of it."""
    self._http.send(event)
    if isinstance(event, h11.Response):
        self._unsent = memoryview(bytes(self._unsent) + b"HTTP/1.1 " + answer)


if __name__ == "__main__":
    said = ANSWERS[sys.argv.pop(1)]
    Visit._queue = lambda self, event: lie(self, event, said)  # type: ignore[method-assign]
    main()
