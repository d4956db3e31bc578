"""The connections of a host: which one a frame or a segment is for."""

from tcpviz.host.flow import Endpoint, Flow
from tcpviz.wire import ordinary
from tcpviz.wire.segment import Segment


class FlowTable:
    """All flows of a host, by number and by both endpoints."""

    def __init__(self) -> None:
        self.by_number: dict[int, Flow] = {}
        self._by_ends: dict[tuple[Endpoint, Endpoint], Flow] = {}
        self._by_frame: dict[tuple[bytes, bytes], Flow] = {}

    def add(self, flow: Flow) -> None:
        """Segments from its remote to its local endpoint are for `flow` from now on."""
        self.by_number[flow.number] = flow
        self._by_ends[flow.local, flow.remote] = flow

    def remove(self, flow: Flow) -> None:
        """Forget `flow`, if that is not done yet."""
        if self.by_number.pop(flow.number, None) is not None:
            del self._by_ends[flow.local, flow.remote]
            self._by_frame = {mark: other for mark, other in self._by_frame.items() if other is not flow}

    def find(self, local: Endpoint, remote: Endpoint) -> Flow | None:
        """The flow between these two."""
        return self._by_ends.get((local, remote))

    def expect(self, flow: Flow, sample: bytes) -> None:
        """Have `recognize` know the frames of `flow` that have the addresses and ports of `sample`."""
        self._by_frame[ordinary.ends(sample)] = flow

    def recognize(self, data: bytes, *, vouched: bool) -> tuple[Flow, Segment] | None:
        """The flow of an ordinary frame from the neighbour that was expected, and the segment in it; None
        where a closer look is needed, as for a wrong checksum."""
        found = ordinary.parse(data)
        if found is None:
            return None
        head, ends, end, segment = found
        flow = self._by_frame.get((head, ends))
        if flow is None or not (vouched or ordinary.checksums_ok(data, end, flow.pseudo_header)):
            return None
        return flow, segment
