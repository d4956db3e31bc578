"""A request on its way out: its header, then its body as fast as the stream takes it."""

import h11

from tcpviz.client.failure import ExitCode, Failure, FetchError
from tcpviz.client.outlet import READ_SIZE
from tcpviz.client.request import Body
from tcpviz.client.stream import Stream
from tcpviz.tcp.config import SECOND
from tcpviz.tcp.state import State

_PATIENCE = SECOND
"""How long a body waits for a 100 (Continue), which many servers never send (RFC 9110 10.1.1)."""
_CAN_SEND = (State.ESTABLISHED, State.CLOSE_WAIT)


class Sending:
    """One request of an h11 connection; `step` takes it as far as the stream has room."""

    def __init__(self, http: h11.Connection, head: h11.Request, body: Body | None, *, expects: bool) -> None:
        """`expects`: the body waits for the server's word, but not for ever."""
        self.body_sent = 0
        """Octets of the body that were given to the stream."""
        self.due: int | None = None
        """When the body no longer waits."""
        self._http = http
        self._body = body
        self._expects = expects
        self._at_end = body is None
        text = http.send(head) or b""
        self._unsent = memoryview(text if body else text + (http.send(h11.EndOfMessage()) or b""))

    @property
    def done(self) -> bool:
        """Whether the stream has taken all of it."""
        return self._at_end and not self._unsent

    def go_on(self) -> None:
        """The server wants the body."""
        self._expects, self.due = False, None

    def step(self, stream: Stream, now: int) -> None:
        """Go as far as it goes. Raises FetchError where the body can't be read."""
        if self.due is not None and now >= self.due:
            self.go_on()
        if stream.state not in _CAN_SEND:
            return
        while self._flush(stream, now) and self._body and not self._at_end and not self._waits(now):
            room = stream.writable
            if not room:
                return
            self._read(self._body, min(room, READ_SIZE))

    def _flush(self, stream: Stream, now: int) -> bool:
        """Hand over what waits; whether all of it was taken."""
        if self._unsent:
            self._unsent = self._unsent[stream.send(self._unsent, now) :]
        return not self._unsent

    def _waits(self, now: int) -> bool:
        if self._expects and self.due is None:
            self.due = now + _PATIENCE
        return self._expects

    def _read(self, body: Body, limit: int) -> None:
        """The next piece of the body, or its end."""
        try:
            if not self.body_sent:
                body.rewind()  # an earlier request may have sent it, too
            data = body.read(limit)
            self._at_end = not data
            text = self._http.send(h11.Data(data) if data else h11.EndOfMessage())
        except OSError as error:
            why = f"what was to be sent could not be read: {error.strerror}"
            raise FetchError(Failure(ExitCode.READ_FAILED, why)) from None
        except h11.LocalProtocolError:
            changed = "the file has changed its length while it was being sent"
            raise FetchError(Failure(ExitCode.READ_FAILED, changed, "send a copy that rests")) from None
        self._unsent = memoryview(text or b"")
        self.body_sent += len(data)
