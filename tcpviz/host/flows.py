"""The connections of a host: which one a frame or a segment is for, which ports are taken."""

import random
from struct import Struct

from tcpviz.host.errors import HostError
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.wire import ethernet, ipv4, tcp

_EPHEMERAL_PORTS = range(49152, 65536)  # RFC 6335 section 6

# What all ordinary frames of one flow have in common: both MAC addresses, EtherType, IP version and
# header length; then both IP addresses and both ports. Between them, what makes a frame ordinary.
_ORDINARY = Struct("!15s1xH2xH1xB2x12s")
_TCP_AT = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH
_SHORTEST = _TCP_AT + tcp.HEADER_LENGTH
_PIECE = 0xFFFF & ~ipv4.DONT_FRAGMENT


class FlowTable:
    """All flows of one local address, by number and by the rest of the 4-tuple."""

    def __init__(self) -> None:
        self.by_number: dict[int, Flow] = {}
        self._by_ports: dict[tuple[bytes, int, int], Flow] = {}
        self._by_frame: dict[bytes, Flow] = {}

    def add(self, flow: Flow) -> None:
        """Segments from its remote to its local endpoint are for `flow` from now on."""
        self.by_number[flow.number] = flow
        self._by_ports[flow.remote.address, flow.remote.port, flow.local.port] = flow

    def remove(self, flow: Flow) -> None:
        """Forget `flow`, if that is not done yet."""
        if self.by_number.pop(flow.number, None) is not None:
            del self._by_ports[flow.remote.address, flow.remote.port, flow.local.port]
            self._by_frame = {mark: other for mark, other in self._by_frame.items() if other is not flow}

    def find(self, address: bytes, port: int, local_port: int) -> Flow | None:
        """The flow between our `local_port` and that remote address and port."""
        return self._by_ports.get((address, port, local_port))

    def expect(self, flow: Flow, sample: bytes) -> None:
        """Have `recognize` know the frames of `flow` that have the addresses and ports of `sample`."""
        head, _, _, _, ends = _ORDINARY.unpack_from(sample)
        self._by_frame[head + ends] = flow

    def recognize(self, data: bytes) -> tuple[Flow, memoryview] | None:
        """The flow of an ordinary frame, and its TCP segment; None where a closer look is needed.

        Ordinary is a whole TCP segment behind a plain header, from the neighbour that was expected. It is
        what the closer look would find for the same frame, sooner. Checksums are not looked at.
        """
        if len(data) < _SHORTEST:
            return None
        head, total, fragment, protocol, ends = _ORDINARY.unpack_from(data)
        flow = self._by_frame.get(head + ends)
        end = ethernet.HEADER_LENGTH + total
        if flow is None or protocol != ipv4.TCP or fragment & _PIECE or not _SHORTEST <= end <= len(data):
            return None
        return flow, memoryview(data)[_TCP_AT:end]

    def free_port(self, rng: random.Random, remote: Endpoint) -> int:
        """A port of ours for a connection to `remote`, at random: hard to guess (RFC 6056 section 3.3.1)."""
        first = rng.randrange(len(_EPHEMERAL_PORTS))
        for offset in range(len(_EPHEMERAL_PORTS)):
            port = _EPHEMERAL_PORTS[(first + offset) % len(_EPHEMERAL_PORTS)]
            if self.find(*remote, port) is None:
                return port
        raise HostError(f"all {len(_EPHEMERAL_PORTS)} ports for connections to {remote} are in use")
