"""The HTTP/1 messages of a conversation: head, framing, size of the body, and the packets they came in.

It reads what others sent, right or wrong, and says what it can't read; it never raises (RFC 9112).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from tcpviz.view.conversation import Conversation, Side

LONGEST_HEAD = 1 << 16
"""Octets after which what has no end is no head."""

_BATCH = 16
"""Pieces between two looks at the clock."""

_REQUEST = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.\d\r?")
_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})(?: [^\n]*)?\r?")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?")
_NO_BODY = (204, 304)


class Framing(Enum):
    """How a message says where its body ends (RFC 9112 6.3)."""

    NONE = "no body"
    LENGTH = "Content-Length"
    CHUNKED = "chunked"
    CLOSE = "until the connection closes"


@dataclass(slots=True)
class Message:
    """One request or response; `first` and `last` are positions of packets."""

    side: Side
    first: int
    """Where its first octet is."""
    last: int
    """Where the last octet so far is."""
    start_line: bytes = b""
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    framing: Framing = Framing.NONE
    body: int = 0
    """Octets of the body so far, without the framing of chunks."""
    announced: int | None = None
    """Octets that Content-Length promises."""
    chunks: list[tuple[int, int]] = field(default_factory=list)
    """Size of each chunk and the packet that its size stands in."""
    complete: bool = False

    @property
    def status(self) -> int:
        """The status code of a response; 0 for a request."""
        found = _STATUS.fullmatch(self.start_line)
        return int(found[1]) if found else 0

    def values(self, name: bytes) -> list[bytes]:
        """The values of all fields of this name, in lower case."""
        return [value.lower() for key, value in self.fields if key.lower() == name]


@dataclass(slots=True)
class Exchange:
    """A request and what answers it; interim responses (100, 103) before the final one."""

    request: Message | None
    responses: list[Message] = field(default_factory=list)


class HttpReader:
    """Finds the exchanges of a conversation, a little at a time."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.exchanges: list[Exchange] = []
        self.problem = ""
        """Why there is nothing more to read."""
        self._answered = 0
        self._read = 0
        self._parsers = (
            _Parser(Side.CLIENT, self._requested),
            _Parser(Side.SERVER, self._responded),
        )

    def advance(self, budget_ns: int, clock: Callable[[], int]) -> bool:
        """Read pieces until none is left or `budget_ns` have passed on `clock`; whether there was any."""
        if self.problem or self._read == len(self.conversation):
            return False
        deadline = clock() + budget_ns
        while self._read < len(self.conversation) and not self.problem:
            index, self._read = self._read, self._read + 1
            piece = self.conversation[index]
            parser = self._parsers[piece.side]
            parser.feed(piece.position, piece.length, partial(self.conversation.data, index))
            self.problem = parser.problem
            if self._read % _BATCH == 0 and clock() >= deadline:
                break
        return True

    def _requested(self, message: Message) -> None:
        self.exchanges.append(Exchange(message))
        _frame(message, None)

    def _responded(self, message: Message) -> None:
        if self._answered == len(self.exchanges):
            self.exchanges.append(Exchange(None))
        exchange = self.exchanges[self._answered]
        exchange.responses.append(message)
        interim = 100 <= message.status < 200 and message.status != 101
        if not interim:
            self._answered += 1
        _frame(message, exchange.request)


def _frame(message: Message, request: Message | None) -> None:
    """How long its body is, by RFC 9112 6.3; `request`: what it answers."""
    lengths = message.values(b"content-length")
    if message.side is Side.SERVER and _has_no_body(message.status, request):
        message.framing = Framing.NONE
    elif any(value.endswith(b"chunked") for value in message.values(b"transfer-encoding")):
        message.framing = Framing.CHUNKED
    elif lengths and lengths[0].isdigit() and len(lengths[0]) < 16:
        message.framing, message.announced = Framing.LENGTH, int(lengths[0])
    else:
        message.framing = Framing.CLOSE if message.side is Side.SERVER else Framing.NONE


