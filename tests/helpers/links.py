"""A link that keeps what is sent and gives what it was told to."""

from collections.abc import Iterable

from tcpviz.link.base import LinkInfo
from tcpviz.wire.frame import Frame


class MemoryLink:
    """A Link in memory: `arriving` comes out of the next `frames`, `sent` keeps (time, frame)."""

    def __init__(self, mtu: int = 1500) -> None:
        self.info = LinkInfo(name="memory", mac=bytes.fromhex("020000000001"), mtu=mtu)
        self.arriving: list[Frame] = []
        self.sent: list[tuple[int, bytes]] = []
        self.closed = False

    def frames(self, now: int) -> list[Frame]:
        arrived, self.arriving = self.arriving, []
        return arrived

    def send(self, frames: Iterable[bytes], now: int) -> None:
        self.sent += ((now, data) for data in frames)

    def fileno(self) -> int:
        return -1

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed = True


def packet(number: int) -> bytes:
    """An Ethernet frame with something like an IPv4 packet in it, told apart by its number."""
    return bytes(12) + b"\x08\x00" + bytes(20) + number.to_bytes(4, "big")


def packet_number(frame: bytes) -> int:
    """The number that `packet` put in."""
    return int.from_bytes(frame[-4:], "big")
