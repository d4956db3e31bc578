"""The packet list: one row as cells of plain text, with Wireshark's columns or those for one connection."""

from functools import lru_cache
from typing import NamedTuple

from tcpviz.analysis import TcpPacket
from tcpviz.analysis.layers import ETHERNET
from tcpviz.link.base import Direction, Fate
from tcpviz.view import units
from tcpviz.view.moment import Observed
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText
from tcpviz.view.summary import summarize
from tcpviz.wire.segment import ACK, FIN, RST, SYN


class Column(NamedTuple):
    """A column of the list: a field of `Line`. The one of width 0 takes the rest."""

    field: str
    title: SafeText
    width: int
    right: bool = False
    address: bool = False
    """What is too long loses its middle, not its end."""


def _columns(*columns: tuple[str, str, int, bool]) -> tuple[Column, ...]:
    return tuple(
        Column(field, SafeText(title), width, right, address=field in ("source", "destination"))
        for field, title, width, right in columns
    )


FULL = _columns(
    ("number", "No.", 7, True),
    ("time", "Time", 12, True),
    ("source", "Source", 20, False),
    ("destination", "Destination", 20, False),
    ("protocol", "Protocol", 8, False),
    ("length", "Length", 6, True),
    ("sign", " ", 1, False),
    ("info", "Info", 0, False),
)
"""Wireshark's."""

COMPACT = _columns(
    ("number", "No.", 7, True),
    ("time", "Time", 12, True),
    ("arrow", " ", 3, False),
    ("flags", "Flags", 8, False),
    ("seq", "Seq", 10, True),
    ("ack", "Ack", 10, True),
    ("window", "Win", 8, True),
    ("payload", "Len", 6, True),
    ("sign", " ", 1, False),
    ("note", "Info", 0, False),
)
"""For one connection, whose addresses and protocol are known."""

_STREAM = _columns(("stream", "Stream", 6, True))
MIXED = (*COMPACT[:2], *_STREAM, *COMPACT[2:])
"""The same for packets of several connections, which nothing else would tell apart."""

COLUMNS = {column.field: column for column in (*FULL, *MIXED)}
"""All of them, by their names."""


class Shown(NamedTuple):
    """A frame, and what is known of it."""

    data: bytes
    packet: TcpPacket | None
    """The TCP header in it, or in what it completes."""
    observed: Observed | None
    linktype: int = ETHERNET
    length: int = 0
    """On the wire; 0: all of it is here."""


class Line(NamedTuple):
    """One row of the list. What TCP alone has is empty in the row of another protocol."""

    number: SafeText
    """Wireshark's; "-" for a packet that no capture has."""
    time: SafeText
    source: SafeText
    destination: SafeText
    protocol: SafeText
    length: SafeText
    info: SafeText
    arrow: SafeText
    """-> for what we sent, <- for what came, with an x where it was lost."""
    flags: SafeText
    seq: SafeText
    ack: SafeText
    window: SafeText
    payload: SafeText
    stream: SafeText
    """As `tcp.stream` counts it."""
    note: SafeText
    """What `info` says beyond the columns of the compact list."""
    sign: SafeText
    """One character for what the colour says: R D O ? ! 0 F u k x ~ or blank."""
    role: Role


_SIGNS = {
    Role.RETRANSMISSION: "R",
    Role.DUPLICATE_ACK: "D",
    Role.OUT_OF_ORDER: "O",
    Role.UNSEEN: "?",
    Role.ZERO_WINDOW: "0",
    Role.WINDOW_FULL: "F",
    Role.WINDOW_UPDATE: "u",
    Role.KEEP_ALIVE: "k",
    Role.RESET: "!",
    Role.ICMP_ERROR: "!",
    Role.LOST: "x",
    Role.IMPAIRED: "~",
    Role.PENDING: ">",
}

_ARROWS = {
    (Direction.OUT, False): "-->",
    (Direction.OUT, True): "--x",
    (Direction.IN, False): "<--",
    (Direction.IN, True): "x--",
}