def _has_no_body(status: int, request: Message | None) -> bool:
    to_head = request is not None and request.start_line.startswith(b"HEAD ")
    return to_head or status < 200 or status in _NO_BODY


class _State(Enum):
    """What the next octets are."""

    START = "a start line"
    FIELD = "a field, or the end of the head"
    BODY = "the body, or a chunk of it"
    CHUNK_SIZE = "the size of a chunk"
    CHUNK_END = "the end of the line behind a chunk"
    TRAILER = "a field behind the last chunk, or the end"


class _Parser:
    """Reads the messages of one side."""

    def __init__(self, side: Side, begun: Callable[[Message], None]) -> None:
        self.problem = ""
        self._begun = begun
        self._side = side
        self._state = _State.START
        self._line = bytearray()
        self._head = 0
        self._left: int | None = 0
        """Octets of the body still to come; None: until the connection closes."""
        self._message = Message(side, 0, 0)

    def feed(self, position: int, length: int, read: Callable[[], bytes]) -> None:
        """The next octets are in the packet at `position`; they are read only where they are no body."""
        at, data = 0, b""
        while at < length and not self.problem:
            if self._state is _State.BODY:
                at += self._skip(length - at)
            else:
                data = data or read()
                if at >= len(data):
                    self.problem = "a part of it was not captured"
                    return
                if self._state is _State.START and not self._line:
                    self._message.first = position
                at = self._take_line(data, at)
            self._message.last = position

    def _skip(self, available: int) -> int:
        message = self._message
        taken = available if self._left is None else min(available, self._left)
        message.body += taken
        if self._left is not None:
            self._left -= taken
            if not self._left:
                self._end_of_body()
        return taken

    def _end_of_body(self) -> None:
        if self._message.framing is Framing.CHUNKED:
            self._state = _State.CHUNK_END
        else:
            self._finish()

    def _finish(self) -> None:
        """The message is complete; the next octet begins another one."""
        self._message.complete = True
        self._state, self._head = _State.START, 0

    def _take_line(self, data: bytes, at: int) -> int:
        """Collect octets up to the end of a line, and obey the line once it is there."""
        end = data.find(b"\n", at)
        stop = len(data) if end < 0 else end + 1
        self._line += data[at:stop]
        self._head += stop - at
        if self._head > LONGEST_HEAD:
            self.problem = "its head has no end"
        elif end >= 0:
            line = bytes(self._line[:-1]).removesuffix(b"\r")
            self._line.clear()
            self._obey(line, self._message.first)
        return stop

    def _obey(self, line: bytes, first: int) -> None:
        match self._state:
            case _State.START:
                self._start(line, first)
            case _State.FIELD if line:
                name, _, value = line.partition(b":")
                self._message.fields.append((name.strip(), value.strip()))
            case _State.FIELD:
                self._end_of_head()
            case _State.CHUNK_SIZE:
                self._chunk(line)
            case _State.CHUNK_END:
                self._state, self._head = _State.CHUNK_SIZE, 0
            case _State.TRAILER if not line:
                self._finish()

    def _start(self, line: bytes, first: int) -> None:
        if not line:  # RFC 9112 2.2: some send one too many
            return
        if not (_REQUEST if self._side is Side.CLIENT else _STATUS).fullmatch(line):
            self.problem = "what follows is no HTTP/1"
            return
        self._message = Message(self._side, first, first, line)
        self._state = _State.FIELD

    def _end_of_head(self) -> None:
        message = self._message
        self._begun(message)
        self._left, self._head = message.announced, 0
        if message.status == 101:
            self.problem = "what follows is another protocol (101 Switching Protocols)"
        elif message.framing is Framing.NONE or message.announced == 0:
            self._finish()
        else:
            self._state = _State.CHUNK_SIZE if message.framing is Framing.CHUNKED else _State.BODY

    def _chunk(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if not found:
            self.problem = "a chunk has no size"
            return
        size = int(found[1], 16)
        self._message.chunks.append((size, self._message.last))
        self._left = size
        self._state = _State.BODY if size else _State.TRAILER
