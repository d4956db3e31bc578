"""The connections of a host: which one a frame or a segment is for."""

from collections.abc import Sequence

from tcpviz.host.flow import Endpoint, Flow
from tcpviz.wire import ordinary, runs
from tcpviz.wire.frame import Frame
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

    def recognize_run(self, frames: Sequence[Frame]) -> tuple[Flow, Segment, int] | None:
        """The flow of the frames that `runs` found, the segment that they make up, and how much of it each
        had; None where a closer look at them is needed."""
        first = frames[0]
        found = self.recognize(first.data, vouched=first.vouched)
        if found is None:
            return None
        flow, head = found
        start, end = runs.data_range(first.data)
        if not first.vouched and not all(
            ordinary.checksums_ok(frame.data, end, flow.pseudo_header) for frame in frames[1:]
        ):
            return None
        data = b"".join([frame.data[start:end] for frame in frames])
        merged = Segment(
            head.seq,
            head.ack,
            head.flags,
            head.window,
            data,
            head.urgent,
            head.timestamps,
            head.sack,
            head.ecn,
        )
        return flow, merged, end - start
