from helpers import runs
from helpers.runs import RunBuilder, ours, read_whole, small_run, theirs

from tcpviz.analysis.filter import compile_filter
from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.run import RunView
from tcpviz.wire.segment import ACK, Segment


def found(run: RunView, text: str) -> list[int]:
    """The rows of the packets that pass."""
    filtered = FilteredPackets(run, compile_filter(text))
    filtered.advance(1, lambda: 0)
    return [run.packets.row(position) for position in filtered.positions]


def test_the_packets_that_pass() -> None:
    run = read_whole(small_run())

    assert found(run, "arp") == [runs.ROW_ARP]
    assert found(run, "tcp.flags.syn == 1") == [runs.ROW_SYN, runs.ROW_SYN_ACK]
    assert found(run, "http.request.method == GET") == [runs.ROW_REQUEST]
    assert found(run, "tcp.seq == 0") == [runs.ROW_SYN, runs.ROW_SYN_ACK]
    assert len(found(run, "")) == len(run.packets)
    assert found(run, "udp") == []


def test_the_record_is_asked_too() -> None:
    run = read_whole(small_run())

    assert found(run, 'tcpviz.fate == "lost"') == [runs.ROW_LOST]
    assert found(run, 'tcpviz.state == "SYN-SENT"') == [runs.ROW_SYN]
    assert runs.ROW_BEYOND in found(run, 'tcpviz.event == "Held" && tcpviz.direction == "in"')


def test_a_lost_packet_has_the_numbers_that_the_list_shows() -> None:
    run = read_whole(small_run())
    position = run.packets.position(runs.ROW_LOST)
    observed = run.packets.observed(position)
    assert observed is not None

    same = f"tcp.seq == {observed.seq} && tcp.len == {observed.length} && tcp.window_size > 509"
    assert runs.ROW_LOST in found(run, same)
    assert runs.ROW_LOST not in found(run, "frame.number")


def test_a_budget_is_kept_and_the_rest_follows() -> None:
    builder = RunBuilder()
    for time in range(100):
        builder.sent(time, Segment(ours(time), theirs(0), ACK, 512, b"x"))
    builder.recording.commit()
    run = read_whole(builder.recording)
    filtered = FilteredPackets(run, compile_filter("tcp"))
    times = iter(range(1_000))

    assert filtered.advance(1, lambda: next(times))
    part = len(filtered)
    assert 0 < part < len(run.packets)
    assert filtered.behind == len(run.packets) - part
    while filtered.behind:
        assert filtered.advance(1, lambda: next(times))
    assert list(filtered.positions) == list(range(len(run.packets)))
    assert not filtered.advance(1, lambda: next(times))


def test_what_is_recorded_later_is_found_later() -> None:
    recording = small_run()
    run = RunView(recording)
    filtered = FilteredPackets(run, compile_filter("tcp.flags.fin == 1"))
    assert not filtered.advance(1, lambda: 0)

    run.advance(1, lambda: 0)
    assert filtered.advance(1, lambda: 0)
    assert runs.ROW_FIN in [run.packets.row(position) for position in filtered.positions]


def test_the_found_packet_at_or_before_a_position() -> None:
    run = read_whole(small_run())
    filtered = FilteredPackets(run, compile_filter("tcp.flags.syn == 1"))
    filtered.advance(1, lambda: 0)
    first, second = filtered.positions

    assert filtered.index(first - 1) == -1
    assert filtered.index(first) == 0
    assert filtered.index(second) == 1
    assert filtered.index(len(run.packets)) == 1