_FATES = {
    (Fate.LOST, Direction.OUT): "lost on the way to the peer",
    (Fate.LOST, Direction.IN): "lost on the way to us",
    (Fate.DUPLICATED, Direction.OUT): "duplicated on the way",
    (Fate.DUPLICATED, Direction.IN): "a copy made on the way",
    (Fate.DELAYED, Direction.OUT): "delayed on the way",
    (Fate.DELAYED, Direction.IN): "delayed on the way",
    (Fate.CORRUPTED, Direction.OUT): "corrupted on the way",
    (Fate.CORRUPTED, Direction.IN): "corrupted on the way",
    (Fate.MARKED, Direction.OUT): "marked on the way: congestion",
    (Fate.MARKED, Direction.IN): "marked on the way: congestion",
}

_BY_HAND = {
    Fate.LOST: "you dropped it",
    Fate.DUPLICATED: "the copy that you made",
    Fate.DELAYED: "you delayed it",
    Fate.CORRUPTED: "you corrupted it",
}

_EMPTY = SafeText("")


def line(
    number: int,
    time: int,
    direction: Direction,
    fate: Fate,
    frame: Shown,
    *,
    by_hand: bool = False,
) -> Line:
    """The row of a frame. `time` counts from the start of the run; `number` 0: no capture has it.

    `by_hand`: its fate was the user's doing.
    """
    return _line(
        SafeText(str(number) if number else "-"),
        units.seconds(time),
        _ARROWS[direction, fate is Fate.LOST],
        fate_text(fate, direction, by_hand=by_hand),
        _fate_role(fate),
        frame,
    )


def pending_line(time: int, direction: Direction, frame: Shown) -> Line:
    """The row of the frame that waits at the gate and has had no effect yet."""
    return _line(
        SafeText(">"),
        units.seconds(time),
        _ARROWS[direction, False],
        SafeText("at the gate"),
        Role.PENDING,
        frame,
    )


def fate_text(fate: Fate, direction: Direction, *, by_hand: bool = False) -> SafeText:
    """What happened to a frame on its way, in words; empty where nothing did."""
    if by_hand:
        return SafeText(_BY_HAND.get(fate, ""))
    return SafeText(_FATES.get((fate, direction), ""))


def _fate_role(fate: Fate) -> Role | None:
    if fate is Fate.LOST:
        return Role.LOST
    return None if fate is Fate.PASSED else Role.IMPAIRED


def _line(
    number: SafeText,
    time: SafeText,
    arrow: str,
    remark: SafeText,
    remark_role: Role | None,
    frame: Shown,
) -> Line:
    data, packet, observed, linktype, length = frame
    summary = summarize(data, linktype, packet, observed)
    role = remark_role or summary.role
    tcp = _tcp_cells(packet, observed) if packet and observed else (_EMPTY,) * 6
    remark = SafeText(f"[{remark}] ") if remark else _EMPTY
    return Line(
        number,
        time,
        summary.source,
        summary.destination,
        summary.protocol,
        SafeText(str(length or len(data))),
        SafeText(remark + summary.info),
        SafeText(arrow),
        *tcp,
        SafeText((remark + summary.note).strip()),
        SafeText(_SIGNS.get(role, " ")),
        role,
    )


_TcpCells = tuple[SafeText, SafeText, SafeText, SafeText, SafeText, SafeText]


def _tcp_cells(packet: TcpPacket, observed: Observed) -> _TcpCells:
    return (
        short_flags(packet.flags),
        SafeText(str(observed.seq)),
        SafeText(str(observed.ack) if packet.flags & ACK else ""),
        SafeText(str(observed.window)),
        SafeText(str(observed.length)),
        SafeText(str(observed.stream)),
    )


@lru_cache
def short_flags(flags: int) -> SafeText:
    """ "SYN ACK" in few cells: the control bits in full, the others as one letter each."""
    words = [name for bit, name in ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST")) if flags & bit]
    letters = "".join(letter for bit, letter in enumerate("   PAUEC") if flags >> bit & 1).strip()
    return SafeText(" ".join((*words, letters)).strip() or "none")
