"""What the layers share: the frame on the way down, and the tables of which layer a number stands for.

A layer looks at the bytes at its offset and says which layer comes next and where. Each says itself, by
`found_in`, under which numbers those above it know it.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final, TypeAlias

from tcpviz.analysis.fragments import Completed, Fragments
from tcpviz.analysis.packet import CutOff, TcpPacket


class Frame:
    """The bytes on the way down, and what the last IP header said of them.

    `end` is where the innermost packet ends, which may lie behind what was captured.
    """

    __slots__ = ("data", "destination", "end", "fragments", "source")

    def __init__(self, data: bytes, length: int, fragments: Fragments | Completed | None) -> None:
        self.data = data
        self.end = length
        self.source = b""
        self.destination = b""
        self.fragments = fragments

    def short(self, at: int) -> int:
        """The 16-bit number at an offset."""
        return self.data[at] << 8 | self.data[at + 1]


Found: TypeAlias = "TcpPacket | CutOff | None"
Step: TypeAlias = "tuple[Layer, int] | Found"
Layer: TypeAlias = "Callable[[Frame, int], Step]"
Table: TypeAlias = "MutableMapping[int, Layer]"

LINKS: Final[Table] = {}
"""By LINKTYPE of capture files."""
ETHERTYPES: Final[Table] = {}
GRE: Final[Table] = ChainMap({}, ETHERTYPES)
"""EtherTypes, and those that stand behind GRE alone."""
FAMILIES: Final[Table] = {}
"""By address family, as one system or another numbers them."""
VERSIONS: Final[Table] = {}
"""By the version in the first octet of IP."""
PROTOCOLS: Final[Table] = {}
"""By the protocol number of IP."""
PPP: Final[Table] = {}
UDP_PORTS: Final[Table] = {}
NAMES: Final[dict[Layer, str]] = {}
"""As Wireshark calls those that have fields to filter by."""


def found_in(table: Table, *numbers: int) -> Callable[[Layer], Layer]:
    """The decorated layer is what these numbers of the table stand for."""

    def entered(layer: Layer) -> Layer:
        table.update(dict.fromkeys(numbers, layer))
        return layer

    return entered


def named(name: str) -> Callable[[Layer], Layer]:
    """The decorated layer's name in filters."""

    def entered(layer: Layer) -> Layer:
        NAMES[layer] = name
        return layer

    return entered


def next_layer(table: Mapping[int, Layer], number: int, at: int) -> Step:
    """What a number stands for, and where it begins; None where nobody knows the number."""
    layer = table.get(number)
    return (layer, at) if layer else None
