"""The streams that a chooser lists."""

from pathlib import Path

from helpers.runs import small_run
from helpers.torture import frames, write_pcap

from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.view.run import RunView
from tcpviz.view.streams import Streams


def counted(path: Path) -> tuple[RunView, Streams]:
    run = RunView(Recording.open(path))
    streams = Streams(run)
    while run.advance(1, lambda: 0):
        streams.advance(1, lambda: 0)
    return run, streams


def test_every_stream_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(7, 3000))
    run, streams = counted(path)

    seen = [run.packets.observed(position) for position in range(len(run.packets))]
    numbers = [one.stream for one in seen if one]
    assert len(streams) == len(set(numbers)) > 2
    for stream in streams:
        mine = [one for one in seen if one and one.stream == stream.number]
        assert stream.first == next(i for i, one in enumerate(seen) if one and one.stream == stream.number)
        assert stream.amount.startswith(f"{len(mine):,} packet")
        assert bool(stream.alerts) >= any("RETRANSMISSION" in str(one.flags) for one in mine)
    run.recording.close()


def test_those_around_one_of_many(tmp_path: Path) -> None:
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(7, 3000))
    run, streams = counted(path)
    every = list(streams)

    assert len(every) > 20
    assert streams.around(-1, 5) == streams.around(0, 5) == every[:5]
    assert streams.around(every[10].number, 5) == every[8:13]
    assert streams.around(every[-1].number, 5) == every[-5:]
    assert streams.around(every[10].number, len(every) + 1) == every
    run.recording.close()


def test_a_stream_in_words(tmp_path: Path) -> None:
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(7, 3000))
    run, streams = counted(path)
    stream = next(iter(streams))
    source, destination = stream.ends.split(" > ")
    packet = run.segment(run.packets.row(stream.first))
    assert packet is not None
    assert source.endswith(f":{packet.ports[0]}")
    assert destination.endswith(f":{packet.ports[1]}")
    assert " in " in stream.amount
    run.recording.close()


def test_of_many_kinds_of_alert_the_worst_are_named(tmp_path: Path) -> None:
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(7, 3000))
    run, streams = counted(path)
    longest = max((stream.alerts for stream in streams), key=len)
    assert longest.endswith(", ...")
    assert longest.count(", ") == 3
    run.recording.close()


def test_the_client_stands_first_whoever_was_captured_first(tmp_path: Path) -> None:
    whole = small_run()
    path = tmp_path / "later.pcapng"
    whole.save(path)
    run, streams = counted(path)
    (stream,) = streams
    assert stream.ends == "192.0.2.2:40000 > 192.0.2.1:80"
    run.recording.close()
    later = Recording.create(link="sim", epoch=0)
    for index in range(len(whole)):
        row = whole.row(index)
        if row.direction is Direction.IN and row.number:
            later.frame(row.time, row.direction, whole.data(index))
    later.commit()
    view = RunView(later)
    streams = Streams(view)
    while view.advance(1, lambda: 0):
        streams.advance(1, lambda: 0)
    assert next(iter(streams)).ends == "192.0.2.2:40000 > 192.0.2.1:80"
