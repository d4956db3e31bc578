"""A TCP packet of which the capture kept too little."""

from helpers.runs import ISS, OUT, read_whole, tcp_frame

from tcpviz.recording import Recording
from tcpviz.view.why import why
from tcpviz.wire.segment import SYN, Segment


def test_a_cut_off_header_is_told_as_that_and_not_as_another_protocol() -> None:
    recording = Recording.create(link="capture", epoch=0)
    recording.frame(0, OUT, tcp_frame(OUT, Segment(ISS, flags=SYN))[:40])
    recording.commit()
    assert "cut its header off" in why(read_whole(recording).moment(0)).truth[0].text
