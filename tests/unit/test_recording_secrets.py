"""TLS's secrets in a capture: kept wherever the capture goes, unless it is redacted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpers.wire import frame_out

from tcpviz.cli import main
from tcpviz.link.base import Direction
from tcpviz.recording import Kind, Recording
from tcpviz.wire import pcapng
from tcpviz.wire.segment import ACK, Segment
from tcpviz.wire.seq import Seq

KEY_LOG = f"CLIENT_RANDOM {'ab' * 32} {'cd' * 48}\n"
FRAME = frame_out(Segment(Seq(1), Seq(1), ACK, 500, b"\x17\x03\x03\0\x05sealed"))


def run_of_ours(path: Path) -> Path:
    recording = Recording.create(link="sim", epoch=0, path=path)
    recording.secrets(KEY_LOG)
    recording.frame(0, Direction.OUT, FRAME)
    recording.moment(1, Kind.NOTE, text="a note")
    recording.commit()
    recording.close()
    return path


def capture_of_others(path: Path) -> Path:
    blocks = (
        pcapng.section_header("dumpcap"),
        pcapng.tls_secrets(KEY_LOG),
        pcapng.interface_description("eth0"),
        FRAME.join(pcapng.around_packet(0, pcapng.OUTBOUND, len(FRAME))),
    )
    path.write_bytes(b"".join(blocks))
    return path


@pytest.mark.parametrize("make", [run_of_ours, capture_of_others])
def test_secrets_stay_when_a_capture_is_opened_and_saved(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    recording = Recording.open(make(tmp_path / "first.pcapng"))
    recording.save(tmp_path / "second.pcapng")
    recording.close()
    assert (tmp_path / "second.pcapng").read_bytes() == (tmp_path / "first.pcapng").read_bytes()
    assert KEY_LOG.encode() in (tmp_path / "second.pcapng").read_bytes()


@pytest.mark.parametrize("make", [run_of_ours, capture_of_others])
def test_redacting_drops_them(make: Callable[[Path], Path], tmp_path: Path) -> None:
    source, out = make(tmp_path / "source.pcapng"), tmp_path / "redacted.pcapng"
    result = CliRunner().invoke(main, ["export", "--redact", str(source), "-o", str(out)])
    assert result.exit_code == 0, result.output
    octets = out.read_bytes()
    for private in (b"CLIENT_RANDOM", b"ab" * 32, b"cd" * 48, b"sealed"):
        assert private not in octets
    recording = Recording.open(out)
    assert recording.row(0).length == len(FRAME)
    recording.close()
