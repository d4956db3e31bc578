"""What `tcpviz export` writes of a run."""

import csv
import io
import json
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from helpers.runs import read_whole, small_run
from helpers.screen import record_run
from helpers.wire import frame_out

from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.subjects import subjects
from tcpviz.cli import main
from tcpviz.link.base import Direction
from tcpviz.recording import Kind, Recording, RecordingError
from tcpviz.view.export import write
from tcpviz.view.export.redacted import redacted
from tcpviz.view.export.table import packet, write_csv
from tcpviz.view.run import RunView
from tcpviz.view.safe import safe
from tcpviz.wire.segment import ACK, Segment
from tcpviz.wire.seq import Seq

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 kB of which one segment is lost."""
    folder = tmp_path_factory.mktemp("export")
    return record_run(folder / "run.pcapng", "http://lab/bytes/20000", "in.drop=6")


def export(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_csv_has_every_packet_and_the_reasons(run: Path) -> None:
    rows = list(csv.DictReader(export(run).output.splitlines()))
    recording = Recording.open(run)
    frames = [i for i in range(len(recording)) if recording.data(i)]
    recording.close()
    assert len(rows) == len(frames)
    assert rows[2]["Info"].endswith(
        "[SYN] Seq=0 Win=65535 Len=0 MSS=1460 SACK_PERM TSval=998279268 TSecr=0 WS=128"
    ) or ("[SYN] Seq=0" in rows[2]["Info"])
    assert "SYN-SENT to ESTABLISHED" in rows[3]["Why"]
    assert [row["No."] for row in rows].count("-") == 1


def test_a_cell_is_no_formula(tmp_path: Path) -> None:
    """A spreadsheet that opens the file must not run what a server sent."""
    recording = Recording.create(link="sim", epoch=0, path=tmp_path / "run.pcapng")
    request = Segment(Seq(1), Seq(1), ACK, 500, b"GET / HTTP/1.1\r\n")
    recording.frame(0, Direction.OUT, frame_out(request)[:60])
    recording.moment(1, Kind.NOTE, text="nothing")
    recording.commit()
    recording.close()
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tcpviz.view.summary.info.http_info", lambda payload: safe("=1+1"))
        write_csv(_read(tmp_path / "run.pcapng"), [0], out)
    assert "'=1+1" in out.getvalue()


def _read(path: Path) -> RunView:
    run = RunView(Recording.open(path))
    while run.advance(1, lambda: 0):
        pass
    return run


def test_markdown_keeps_its_columns(run: Path) -> None:
    lines = export(run, "--as", "markdown").output.splitlines()
    assert lines[1] == "|" + " --- |" * 8
    assert {line.replace("\\|", "").count("|") for line in lines} == {9}


def test_json_tells_what_the_list_an_observer_and_our_stack_say(run: Path) -> None:
    packets = [json.loads(line) for line in export(run, "--as", "json").output.splitlines()]
    lost = next(packet for packet in packets if packet["fate"] == "lost")
    assert (lost["frame"], lost["direction"]) == (None, "in")
    again = next(
        packet for packet in packets if packet["observed"] and "retransmission" in packet["observed"]["flags"]
    )
    assert again["observed"]["seq"] == lost["observed"]["seq"]
    assert again["state"] == "ESTABLISHED"


def test_the_filter_and_the_stream_choose(run: Path) -> None:
    chosen = export(run, "--as", "json", "--filter", "tcp.flags.syn == 1").output.splitlines()
    assert len(chosen) == 2
    assert len(export(run, "--as", "json", "--stream", 0).output.splitlines()) > 10


def test_the_trail_of_states(run: Path) -> None:
    [connection] = json.loads(export(run, "--as", "states").output)["connections"]
    states = [change["to"] for change in connection["ours"]]
    assert states[:2] == ["SYN-SENT", "ESTABLISHED"]
    assert states[-1] == "CLOSED"
    assert connection["ours"][1]["variables"]["mss"] == 1448
    assert connection["peer"][-1]["to"] in ("CLOSED", "TIME-WAIT", "LAST-ACK")


def test_of_a_capture_the_states_are_those_that_its_packets_tell(run: Path, tmp_path: Path) -> None:
    own, path = Recording.open(run), tmp_path / "capture.pcapng"
    capture = Recording.create(link="capture", epoch=0, path=path)
    for index in range(len(own)):
        if own.row(index).number:
            capture.frame(own.time(index), own.row(index).direction, own.data(index))
    capture.commit()
    capture.close()
    own.close()
    (connection,) = json.loads(export(path, "--as", "states").output)["connections"]
    assert connection["server"] == "192.0.2.1:80"
    ends = [(change["client"], change["server"]) for change in connection["inferred"]]
    assert ends[:3] == [("SYN-SENT", None), ("SYN-SENT", "SYN-RECEIVED"), ("ESTABLISHED", "ESTABLISHED")]
    assert ends[-1] == ("TIME-WAIT", "CLOSED")
    assert all(change["frame"] for change in connection["inferred"])


@pytest.mark.parametrize("options", [(), ("--to-scale",)])
def test_the_ladder_draws_every_packet(run: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    out = tmp_path / "ladder.svg"
    assert export(run, "-o", out, *options).exit_code == 0
    words = [element.text or "" for element in ElementTree.parse(out).iter(f"{SVG}text")]
    packets = len(export(run, "--as", "json").output.splitlines())
    assert sum("seq=" in word or "ARP" in word for word in words) == packets
    assert any("lost on the way to us" in word for word in words)
    dashed = [
        line for line in ElementTree.parse(out).iter(f"{SVG}polyline") if "stroke-dasharray" in line.attrib
    ]
    assert len(dashed) == 1  # from the repetition to what it repeats


def test_the_time_sequence_graph(run: Path) -> None:
    picture = ElementTree.fromstring(export(run, "--as", "time-sequence").output)
    assert len(list(picture.iter(f"{SVG}circle"))) > 20


def test_redacted_it_tells_no_address_and_no_payload_and_the_same_of_tcp(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "redacted.pcapng"
    assert export(run, "--redact", "-o", out).exit_code == 0
    octets = out.read_bytes()
    for private in (bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)), b"192.0.2.1", b"GET /bytes", b"HTTP/1.1"):
        assert private not in octets
    before, after = ([subject.verdict for subject in subjects(CaptureFile(path))] for path in (run, out))
    assert before == after
    whole, copy = Recording.open(run), Recording.open(out)
    assert [whole.row(i) for i in range(len(whole))] == [copy.row(i) for i in range(len(copy))]
    assert [whole.snapshot(i) for i in range(len(whole))] == [copy.snapshot(i) for i in range(len(copy))]
    assert [whole.events(i) for i in range(len(whole))] == [copy.events(i) for i in range(len(copy))]


@pytest.mark.parametrize(
    ("told", "masked"),
    [
        ("intranet is 192.168.1.5, 192.168.1.6", "xxxxxxxx is xxxxxxxxxxx, xxxxxxxxxxx"),
        ("10.0.0.1 refuses 10.0.0.9: ask Alice", "xxxxxxxx refuses xxxxxxxxxxxxxxxxxxx"),
        ("tcpviz itself failed: KeyError: Alice", "tcpviz itself failed: xxxxxxxxxxxxxxx"),
        ("2001:db8::7 is left out: No route to it", "xxxxxxxxxxx is left out: No route to it"),
    ],
)
def test_redacted_notes_keep_their_sentences_and_tell_no_name(told: str, masked: str, tmp_path: Path) -> None:
    source = Recording.create(link="raw alices", epoch=0)
    source.moment(0, Kind.NOTE, text=told)
    source.commit()
    with closing(redacted(source, tmp_path / "redacted.pcapng")) as copy:
        assert copy.text(0) == masked
        assert copy.link == "raw"
    source.close()
    assert b"lice" not in (tmp_path / "redacted.pcapng").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--as", "pcapng"), "name it with -o"),
        (("--filter", "tcp.foo"), "there is no field tcp.foo"),
        (("--stream", 1), "there is no stream 1"),
        (("-o", "run.foo"), "does not say what to write"),
        (("--as", "ladder", "--filter", "frame.number > 10000"), "no packet to draw"),
        (("-o", "run.pcapng", "--filter", "tcp"), "a capture is copied whole"),
        (("-o", "run.pcapng", "--redact", "--stream", 0), "a capture is copied whole"),
    ],
)
def test_what_is_refused(run: Path, arguments: tuple[object, ...], says: str) -> None:
    result = export(run, *arguments)
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_filter_means_the_addresses_before_they_are_masked(run: Path) -> None:
    arguments = ("--as", "json", "--filter", "ip.src == 192.0.2.1 && tcp")
    plain, masked = (
        [json.loads(line)["frame"] for line in export(run, *arguments, *redact).output.splitlines()]
        for redact in ((), ("--redact",))
    )
    assert plain == masked != []


def test_what_is_refused_leaves_the_file_that_was_there(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "ladder.svg"
    out.write_text("of yesterday")
    assert export(run, "-o", out, "--filter", "frame.number > 10000").exit_code == 1
    assert [out] == list(tmp_path.iterdir())
    assert out.read_text() == "of yesterday"


def test_through_a_link_and_to_a_device(run: Path, tmp_path: Path) -> None:
    out, link = tmp_path / "packets.csv", tmp_path / "link.csv"
    link.symlink_to(out)
    assert export(run, "-o", link).exit_code == 0
    assert link.is_symlink()
    assert out.read_text().startswith("No.,")
    assert export(run, "--as", "csv", "-o", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("redact", [(), ("--redact",)])
def test_what_of_a_damaged_file_could_not_be_read_is_said(
    run: Path, tmp_path: Path, redact: tuple[str, ...]
) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(run.read_bytes()[:-1000])
    result = export(cut, "--as", "json", *redact)
    assert result.exit_code == 0
    assert "the rest is lost" in result.stderr or "cut off" in result.stderr, result.stderr


def test_where_there_is_no_room_for_a_masked_copy_the_way_out_is_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RecordingError("the recording ends here: No space left on device")

    monkeypatch.setattr(write, "redacted", full)
    result = export(run, "--redact", "-o", tmp_path / "copy.pcapng")
    assert result.exit_code == 1
    assert "no masked copy could be made" in result.stderr
    assert "TMPDIR" in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_file_itself_is_not_overwritten(run: Path) -> None:
    before = run.read_bytes()
    assert "take another name" in export(run, "--redact", "-o", run).output
    assert run.read_bytes() == before


@pytest.mark.parametrize("options", [(), ("--redact",), ("--as", "states")])
def test_what_was_lost_of_a_damaged_capture_is_said(
    run: Path, options: tuple[str, ...], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(run.read_bytes()[:-20])
    result = export(cut, *options)
    assert result.exit_code == 0
    assert result.stdout
    assert "cut.pcapng: the file was cut off" in result.stderr


def test_what_is_no_capture(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    assert "no capture file" in export(tmp_path / "text").output


def test_every_tcp_packet_of_ours_has_its_reason_also_where_our_stack_decided_nothing() -> None:
    view = read_whole(small_run())
    for position in range(len(view.packets)):
        if view.packets.observed(position):
            assert packet(view, position)["why"], view.line(position).info
