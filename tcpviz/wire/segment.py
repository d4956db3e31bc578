"""One TCP segment as a value: what the engine takes and gives, without ports and checksum."""

from collections.abc import Sequence

from tcpviz.wire.seq import Seq, add

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))

NOT_ECT, ECT_1, ECT_0, CE = range(4)
"""The two ECN bits of the IP header (RFC 3168 section 5): not able, able (two ways to say so), congestion."""

Buffer = bytes | memoryview

_ZERO = Seq(0)


class Segment:
    """A TCP segment (RFC 9293 section 3.1) between codec and engine. Nobody changes one once it is made.

    A plain slotted class: a million of them a minute are made, and a frozen dataclass costs five times
    as much to build.

    - `seq`, `ack`: sequence numbers; `ack` means something only with the ACK flag.
    - `flags`: FIN | SYN | RST | PSH | ACK | URG | ECE | CWR.
    - `window`: the 16-bit field as it stands in the header, not scaled.
    - `urgent`: the urgent pointer; means something only with the URG flag.
    - `payload`: the octets; a memoryview of the frame where it came from the network.
    - `timestamps`: (TSval, TSecr) of RFC 7323, or None.
    - `sack`: the blocks [left, right) of RFC 2018, in the order of the option; empty for none.
    - `ecn`: NOT_ECT, ECT_1, ECT_0 or CE: not TCP's, but what the IP header around it says.
    - `mss` (octets), `window_scale` (shift count), `sack_permitted`: options of a SYN, or None/False.
    """

    __slots__ = (
        "ack",
        "ecn",
        "flags",
        "mss",
        "payload",
        "sack",
        "sack_permitted",
        "seq",
        "timestamps",
        "urgent",
        "window",
        "window_scale",
    )

    def __init__(
        self,
        seq: Seq,
        ack: Seq = _ZERO,
        flags: int = ACK,
        window: int = 0,
        payload: Buffer = b"",
        urgent: int = 0,
        timestamps: tuple[int, int] | None = None,
        sack: Sequence[tuple[Seq, Seq]] = (),
        ecn: int = NOT_ECT,
        *,
        mss: int | None = None,
        window_scale: int | None = None,
        sack_permitted: bool = False,
    ) -> None:
        self.seq = seq
        self.ack = ack
        self.flags = flags
        self.window = window
        self.payload = payload
        self.urgent = urgent
        self.timestamps = timestamps
        self.sack = sack
        self.ecn = ecn
        self.mss = mss
        self.window_scale = window_scale
        self.sack_permitted = sack_permitted

    @property
    def length(self) -> int:
        """SEG.LEN: the sequence space it occupies, SYN and FIN counted (RFC 9293 section 3.3.1)."""
        return len(self.payload) + (self.flags & SYN != 0) + (self.flags & FIN != 0)

    @property
    def end(self) -> Seq:
        """The sequence number after its last octet."""
        return add(self.seq, self.length)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Segment):
            return NotImplemented
        return all(getattr(self, slot) == getattr(other, slot) for slot in self.__slots__)

    def __repr__(self) -> str:
        names = " ".join(
            name
            for bit, name in enumerate(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"))
            if self.flags >> bit & 1
        )
        return f"<Segment {names} seq={self.seq} ack={self.ack} win={self.window} len={len(self.payload)}>"
