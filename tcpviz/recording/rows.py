"""The rows of a recording, packed: what happened, where its bytes are, and the snapshot's scalars.

The same octets are in memory and in the file. A chunk never moves or grows, so that another thread may
read any row that was published while more are being written.
"""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.snapshot import SCALAR_COUNT, Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer


class Kind(IntEnum):
    """What a row tells."""

    FRAME = 0
    """A packet."""
    TIMER = 1
    """A timer fired."""
    CALL = 2
    """The application did something: connect, send, close."""
    NOTE = 3
    """A remark of the session: resolving, the gate, an error."""


class Row(NamedTuple):
    """One row. `direction` and `length` mean something for frames only."""

    time: int
    """In ns since the run's start."""
    kind: Kind
    direction: Direction
    fate: Fate
    number: int
    """As Wireshark numbers the frame, from 1; 0 for what is not among the captured frames."""
    length: int
    """Octets of the frame on the wire."""
    flow: int
    """The number of the connection it belongs to; 0 for none."""
    peer_state: State | None
    """The state of the other end, where that is known."""


class Places(NamedTuple):
    """Where in the file those parts of a row are that vary in length; 0 for none."""

    data: int
    """The frame."""
    size: int
    """How many octets of the frame the file has: all, except in a capture that was limited."""
    extras: int
    """The variable parts of the snapshot."""
    told: int
    """The events and the text."""


_HEAD = Struct("<qBBBIIIB")  # Row
_PLACES = Struct("<QIQQ")
# The first of the timers that run, and its deadline.
_TIMER = Struct("<Bq")
# In the order of Snapshot: state; ISS IRS SND.UNA .NXT .MAX .WND RCV.NXT .WND MSS; cwnd ssthresh SRTT RTTVAR
# RTO; backoff; duplicate ACKs, unsent, unread.
_SCALARS = Struct("<BIIIIIIIIIqqqqqHIII")
_ROW = Struct("<" + (_HEAD.format + _PLACES.format + _TIMER.format + _SCALARS.format).replace("<", ""))
# The same, by what differs from frame to frame of a run: number, place, RCV.NXT and RCV.WND, unread.
_RUN_ROW = Struct("<11sI9sQ54sII54sI")
_TIMER_AT = _HEAD.size + _PLACES.size
_SCALARS_AT = _TIMER_AT + _TIMER.size
_TIME = Struct("<q")
_NO_STATE = 0xFF
_NO_TIMER = (0xFF, 0)
_NO_SNAPSHOT = (_NO_STATE, *(0,) * (SCALAR_COUNT - 1))

ROW_SIZE = _ROW.size
CHUNK_ROWS = 1 << 12
"""Rows in a chunk. Memory for more of them at once would take too long: a peer may wait for our ACK."""

_KINDS = tuple(Kind)
_FATES = tuple(Fate)
_DIRECTIONS = {direction.value: direction for direction in Direction}
_STATES: dict[int, State | None] = {state.value: state for state in State} | {_NO_STATE: None}
_CODES: dict[int, set[int]] = {
    8: set(_KINDS),
    9: set(_DIRECTIONS),
    10: set(_FATES),
    23: set(_STATES),
    _SCALARS_AT: set(_STATES),
}
"""What may stand in the single octets of a row."""


def last_number(packed: bytes) -> int:
    """The highest number of a frame among these rows; 0 where none is a captured frame."""
    numbers = (_HEAD.unpack_from(packed, at)[4] for at in range(0, len(packed), ROW_SIZE))
    return max(numbers, default=0)


