"""The HTTP exchanges of a connection as lines to read; most lead to the packet that they are about."""

from collections.abc import Iterator
from typing import NamedTuple

from tcpviz.view.conversation import Side
from tcpviz.view.http_reader import Exchange, Framing, HttpReader, Message
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import duration, octets

MOST_CHUNKS = 50
"""Chunks that are listed one by one."""

LONGEST = 1000
"""Characters of a line that are worth showing."""


class HttpLine(NamedTuple):
    """A line, and the position of its packet; None where it has none."""

    text: SafeText
    role: Role
    position: int | None = None


def http_lines(reader: HttpReader) -> list[HttpLine]:
    """All that was read so far."""
    lines: list[HttpLine] = []
    for number, exchange in enumerate(reader.exchanges, 1):
        lines += _exchange(reader.conversation.run, exchange, number, len(reader.exchanges))
    if reader.problem:
        lines.append(HttpLine(safe(f"Nothing more can be read: {reader.problem}."), Role.WARN))
    return lines


def _exchange(run: RunView, exchange: Exchange, number: int, count: int) -> Iterator[HttpLine]:
    if count > 1:
        yield HttpLine(safe(f"Exchange {number} of {count}"), Role.TITLE)
    if exchange.request:
        yield from _message(run, exchange.request, Role.CLIENT)
    for response in exchange.responses:
        yield from _message(run, response, Role.SERVER)
        if exchange.request:
            yield from _timing(run, exchange.request, response)
    if not exchange.responses:
        yield HttpLine(safe("No answer so far."), Role.DIM)
    yield HttpLine(safe(""), Role.TEXT)


def _message(run: RunView, message: Message, role: Role) -> Iterator[HttpLine]:
    packet = message.first
    yield HttpLine(safe(message.start_line, LONGEST), role, packet)
    for name, value in message.fields:
        yield HttpLine(safe(f"  {safe(name)}: {safe(value, LONGEST)}"), Role.TEXT, packet)
    if message.side is Side.SERVER or message.framing is not Framing.NONE:
        yield HttpLine(safe(f"  {_body(message)}"), Role.STRONG, message.last)
    yield from _chunks(run, message)


def _body(message: Message) -> str:
    if message.framing is Framing.NONE:
        return "No body."
    of = f" of {message.announced:,}" if message.announced not in (None, message.body) else ""
    how = {
        Framing.LENGTH: "as Content-Length says",
        Framing.CHUNKED: f"in {len(message.chunks)} chunks, the last one empty"
        if message.complete
        else f"in {len(message.chunks)} chunks so far",
        Framing.CLOSE: "it ends when the connection closes",
    }[message.framing]
    unfinished = " so far" if of and not message.complete else ""
    return f"Body: {octets(message.body) if not of else f'{message.body:,}{of} octets'}{unfinished}, {how}."


def _chunks(run: RunView, message: Message) -> Iterator[HttpLine]:
    for number, (size, position) in enumerate(message.chunks[:MOST_CHUNKS], 1):
        text = f"    chunk {number}: {octets(size)}, in packet {_number(run, position)}"
        yield HttpLine(safe(text), Role.DIM, position)
    if len(message.chunks) > MOST_CHUNKS:
        yield HttpLine(safe(f"    and {len(message.chunks) - MOST_CHUNKS:,} more"), Role.DIM)


def _timing(run: RunView, request: Message, response: Message) -> Iterator[HttpLine]:
    """How long the client waited, from the packet that ended its request."""
    asked = run.packets.times[request.last]
    begin, end = run.packets.times[response.first], run.packets.times[response.last]
    of = f" after the end of the request in packet {_number(run, request.last)}"
    first = f"  First byte {duration(begin - asked)}{of}, in packet {_number(run, response.first)}"
    yield HttpLine(safe(first), Role.INFO, response.first)
    word = "Last byte" if response.complete else "Last byte so far"
    last = f"  {word} {duration(end - asked)}{of}, in packet {_number(run, response.last)}"
    yield HttpLine(safe(last), Role.INFO, response.last)


def _number(run: RunView, position: int) -> str:
    return str(run.recording.row(run.packets.row(position)).number or "-")
