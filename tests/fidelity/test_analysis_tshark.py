"""The analysis against tshark: on captures made to break it, and on those that others made."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from helpers.carriers import carriers, write_pcapng
from helpers.oracle import tshark
from helpers.tools import need
from helpers.torture import frames, shortened, write_pcap

from tcpviz.analysis import Analyzer
from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.packet import TcpPacket
from tcpviz.analysis.report import row

_FRAMES = int(os.environ.get("TCPVIZ_TORTURE_FRAMES", "15000"))
_SHARED = Path(__file__).parents[2] / ".." / "shared"

_CANDIDATE = """
import json, pathlib, sys
from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.report import analyze
for row in analyze(CaptureFile(pathlib.Path(sys.argv[1]))):
    print(json.dumps(row))
"""


def _said(path: Path) -> Iterable[Mapping[str, object]]:
    """What we say of each TCP packet of a capture, as the oracle words it."""
    analyzer = Analyzer()
    for number, frame, packet in CaptureFile(path).packets():
        assert isinstance(packet, TcpPacket)
        verdict = analyzer.add(number, frame.time, packet)
        said = dict(row(number, packet, verdict))
        yield said | {"flags": set(verdict.flags.names), "completeness": verdict.completeness}


def _differences(path: Path) -> list[str]:
    differences = []
    for said, expected in zip(_said(path), tshark(path), strict=True):
        for key, value in expected.items():
            if key == "ack" and said["ack"] is None:
                continue  # without the flag tshark shows the raw field
            same = (
                value == pytest.approx(said[key], abs=1e-9)
                if isinstance(value, float)
                else value == said[key]
            )
            if not same:
                differences.append(f"frame {said['frame']} {key}: tshark {value}, tcpviz {said[key]}")
    return differences


def test_torture_captures_are_judged_as_tshark_judges_them(tmp_path: Path) -> None:
    need("tshark")
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(20_261_122, _FRAMES))

    assert _differences(path) == []


def test_tcp_is_found_wherever_tshark_finds_it(tmp_path: Path) -> None:
    need("tshark")
    path = tmp_path / "carriers.pcapng"
    write_pcapng(path, ((linktype, data) for _, linktype, data in carriers()))

    assert _differences(path) == []


def test_headers_that_say_too_short_a_length_are_judged_as_tshark_judges_them(tmp_path: Path) -> None:
    need("tshark")
    path = tmp_path / "bogus.pcap"
    write_pcap(path, shortened(frames(28_586, 3000)))

    assert _differences(path) == []


@pytest.mark.parametrize("snapped", [50, 54, 60, 66, 78])
def test_cut_headers_are_judged_as_tshark_judges_them(tmp_path: Path, snapped: int) -> None:
    need("tshark")
    path = tmp_path / "snapped.pcap"
    write_pcap(path, frames(snapped, 1000), snapped)

    assert _differences(path) == []


def test_the_captures_of_others_are_judged_as_tshark_judges_them(tmp_path: Path) -> None:
    need("tshark")
    score = _SHARED / "tools" / "score.py"
    if not score.exists():
        pytest.skip("no captures of others beside the repository (../shared)")
    result = tmp_path / "score.json"
    candidate = tmp_path / "candidate.py"
    candidate.write_text(_CANDIDATE)

    command = [sys.executable, str(score), str(_SHARED / "captures"), "--json", str(result)]
    command += ["--candidate", f"{sys.executable} {candidate} FILE"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run(command, check=True, capture_output=True, env=environment)

    scored = json.loads(result.read_text())
    wrong = {flag: cell for flag, cell in scored["flags"].items() if cell["fp"] or cell["fn"]}
    assert wrong == {}
    assert scored["total"]["strict_ratio"] == 1.0
