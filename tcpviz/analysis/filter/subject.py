"""What a filter judges: one packet with all that is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tcpviz.analysis.layers import ETHERNET, Place, trace
from tcpviz.analysis.packet import TcpPacket
from tcpviz.analysis.verdict import Verdict
from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State

_PLAIN: Final = {"eth": 0, "ip": 14, "tcp": 34}
_PLAIN_HEADERS: Final = 54


@dataclass(slots=True)
class Subject:
    """A captured frame. Times in ns; None, 0 or empty for what is not known: such a field is absent.

    - `number`: as Wireshark counts; 0 for a frame that is in no capture.
    - `time` since 1970; `since_first` and `since_previous`: since those frames.
    - `length`: on the wire, where `data` has less.
    - `packet`, `verdict`: the TCP header in it and what the analysis says.
    - `whole`: what the datagram carries that a fragment in it completed.
    - the rest: what our own stack recorded with it; `snapshot` is the state just after it.
    """

    data: bytes
    number: int = 0
    time: int = 0
    since_first: int = 0
    since_previous: int = 0
    length: int = 0
    linktype: int = ETHERNET
    packet: TcpPacket | None = None
    verdict: Verdict | None = None
    whole: bytes | None = None
    direction: Direction | None = None
    fate: Fate | None = None
    flow: int = 0
    snapshot: Snapshot | None = None
    peer_state: State | None = None
    events: Sequence[Event] = ()
    _plain: bool | None = field(default=None, init=False, repr=False)
    _traced: Mapping[str, Sequence[Place]] | None = field(default=None, init=False, repr=False)

    def places(self, protocol: str) -> Sequence[Place]:
        """Where in the frame the headers of a protocol stand, outermost first."""
        plain = self._plain
        if plain is None:
            plain = self._plain = self._is_plain()
        if not plain:
            return self._trace().get(protocol, ())
        start = _PLAIN.get(protocol)
        return () if start is None else ((protocol, self.data, start, self._end(start)),)

    def _is_plain(self) -> bool:
        """Whether it is Ethernet, IPv4 without options, TCP, as nearly all packets there are."""
        data, packet = self.data, self.packet
        return (
            packet is not None
            and self.linktype == ETHERNET
            and data[26:38] == packet.key
            and data[12:15] == b"\x08\x00\x45"
            and data[20] & 0x3F == data[21] == 0
            and data[23] == 6
        )

    def _end(self, start: int) -> int:
        """Of the packet in a plain frame: what is behind it is padding."""
        captured = len(self.data)
        if self.packet is None or start == 0:
            return captured
        return min(captured, _PLAIN_HEADERS + len(self.packet.options) + self.packet.length)

    def _trace(self) -> Mapping[str, Sequence[Place]]:
        if self._traced is None:
            traced: dict[str, list[Place]] = {}
            for place in trace(self.data, self.linktype, self.length or None, self.whole):
                traced.setdefault(place[0], []).append(place)
            self._traced = traced
        return self._traced
