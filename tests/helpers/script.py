"""Scenario scripts: one line a segment, in the manner of packetdrill, on a virtual clock, exact to the ns.

    # a comment
    config nagle=on delayed_ack=40ms            settings of Config; before everything else
    0       connect                             connect, listen, send N, receive N, shutdown, close or abort
    0       > S 0:0(0) <mss 1000,sackOK>        what the engine has to send at that moment
    0.01    < S. 0:0(0) ack 1 win 5000 <mss 1000>     what arrives from the peer
    +0.04   > . 1:1(0) ack 1 win 9000           + counts from the line before
    +0      state ESTABLISHED                   checks: state NAME, end REASON, eof, unread N, cwnd N
    +0      event Retransmitted TIMEOUT         an event of that kind since the last one, with that word in it

Flags are S F R P U E W and . for ACK. Numbers are relative to the two initial sequence numbers, which lie
before the wrap. Whatever the engine sends that no line expects fails the script, and so does a deadline
that is missed. In what is expected, `win` and each option count only where they are written, but SACK
blocks always, `<sack 2001:3001>`, and so the ECN bits of the IP header, `<ect0>` or `<ce>`.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from helpers.tcp import CONFIG, Bench

from tcpviz.tcp.config import MILLISECOND, SECOND, Config
from tcpviz.wire.segment import ACK, Segment
from tcpviz.wire.seq import Seq, diff

FLAGS = "FSRP.UEW"
ECN = ("", "ect1", "ect0", "ce")
SEGMENT = re.compile(
    r"(?P<flags>[FSRP.UEW]+|-) (?P<seq>-?\d+):(?P<end>-?\d+)\((?P<length>\d+)\)"
    r"(?: ack (?P<ack>-?\d+))?(?: win (?P<win>\d+))?(?: urg (?P<urg>\d+))?(?: <(?P<options>[^>]*)>)?$"
)


class ScriptError(AssertionError):
    """The engine does not do what a line says; the text begins with the line."""


class Numbers(Protocol):
    """Whoever knows the two initial sequence numbers."""

    def ours(self, relative: int) -> Seq:
        """A sequence number of the engine's."""

    def theirs(self, relative: int) -> Seq:
        """A sequence number of the peer's."""


class Line(NamedTuple):
    """One line of a script."""

    number: int
    time: int
    words: str


def run_script(path: Path) -> None:
    """Play a script; raises ScriptError where the engine does something else."""
    config, lines = parse(path.read_text())
    player = Player(config)
    for line in lines:
        try:
            player.play(line)
        except AssertionError as error:
            raise ScriptError(f"{path.name}:{line.number}: {line.words}\n{error}") from error
    try:
        player.nothing_left()
    except AssertionError as error:
        raise ScriptError(f"{path.name}: {error}") from error


def parse(text: str) -> tuple[Config, list[Line]]:
    """The settings and the lines with their absolute times."""
    config, lines, now = CONFIG, [], 0
    for number, raw in enumerate(text.splitlines(), 1):
        content = raw.split("#")[0].strip()
        if not content:
            continue
        time, words = content.split(maxsplit=1)
        if time == "config":
            config = configured(config, words)
            continue
        at = round(float(time) * SECOND)
        now = now + at if time.startswith("+") else at
        lines.append(Line(number, now, words.strip()))
    return config, lines


def configured(config: Config, words: str) -> Config:
    """CONFIG with `name=value` pairs: on, off, a number, a time in ms or s, or a word."""
    known = {each.name for each in fields(Config)}
    changes: dict[str, object] = {}
    for word in words.split():
        name, _, value = word.partition("=")
        assert name in known, f"no such setting: {name}"
        changes[name] = _value(value)
    return replace(config, **changes)  # type: ignore[arg-type]


def _value(text: str) -> object:
    if text in ("on", "off"):
        return text == "on"
    for suffix, unit in (("ms", MILLISECOND), ("s", SECOND)):
        number = text.removesuffix(suffix)
        if number != text and number.replace(".", "").isdigit():
            return round(float(number) * unit)
    return int(text) if text.isdigit() else text


class Player:
    """A bench and what it has sent that no line has asked for yet."""

    def __init__(self, config: Config) -> None:
        self.bench = Bench(config)
        self.start = self.bench.now
        self.unclaimed: deque[tuple[int, Segment]] = deque()

    def play(self, line: Line) -> None:
        """What one line says."""
        self._advance(self.start + line.time)
        word, _, rest = line.words.partition(" ")
        if word == ">":
            self._expect(rest)
            return
        if word in _CHECKS:
            _CHECKS[word](self.bench, rest)
            return
        self.nothing_left()
        if word == "<":
            self._keep(self.bench.deliver(arriving(self.bench, rest)))
        else:
            self._keep(_COMMANDS[word](self.bench, rest) or [])

    def nothing_left(self) -> None:
        """Everything that was sent has been expected."""
        assert not self.unclaimed, "nobody expects " + ", ".join(
            f"{(at - self.start) / SECOND} {shown(self.bench, segment)}" for at, segment in self.unclaimed
        )

    def _advance(self, time: int) -> None:
        assert time >= self.bench.now, "the line's time is past"
        while (deadline := self.bench.connection.next_deadline()) is not None and deadline <= time:
            self._keep(self.bench.wait(deadline - self.bench.now))
        self.bench.now = time

    def _keep(self, segments: list[Segment]) -> None:
        self.unclaimed.extend((self.bench.now, segment) for segment in segments)

    def _expect(self, words: str) -> None:
        assert self.unclaimed, "nothing is sent"
        at, segment = self.unclaimed.popleft()
        actual = shown(self.bench, segment)
        assert at == self.bench.now, f"it came at {(at - self.start) / SECOND}: {actual}"
        differences = [item for item in comparable(words) if item not in comparable(actual)]
        unasked = [item for item in comparable(actual) if item.startswith("sack ") or item in ECN]
        assert not differences, f"sent: {actual}; differs in {differences}"
        assert all(item in comparable(words) for item in unasked), f"sent: {actual}"


