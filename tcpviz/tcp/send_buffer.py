"""The octets that the application has given and the peer has not acknowledged yet."""

from tcpviz.wire.segment import Buffer
from tcpviz.wire.seq import Seq, add, diff


class SendBuffer:
    """A run of octets in sequence space: it grows at its end and is released from its start."""

    __slots__ = ("_octets", "released", "start")

    def __init__(self, start: Seq) -> None:
        self._octets = bytearray()
        self.start = start
        """The sequence number of the first octet held."""
        self.released = 0
        """All octets that were ever acknowledged."""

    def __len__(self) -> int:
        return len(self._octets)

    @property
    def end(self) -> Seq:
        """The sequence number after the last octet held."""
        return add(self.start, len(self._octets))

    def append(self, data: Buffer, room: int) -> int:
        """Take as much of `data` as there is `room` for; how many octets that was."""
        taken = min(len(data), room)
        self._octets += data if taken == len(data) else memoryview(data)[:taken]
        return taken

    def read(self, start: Seq, length: int) -> bytes:
        """The `length` octets from `start` on."""
        offset = diff(start, self.start)
        return bytes(memoryview(self._octets)[offset : offset + length])

    def release(self, up_to: Seq) -> None:
        """Forget what lies before `up_to`: it was acknowledged."""
        octets = min(diff(up_to, self.start), len(self._octets))
        if octets > 0:
            del self._octets[:octets]
            self.released += octets
            self.start = add(self.start, octets)

    def clear(self) -> None:
        """Forget everything."""
        self._octets = bytearray()
