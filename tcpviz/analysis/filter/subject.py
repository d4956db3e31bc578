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

_PLAIN_HEADERS: Final = 54


@dataclass(slots=True)
class Subject:
    """A captured frame. Times in ns; None, 0 or empty for what is not known: such a field is absent.

    - `number`: as Wireshark counts; 0 for a frame that is in no capture.
    - `time` since 1970; `since_first` and `since_previous`: since those frames.
    - `length`: on the wire, where `data` has less.
    - `packet`, `verdict`: the TCP header in it and what the analysis says.
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
    direction: Direction | None = None
    fate: Fate | None = None
    flow: int = 0
    snapshot: Snapshot | None = None
    peer_state: State | None = None
    events: Sequence[Event] = ()
    _places: Mapping[str, Sequence[Place]] | None = field(default=None, init=False, repr=False)

    def places(self, protocol: str) -> Sequence[Place]:
        """Where in the frame the headers of a protocol stand, outermost first."""
        if self._places is None:
            self._places = self._trace()
        return self._places.get(protocol, ())

    def _trace(self) -> Mapping[str, Sequence[Place]]:
        data, packet = self.data, self.packet
        plain = packet and self.linktype == ETHERNET and data[12:15] == b"\x08\x00\x45" and data[23] == 6
        if packet and plain and len(packet.key) == 12 and data[26:38] == packet.key:
            end = min(len(data), _PLAIN_HEADERS + len(packet.options) + packet.length)
            return {
                "eth": (Place("eth", data, 0, len(data)),),
                "ip": (Place("ip", data, 14, end),),
                "tcp": (Place("tcp", data, 34, end),),
            }
        found: dict[str, list[Place]] = {}
        for place in trace(data, self.linktype, self.length or None):
            found.setdefault(place.protocol, []).append(place)
        return found
