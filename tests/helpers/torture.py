"""Captures that no sane network makes, seeded: every rule of the analysis meets its edge in them.

A few streams at a time, each with two ends that know roughly what they sent. Most segments are what a TCP
would send next; the rest repeat, skip, overlap, jump, lie about windows and acknowledgments, or open the
same ports again, with times that stand still, leap or run backwards.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from struct import pack

from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN, URG

_MASK = 0xFFFF_FFFF
_START = 1_700_000_000_000_000_000
_MS = 1_000_000
_STEPS = (0, 1000, 100_000, 900_000, _MS, 3 * _MS, 5 * _MS, 20 * _MS, 20 * _MS - 1, 200 * _MS)


class _End:
    def __init__(self, rng: Random, address: bytes, port: int) -> None:
        self.address = address
        self.port = port
        self.window = rng.choice((0xFFFF, 8192, 1000))
        self.start(rng)

    def start(self, rng: Random) -> None:
        self.next = rng.choice((rng.getrandbits(32), 0, 1, _MASK, _MASK - rng.randrange(20_000), 1 << 31))
        self.first = self.next
        self.sent: list[tuple[int, int]] = []


class _Stream:
    """Both ends of a conversation, and what they say next."""

    def __init__(self, rng: Random, number: int) -> None:
        self._rng = rng
        self._wild = rng.random() < 0.5
        self._ends = (
            _End(rng, pack("!I", 0x0A000000 + number), 40_000 + rng.randrange(3)),
            _End(rng, b"\x0a\xff\x00\x01", 50_000 + rng.randrange(3)),
        )

    def opening(self) -> list[bytes]:
        """SYN, SYN+ACK, ACK, or only a part of them."""
        rng = self._rng
        client, server = self._ends
        data = rng.choice((0, 0, 0, 5))
        frames = [self._frame(client, server, SYN, 0, data, _syn_options(rng))]
        client.next = client.next + 1 + rng.choice((0, data)) & _MASK
        frames.append(self._frame(server, client, SYN | ACK, client.next, 0, _syn_options(rng)))
        server.next = server.next + 1 & _MASK
        frames.append(self._frame(client, server, ACK, server.next, 0, b""))
        if rng.random() < 0.3:
            frames = rng.sample(frames, rng.randrange(1, 4))
        return frames

    def again(self) -> list[bytes]:
        """The same ports once more, mostly from other sequence numbers."""
        for end in self._ends:
            if self._rng.random() < 0.7:
                end.start(self._rng)
            else:
                end.next = end.first
        return self.opening()

    def segment(self) -> bytes:
        """What comes next from either end."""
        rng = self._rng
        sender, receiver = self._ends if rng.random() < 0.6 else self._ends[::-1]
        length = rng.choice((0, 0, 0, 1, 2, 100, 1000, 1000, 1000, 1460))
        flags = ACK | (PSH if rng.random() < 0.3 else 0)
        seq, ack = sender.next, receiver.next
        odd = rng.random()
        if odd < 0.12 and sender.sent:
            seq, length = rng.choice(sender.sent[-8:])
        elif odd < 0.2:
            seq = seq + rng.choice((-1, -1, -1, 1, 1000, 3000, -1000, -500, -1460)) & _MASK
        if self._wild and rng.random() < 0.05:
            seq = rng.choice((rng.getrandbits(32), 0, sender.first, sender.next - (1 << 31))) & _MASK
        if rng.random() < 0.3:
            ack = ack - rng.choice((1, 1000, 1000, 2000, 1460, 500, -1, -1000, -2000)) & _MASK
        if rng.random() < 0.02:
            flags = rng.choice((FIN | ACK, FIN, RST, RST | ACK, 0, PSH, URG | ACK, SYN | ACK, SYN, SYN | FIN))
        if seq == sender.next and rng.random() < 0.9:
            sender.sent.append((seq, length))
            sender.next = seq + length + (flags & (SYN | FIN) != 0) & _MASK
        if rng.random() < 0.1:
            sender.window = rng.choice((0, 0, 1, 1000, 2000, 8192, 0xFFFF))
        options = _options(rng, ack) if rng.random() < 0.3 else b""
        previous, sender.next = sender.next, seq
        frame = self._frame(sender, receiver, flags, ack, length, options)
        sender.next = previous
        return frame

    def _frame(
        self, sender: _End, receiver: _End, flags: int, ack: int, length: int, options: bytes
    ) -> bytes:
        if not flags & ACK and self._rng.random() < 0.8:
            ack = 0
        header = pack(
            "!HHIIBBHHH",
            sender.port,
            receiver.port,
            sender.next,
            ack,
            (20 + len(options)) << 2,
            flags,
            sender.window,
            0,
            0,
        )
        total = 20 + len(header) + len(options) + length
        ip = pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0x4000, 64, 6, 0, sender.address, receiver.address)
        return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + header + options + bytes(length)


def _syn_options(rng: Random) -> bytes:
    options = b"\2\4\5\xb4"
    if rng.random() < 0.6:
        options += b"\3\3" + bytes([rng.choice((0, 2, 7, 14, 15))]) + b"\1"
    if rng.random() < 0.15:
        options += rng.choice((b"\x22\2\1\1", b"\x22\x0a12345678\1\1", b"\xfe\x0c\xf9\x8912345678"))
    return options


def _options(rng: Random, ack: int) -> bytes:
    if rng.random() < 0.5:
        return b"\1\1\x08\x0a" + rng.randbytes(8)
    if rng.random() < 0.02:
        return b"\3\3\5\1"
    blocks = rng.randrange(1, 5)
    body = b""
    for _ in range(blocks):
        left = ack + rng.choice((1000, 2000, 3000, -1000)) & _MASK
        body += pack("!II", left, left + rng.choice((1, 500, 1000, 2000)) & _MASK)
    return b"\1\1\5" + bytes([2 + len(body)]) + body


def frames(seed: int, count: int) -> Iterator[tuple[int, bytes]]:
    """`count` frames, each with its time in nanoseconds since 1970."""
    rng = Random(seed)
    time = _START
    number = 0
    streams: list[_Stream] = []
    waiting: list[bytes] = []
    for _ in range(count):
        if not waiting:
            if len(streams) < 6 or rng.random() < 0.003:
                number += 1
                streams = [*streams[-5:], _Stream(rng, number)]
                waiting = streams[-1].opening()
            else:
                stream = rng.choice(streams)
                waiting = stream.again() if rng.random() < 0.01 else [stream.segment()]
        time += rng.choice(_STEPS)
        if rng.random() < 0.01:
            time -= rng.choice((1, _MS, 100 * _MS))
        yield time, waiting.pop(0)


def shortened(packets: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Each 20th frame with a header length below what any TCP header has."""
    for number, (time, frame) in enumerate(packets):
        if number % 20 == 19:
            at = 14 + (frame[14] & 15) * 4 + 12
            words = number // 20 % 5
            frame = frame[:at] + bytes((words << 4 | frame[at] & 15,)) + frame[at + 1 :]
        yield time, frame


def write_pcap(path: Path, packets: Iterator[tuple[int, bytes]], snapped: int = 262_144) -> None:
    """A pcap file with nanoseconds, and at most `snapped` octets of each frame."""
    with path.open("wb") as file:
        file.write(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snapped, 1))
        for time, data in packets:
            kept = data[:snapped]
            file.write(
                pack("<IIII", time // 1_000_000_000, time % 1_000_000_000, len(kept), len(data)) + kept
            )
