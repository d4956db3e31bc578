"""Masked captures are the same to an analysis: on captures that others made, of every link and tunnel."""

from pathlib import Path

import pytest

from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.masking import Masks
from tcpviz.analysis.subjects import subjects
from tcpviz.recording import Recording, RecordingError
from tcpviz.view.export.redacted import redacted
from tcpviz.wire import ipv4
from tcpviz.wire.capture import Capture
from tcpviz.wire.checksum import internet_checksum, pseudo_header
from tcpviz.wire.errors import ParseError

_CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
_OTHERWISE = {
    "AH-IPcomp-IPv6.pcap": "what is compressed is payload",
    "erspan.pcap": "a tunnel in fragments is payload",
    "pcapng-example.pcapng": "times in the year 600,000, which a row cannot hold",
}


def _captures() -> list[Path]:
    found = []
    for path in sorted(_CAPTURES.rglob("*")):
        if path.is_file() and path.suffix != ".md" and path.name not in _OTHERWISE:
            found.append(path)
    return found


@pytest.mark.parametrize("path", _captures() or [None], ids=lambda path: path.name if path else "none")
def test_masked_it_is_the_same_to_an_analysis(path: Path | None, tmp_path: Path) -> None:
    if path is None:
        pytest.skip("no captures of others beside the repository (../shared)")
    try:
        whole = Recording.open(path)
    except RecordingError:
        return
    copy = redacted(whole, tmp_path / "masked.pcapng")
    copy.close()
    before, after = (list(subjects(CaptureFile(each))) for each in (path, tmp_path / "masked.pcapng"))
    assert [subject.verdict for subject in before] == [subject.verdict for subject in after]
    whole.close()


def test_right_checksums_stay_right_and_wrong_ones_wrong() -> None:
    if not _CAPTURES.exists():
        pytest.skip("no captures of others beside the repository (../shared)")
    masks, looked_at = Masks(), 0
    for path in _captures():
        try:
            capture = Capture(path.read_bytes())
        except ParseError:
            continue
        for frame in capture:
            if (
                frame.linktype == 1
                and frame.data[12:15] == b"\x08\x00\x45"
                and len(frame.data) == frame.length
            ):
                masked = masks.frame(frame.data)
                assert _checksums(masked) == _checksums(frame.data)
                assert masked[26:34] != frame.data[26:34] or frame.data[26] in (0, 127)
                looked_at += 1
    assert looked_at > 1000


def _checksums(frame: bytes) -> tuple[bool, bool]:
    packet = frame[14:]
    try:
        header, payload = ipv4.parse(packet)
    except ParseError:
        return False, False
    right = internet_checksum(packet[:20]) == 0
    if header.protocol != ipv4.TCP or header.is_fragment or len(payload) < 20:
        return right, False
    addresses = pseudo_header(header.source, header.destination, ipv4.TCP, len(payload))
    return right, internet_checksum(bytes(payload), addresses) == 0
