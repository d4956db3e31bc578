"""Why is never empty: every packet of a capture and of our own runs has a sentence with its section."""

from pathlib import Path

import dns.message
import pytest
from helpers.runs import read_whole
from helpers.torture import write_pcap

from tcpviz.analysis import Flag
from tcpviz.lab.scenarios import SCENARIOS
from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.view.run import RunView
from tcpviz.view.why import why
from tcpviz.view.why_capture import SECTIONS
from tcpviz.wire import ethernet, icmp, ipv4, udp


def untold(run: RunView) -> list[int]:
    """The rows of TCP packets that no sentence with a section tells about."""
    moments = (run.moment(index) for index in range(len(run)))
    return [
        moment.index
        for moment in moments
        if moment.packet is not None
        and not any(each.rfc for part in (why(moment).truth, why(moment).inference) for each in part)
    ]


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_has_its_section(flag: Flag) -> None:
    assert SECTIONS[flag].startswith("RFC ")


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_packet_of_a_run_is_told(name: str) -> None:
    session = Session(check(RunOptions("", scenario=name)))
    session.run()
    assert untold(read_whole(session.recording)) == []
    session.recording.close()


def test_every_packet_of_a_capture_is_told_without_a_word_of_ours(tmp_path: Path) -> None:
    run = as_capture("http://lab/bytes/30000", "in.drop=3", tmp_path / "capture.pcap")
    assert untold(run) == []
    told = [why(run.moment(index)) for index in range(len(run)) if run.moment(index).packet]
    assert not any(each.truth for each in told)
    texts = [each.text for part in told for each in part.inference]
    assert any("asks 192.0.2.1:80 to open a connection" in text and "MSS=" in text for text in texts)
    assert any("agrees to the connection" in text for text in texts)
    assert any("acknowledges packet" in text for text in texts)
    assert any("octets from 192.0.2.1:80: 1 to " in text for text in texts)


def test_a_window_whose_scale_was_not_captured_is_no_less_than_its_field(tmp_path: Path) -> None:
    whole = as_capture("http://lab/bytes/30000", "", tmp_path / "capture.pcap")
    frames = [(1000 + index, whole.recording.data(index)) for index in range(len(whole))]
    write_pcap(tmp_path / "middle.pcap", iter(frames[7:]))
    middle = RunView(Recording.open(tmp_path / "middle.pcap"))
    while middle.advance(10**9, lambda: 0):
        pass
    for run, says in ((whole, False), (middle, True)):
        acks = [
            sentence.text
            for index in range(10, len(run))
            for sentence in why(run.moment(index)).inference
            if "has everything before" in sentence.text
        ]
        assert acks
        assert all(("takes at least" in text and "not captured" in text) is says for text in acks)


def as_capture(url: str, impair: str, path: Path) -> RunView:
    """The packets of a run as a stranger's capture: nothing of it but frames and times."""
    session = Session(check(RunOptions(url, impair=impair)))
    session.run()
    recording = session.recording
    rows = [recording.row(index) for index in range(len(recording))]
    frames = [(row.time, recording.data(index)) for index, row in enumerate(rows) if row.number]
    header = b"\x4d\x3c\xb2\xa1" + b"\x02\0\x04\0" + bytes(8) + (65535).to_bytes(4, "little")
    packets = (
        b"".join(part.to_bytes(4, "little") for part in (*divmod(time, 10**9), len(data), len(data))) + data
        for time, data in frames
    )
    path.write_bytes(header + (1).to_bytes(4, "little") + b"".join(packets))
    recording.close()
    return read_whole(Recording.open(path))


def test_a_question_for_a_name_and_its_answer_are_told_apart(tmp_path: Path) -> None:
    question = dns.message.make_query("response.example", "A")
    ours, server = b"\xc0\x00\x02\x02", b"\xc0\x00\x02\x35"
    asked = udp.build(ours, 40000, server, 53, question.to_wire())
    answered = udp.build(server, 53, ours, 40000, dns.message.make_response(question).to_wire())
    packets = ipv4.build(ours, server, ipv4.UDP, asked), ipv4.build(server, ours, ipv4.UDP, answered)
    path = tmp_path / "names.pcap"
    frames = (ethernet.build(bytes(6), bytes(6), ethernet.IPV4, packet) for packet in packets)
    write_pcap(path, enumerate(frames))
    recording = Recording.open(path)
    run = read_whole(recording)
    told = [why(run.moment(index)).truth[0].text for index in range(2)]
    assert told[0].startswith("A name server is asked: Standard query 0x")
    assert told[1].startswith("A name server answers: Standard query response 0x")
    recording.close()


def test_an_icmp_error_names_the_connection_of_the_packet_that_it_quotes(tmp_path: Path) -> None:
    client, server = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
    quoted = ipv4.build(client, server, ipv4.UDP, udp.build(client, 4000, server, 53, b"?"))
    errors = [
        ipv4.build(server, client, ipv4.ICMP, icmp.build(icmp.IcmpMessage(3, 3, 0, payload)))
        for payload in (quoted, quoted[:8])
    ]
    path = tmp_path / "errors.pcap"
    frames = (ethernet.build(bytes(6), bytes(6), ethernet.IPV4, error) for error in errors)
    write_pcap(path, enumerate(frames))
    recording = Recording.open(path)
    run = read_whole(recording)
    named, cut = (why(run.moment(index)).truth[0].text for index in (0, 1))
    assert cut.endswith("quotes its beginning: port unreachable.")
    assert named.removeprefix(cut) == " It was UDP from 192.0.2.2:4000 to 192.0.2.1:53."
    recording.close()