def comparable(words: str) -> list[str]:
    """The parts of a segment's line, each of which has to be there."""
    match = SEGMENT.match(words)
    assert match, f"not a segment: {words}"
    parts = ["".join(sorted(match["flags"])), f"{match['seq']}:{match['end']}({match['length']})"]
    parts += [f"{name} {match[name]}" for name in ("ack", "win", "urg") if match[name] is not None]
    return parts + [option.strip() for option in (match["options"] or "").split(",") if option]


def shown(bench: Numbers, segment: Segment) -> str:
    """A segment of the engine's, as a script writes it."""
    flags = "".join(name for bit, name in enumerate(FLAGS) if segment.flags >> bit & 1) or "-"
    seq = diff(segment.seq, bench.ours(0))
    text = f"{flags} {seq}:{seq + len(segment.payload)}({len(segment.payload)})"
    if segment.flags & ACK:
        text += f" ack {diff(segment.ack, bench.theirs(0))}"
    text += f" win {segment.window}"
    options = []
    if segment.mss is not None:
        options.append(f"mss {segment.mss}")
    if segment.sack_permitted:
        options.append("sackOK")
    if segment.window_scale is not None:
        options.append(f"wscale {segment.window_scale}")
    if segment.timestamps is not None:
        options.append(f"TS ecr {segment.timestamps[1]}")
    if segment.ecn:
        options.append(ECN[segment.ecn])
    blocks = [f"{diff(a, bench.theirs(0))}:{diff(b, bench.theirs(0))}" for a, b in segment.sack]
    if blocks:
        options.append("sack " + " ".join(blocks))
    return f"{text} <{','.join(options)}>" if options else text


def arriving(bench: Numbers, words: str) -> Segment:
    """The segment that a `<` line describes."""
    match = SEGMENT.match(words)
    assert match, f"not a segment: {words}"
    flags = sum(1 << FLAGS.index(name) for name in match["flags"] if name != "-")
    segment = Segment(
        bench.theirs(int(match["seq"])),
        bench.ours(int(match["ack"])) if match["ack"] else Seq(0),
        flags,
        int(match["win"] or 50_000),
        bytes(int(match["length"])),
        urgent=int(match["urg"] or 0),
    )
    assert len(segment.payload) == int(match["end"]) - int(match["seq"]), "the numbers do not add up"
    for option in (match["options"] or "").split(","):
        _set_option(bench, segment, option.split())
    return segment


def _set_option(bench: Numbers, segment: Segment, words: list[str]) -> None:
    match words:
        case []:
            pass
        case ["mss", size]:
            segment.mss = int(size)
        case ["wscale", shift]:
            segment.window_scale = int(shift)
        case ["ect1" | "ect0" | "ce" as ecn]:
            segment.ecn = ECN.index(ecn)
        case ["sackOK"]:
            segment.sack_permitted = True
        case ["TS", value, "ecr", echo]:
            segment.timestamps = (int(value), int(echo))
        case ["sack", *blocks]:
            pairs = [block.split(":") for block in blocks]
            segment.sack = [(bench.ours(int(a)), bench.ours(int(b))) for a, b in pairs]
        case _:
            raise AssertionError(f"no such option: {words}")


def _receive(bench: Bench, words: str) -> list[Segment]:
    data = bench.receive(int(words))
    assert len(data) == int(words), f"only {len(data)} octets are there"
    return bench.sent()


_COMMANDS: dict[str, Callable[[Bench, str], list[Segment] | None]] = {
    "connect": lambda bench, _: bench.connect(),
    "listen": lambda bench, _: bench.listen(),
    "send": lambda bench, words: bench.send(bytes(int(words))),
    "receive": _receive,
    "shutdown": lambda bench, _: bench.shutdown(),
    "close": lambda bench, _: bench.close(),
    "abort": lambda bench, _: bench.abort(),
}


def _check(name: str, actual: object, wanted: str) -> None:
    assert str(actual) == wanted, f"{name} is {actual}"


def _event(bench: Bench, words: str) -> None:
    kind, _, word = words.partition(" ")
    happened = bench.events()
    assert any(type(event).__name__ == kind and word in repr(event) for event in happened), happened


_CHECKS: dict[str, Callable[[Bench, str], None]] = {
    "state": lambda bench, words: _check("the state", bench.state, words),
    "end": lambda bench, words: _check("the end", getattr(bench.connection.end, "name", None), words),
    "eof": lambda bench, _: _check("eof", bench.connection.at_eof, "True"),
    "unread": lambda bench, words: _check("unread", bench.connection.readable, words),
    "cwnd": lambda bench, words: _check("cwnd", bench.connection.snapshot().cwnd, words),
    "event": _event,
}
