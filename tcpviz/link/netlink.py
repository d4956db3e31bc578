"""Messages to the kernel and its answers over netlink(7): what is the same for all its subjects.

Knows attributes and acknowledgments; what they mean stands in `routing` and `nftables`.
"""

import os
import socket
import struct
from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

# <linux/netlink.h>
NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_DUMP = 0x300
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NESTED = 0x8000
_KIND = 0x3FFF

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_LARGEST_ANSWER = 1 << 16
_PATIENCE = 5.0
"""Seconds: the kernel answers at once, or never."""


class Message(NamedTuple):
    """One message: what it is about and its body (a fixed header, then attributes)."""

    kind: int
    body: bytes
    flags: int = 0


class Netlink:
    """A netlink socket of a `protocol` (as NETLINK_ROUTE) in the calling thread's network namespace."""

    def __init__(self, protocol: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self._socket.settimeout(_PATIENCE)
        self._numbers = count(1)

    def ask(self, question: Message) -> list[Message]:
        """The kernel's answers to one question. Raises OSError with the kernel's reason."""
        number = self._send([question])[0]
        answers: list[Message] = []
        while True:
            for told, answer in self._receive():
                if told != number:
                    continue
                if answer.kind == _NLMSG_DONE or _is_acknowledgment(answer):
                    return answers
                answers.append(answer)

    def do(self, orders: Sequence[Message], before: bytes = b"", after: bytes = b"") -> None:
        """Have the kernel do all of these; `before` and `after` are sent with them as they are.

        Raises OSError with the reason of the first that it did not do.
        """
        waiting = set(self._send(orders, before, after))
        while waiting:
            for told, answer in self._receive():
                # A batch that is refused as a whole is answered at its beginning, which has no number.
                if told in (0, *waiting) and _is_acknowledgment(answer):
                    waiting.discard(told)

    def close(self) -> None:
        """Close the socket; what the kernel keeps only for its owner goes with it."""
        self._socket.close()

    def _send(self, messages: Sequence[Message], before: bytes = b"", after: bytes = b"") -> list[int]:
        numbers = [next(self._numbers) for _ in messages]
        packed = (
            pack_message(message, NLM_F_REQUEST | NLM_F_ACK, number)
            for message, number in zip(messages, numbers, strict=True)
        )
        self._socket.send(b"".join((before, *packed, after)))
        return numbers

    def _receive(self) -> Iterable[tuple[int, Message]]:
        """(number, answer) of the next batch."""
        data = self._socket.recv(_LARGEST_ANSWER)
        position = 0
        while position < len(data):
            length, kind, _, number, _ = _HEADER.unpack_from(data, position)
            yield number, Message(kind, data[position + _HEADER.size : position + length])
            position += length + -length % 4


def pack_message(message: Message, flags: int, number: int) -> bytes:
    """A message as it is sent."""
    length = _HEADER.size + len(message.body)
    return _HEADER.pack(length, message.kind, message.flags | flags, number, 0) + message.body


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute: its length, kind and value, filled up to 4 octets."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute made of attributes."""
    return attribute(kind | _NESTED, b"".join(attributes))


def text(kind: int, value: str) -> bytes:
    """An attribute that is a string."""
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes) -> dict[int, bytes]:
    """The attributes in the rest of a body, by kind."""
    found = {}
    position = 0
    while position + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, position)
        found[kind & _KIND] = data[position + _ATTRIBUTE.size : position + length]
        position += max(length + -length % 4, _ATTRIBUTE.size)
    return found


def _is_acknowledgment(answer: Message) -> bool:
    """Whether the kernel says that it is done. Raises OSError when it says why not."""
    if answer.kind != _NLMSG_ERROR:
        return False
    (error,) = struct.unpack_from("=i", answer.body)
    if error:
        raise OSError(-error, os.strerror(-error))
    return True
