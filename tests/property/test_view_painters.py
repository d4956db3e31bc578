"""Whatever the size and the values: no painter raises, and every row is exactly as wide as declared."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tcpviz.tcp.events import StateChanged
from tcpviz.tcp.snapshot import SCALAR_COUNT, Snapshot
from tcpviz.tcp.state import State, Trigger
from tcpviz.view import graphs, ladder, sequence_space, state_machine, timeline
from tcpviz.view.canvas import Braille, Canvas, Wires
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.graphs import Point, RttSample, WindowSample
from tcpviz.view.ladder import Arrow
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.timeline import Axis
from tcpviz.wire.seq import add, seq

some = settings(max_examples=60)

canvases = st.builds(Canvas, st.integers(-1, 130), st.integers(-1, 45))
tables = st.sampled_from([UNICODE, ASCII])
coordinates = st.integers(-50, 150)
roles = st.sampled_from(Role)
times = st.integers(0, 10**13)
sizes = st.one_of(st.integers(0, 5000), st.integers(0, 1 << 30))
seqs = st.integers(0, 2**32 - 1).map(seq)
ranges = st.lists(st.tuples(seqs, seqs), max_size=4).map(tuple)


def well_formed(canvas: Canvas) -> None:
    rows = canvas.rows()
    assert len(rows) == canvas.height
    for row in rows:
        line = "".join(text for text, _ in row)
        assert len(line) == cell_len(line) == canvas.width
        assert line.isprintable()
        assert all(before[1] is not after[1] for before, after in pairwise(row))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Anything that fits the types; every other one hangs together as a connection's would."""
    una, nxt = draw(seqs), draw(seqs)
    rcv_nxt = draw(seqs)
    sacked = lost = retransmitted = held = draw(ranges)
    if draw(st.booleans()):
        nxt = add(una, draw(st.integers(0, 1 << 22)))
        near = st.tuples(st.integers(0, 1 << 22), st.integers(1, 1 << 16))
        sacked = lost = tuple(
            (add(una, start), add(una, start + length)) for start, length in draw(st.lists(near, max_size=4))
        )
        held = tuple((add(rcv_nxt, 1460 * index), add(rcv_nxt, 1460 * index + 100)) for index in (1, 3, 9))
    pointers = (una, nxt, nxt, draw(sizes), rcv_nxt, draw(sizes))
    others = [draw(sizes) for _ in range(SCALAR_COUNT - 3 - len(pointers))]
    scalars = (draw(st.sampled_from(State)), draw(seqs), draw(seqs), *pointers, *others)
    return Snapshot._make((*scalars, (), sacked, lost, retransmitted, held))


@some
@given(canvases, st.lists(st.tuples(coordinates, coordinates, st.text(max_size=20), roles), max_size=20))
def test_whatever_is_put_on_a_canvas(canvas: Canvas, texts: list[tuple[int, int, str, Role]]) -> None:
    for x, y, text, role in texts:
        canvas.put(x, y, SafeText(text), role)
        canvas.put_right(x, y, safe(text), role)
        canvas.hline(x, y, y, UNICODE.past, role)
        canvas.fill(x, y, y, x, UNICODE.past, role)
    well_formed(canvas)


@some
@given(canvases, tables, st.lists(st.tuples(coordinates, coordinates), max_size=30))
def test_whatever_the_pens_draw(canvas: Canvas, glyphs: Glyphs, dots: list[tuple[int, int]]) -> None:
    wires = Wires([Role.EDGE_OTHER])
    wires.path(dots, Role.EDGE_OTHER)
    wires.paint(canvas, glyphs)
    braille = Braille(canvas.width, canvas.height, [Role.DATA])
    braille.plot(dots, Role.DATA)
    braille.steps(sorted(dots), Role.DATA)
    braille.paint(canvas, -1, 1, glyphs)
    well_formed(canvas)


@some
@given(
    canvases,
    st.lists(
        st.builds(StateChanged, st.sampled_from(State), st.sampled_from(State), st.sampled_from(Trigger))
    ),
    st.none() | st.sampled_from(State),
    st.none() | st.sampled_from(State),
)
def test_state_machine(
    canvas: Canvas, trail: list[StateChanged], current: State | None, peer: State | None
) -> None:
    state_machine.paint(canvas, UNICODE, current=current, trail=trail, peer=peer)
    well_formed(canvas)


points = st.lists(st.builds(Point, times, sizes, roles), max_size=50).map(sorted)


@some
@given(canvases, st.none() | snapshots(), points)
def test_sequence_space(canvas: Canvas, snapshot: Snapshot | None, dots: list[Point]) -> None:
    sequence_space.paint(canvas, UNICODE, snapshot, dots)
    well_formed(canvas)


@some
@given(canvases, st.lists(times, max_size=80), st.lists(times, max_size=5), times, times)
def test_timeline(canvas: Canvas, packets: list[int], alerts: list[int], now: int, end: int) -> None:
    timeline.paint(canvas, UNICODE, times=sorted(packets), alerts=sorted(alerts), now=now, end=end)
    well_formed(canvas)


@some
@given(st.lists(times, min_size=1, max_size=80), times, st.integers(1, 200))
def test_the_timeline_has_a_cell_for_every_moment_in_order(packets: list[int], end: int, width: int) -> None:
    axis = Axis.over(sorted(packets), end, width)
    assert sum(stretch.cells for stretch in axis.stretches) == width
    cells = [axis.cell(time) for time in sorted(packets)]
    assert cells == sorted(cells)
    assert 0 <= cells[0] <= cells[-1] < width
    starts = [axis.time(cell) for cell in range(width)]
    assert starts == sorted(starts)


arrows = st.builds(
    Arrow,
    st.integers(0, 10**7),
    times,
    st.booleans(),
    st.text(max_size=12).map(safe),
    st.none() | sizes,
    st.none() | sizes,
    sizes,
    roles,
    st.booleans(),
    st.booleans(),
    st.none() | times,
    st.text(max_size=12).map(safe),
    st.none() | st.integers(-60, 60),
)


@some
@given(canvases, st.lists(arrows, max_size=60), st.integers(-1, 60), st.text(max_size=30).map(safe))
def test_ladder(canvas: Canvas, packets: list[Arrow], current: int, name: SafeText) -> None:
    ladder.paint(canvas, UNICODE, arrows=packets, current=current, left=name, right=name)
    well_formed(canvas)


@some
@given(
    canvases,
    points,
    st.lists(st.builds(WindowSample, times, sizes, sizes, sizes, sizes), max_size=30).map(sorted),
    st.lists(st.builds(RttSample, times, times, times, times), max_size=30).map(sorted),
    st.lists(st.tuples(times, sizes), max_size=30).map(sorted),
    st.none() | times,
)
def test_graphs(
    canvas: Canvas,
    dots: list[Point],
    windows: list[WindowSample],
    round_trips: list[RttSample],
    arrivals: list[tuple[int, int]],
    now: int | None,
) -> None:
    graphs.paint_time_sequence(canvas, UNICODE, dots, now=now)
    graphs.paint_window(canvas, UNICODE, windows, now=now)
    graphs.paint_rtt(canvas, UNICODE, round_trips, now=now)
    graphs.paint_throughput(canvas, UNICODE, arrivals, now=now)
    well_formed(canvas)