class Rows:
    """All rows in chunks of CHUNK_ROWS. One thread appends; who reads must know how many are there."""

    def __init__(self) -> None:
        self._chunks: list[bytearray] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(
        self,
        time: int,
        kind: Kind,
        direction: Direction,
        fate: Fate,
        number: int,
        length: int,
        flow: int,
        peer_state: State | None,
        places: tuple[int, int, int, int],
        snapshot: Snapshot | None,
    ) -> None:
        """Add a row: the fields of Row, those of Places as a plain tuple, and of the snapshot its scalars
        and the first deadline: most have no other."""
        index = self._length % CHUNK_ROWS
        deadlines = snapshot.deadlines if snapshot else ()
        _ROW.pack_into(
            self._chunks[-1] if index else self._new_chunk(),
            index * ROW_SIZE,
            time,
            kind,
            direction,
            fate,
            number,
            length,
            flow,
            _NO_STATE if peer_state is None else peer_state,
            *places,
            *(deadlines[0] if deadlines else _NO_TIMER),
            *(snapshot[:SCALAR_COUNT] if snapshot else _NO_SNAPSHOT),
        )
        self._length += 1

    def repeat(self, count: int, step: int, octets: int) -> None:
        """Add `count` rows like the last one, each of a frame that stands `step` behind the one before in the
        file and brought `octets` in order."""
        head, number, about, place, more, rcv_nxt, rcv_wnd, others, unread = _RUN_ROW.unpack_from(
            *self._place(self._length - 1)
        )
        pack = _RUN_ROW.pack_into
        for row in range(self._length, self._length + count):
            index = row % CHUNK_ROWS
            chunk = self._chunks[-1] if index else self._new_chunk()
            number, place, unread = number + 1, place + step, unread + octets
            rcv_nxt, rcv_wnd = rcv_nxt + octets & 0xFFFF_FFFF, rcv_wnd - octets
            pack(chunk, index * ROW_SIZE, head, number, about, place, more, rcv_nxt, rcv_wnd, others, unread)
        self._length += count

    def extend(self, packed: Buffer) -> None:
        """Add rows that `packed` gave. ParseError when they are something else."""
        view = memoryview(packed)
        if len(view) % ROW_SIZE or not all(set(view[at::ROW_SIZE]) <= known for at, known in _CODES.items()):
            raise ParseError("not the rows of a recording")
        while view:
            index = self._length % CHUNK_ROWS
            part = view[: (CHUNK_ROWS - index) * ROW_SIZE]
            chunk = self._chunks[-1] if index else self._new_chunk()
            chunk[index * ROW_SIZE : index * ROW_SIZE + len(part)] = part
            self._length += len(part) // ROW_SIZE
            view = view[len(part) :]

    def _new_chunk(self) -> bytearray:
        self._chunks.append(bytearray(CHUNK_ROWS * ROW_SIZE))
        return self._chunks[-1]

    def packed(self, start: int, stop: int) -> list[memoryview]:
        """The rows from `start` up to `stop` as they are packed, one piece for each chunk."""
        pieces = []
        while start < stop:
            chunk, index = divmod(start, CHUNK_ROWS)
            count = min(stop - start, CHUNK_ROWS - index)
            pieces.append(memoryview(self._chunks[chunk])[index * ROW_SIZE : (index + count) * ROW_SIZE])
            start += count
        return pieces

    def row(self, i: int) -> Row:
        """The fields of row `i`."""
        time, kind, direction, fate, number, length, flow, peer = _HEAD.unpack_from(*self._place(i))
        return Row(
            time, _KINDS[kind], _DIRECTIONS[direction], _FATES[fate], number, length, flow, _STATES[peer]
        )

    def time(self, i: int) -> int:
        """The time of row `i`: the field that is looked at most."""
        time: int = _TIME.unpack_from(*self._place(i))[0]
        return time

    def places(self, i: int) -> Places:
        """Where the rest of row `i` is."""
        chunk, at = self._place(i)
        return Places._make(_PLACES.unpack_from(chunk, at + _HEAD.size))

    def snapshot(self, i: int) -> Snapshot | None:
        """The snapshot of row `i` as far as a row has it: the scalars and the first deadline."""
        chunk, at = self._place(i)
        state, *scalars = _SCALARS.unpack_from(chunk, at + _SCALARS_AT)
        if state == _NO_STATE:
            return None
        timer = _TIMER.unpack_from(chunk, at + _TIMER_AT)
        deadlines = (timer,) if timer != _NO_TIMER else ()
        return Snapshot(State(state), *scalars)._replace(deadlines=deadlines)

    def _place(self, i: int) -> tuple[bytearray, int]:
        chunk, index = divmod(i, CHUNK_ROWS)
        return self._chunks[chunk], index * ROW_SIZE
