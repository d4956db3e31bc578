"""Display filters against tshark's: each expression chooses the same frames."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from helpers.carriers import carriers, write_pcapng
from helpers.tools import need
from helpers.torture import frames, write_pcap

from tcpviz.analysis import Analyzer, TcpPacket
from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.filter import Subject, compile_filter
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp

_SHARED = Path(__file__).parents[2] / ".." / "shared" / "captures"
_CAPTURES = (
    "jvns__teeceepee/google-wget.pcap",
    "chrissanders__packets/http_espn_fail.pcapng",
    "arkime__arkime/http-post-upload.pcap",
    "fpcap__fpcap/example.pcap",
    "secdev__scapy/http_chunk.pcap.gz",
    "chrissanders__packets/tcp_dupack.pcapng",
    "arkime__arkime/tcp_handshake_synthetic.pcap",
    "simsong__tcpflow/test1.pcap",
    "zeek__zeek/erspan.pcap",
    "zeek__zeek/reassembly.pcap",
    "zeek__zeek/zero-length-bodies-with-drops.pcap",
)
_QUOTED = [25, 180, 182, 184, 186, 188, 190, 192, 194, 196, 198, 220, 233, 237, 239, 241, 243]
_DIFFERENT: Mapping[str, Mapping[str, tuple[list[int], list[int]]]] = {
    # An answer on Gnutella's port is Gnutella's to tshark.
    "markofu__pcaps/gnutella.pcap": dict.fromkeys(
        ("http.response", "http.response.code >= 300", "http.server"), ([], [200, 621, 1092])
    ),
    # What OpenFlow carries.
    "the-tcpdump-group__tcpdump/of13_ericsson.pcapng": {
        **dict.fromkeys(
            ("ip.proto == 17", "ip.src > 128.0.0.0", "ip.src[0:2] == c0:a8"), ([65, 66, 68, 69], [])
        ),
        **dict.fromkeys(("udp", "udp.srcport != 53"), ([65, 68, 69], [])),
    },
    # Its clock leaps by 600,000 years, and tshark's differences wrap.
    "fpcap__fpcap/pcapng-example.pcapng": {
        "frame.time_relative > 0.5": ([], [*range(60, 160)]),
        "frame.time_delta > 0.1": ([], [60]),
    },
    # The second half of a header, in a segment of its own.
    "simsong__tcpflow/jpegs.cap": {"http.location": ([100, 109, 120, 137], [])},
    # SYNs quoted in ICMP errors make streams.
    "arkime__arkime/ospf.pcap": {
        "tcp.stream == 0": ([25], []),
        "tcp.stream > 2": (_QUOTED[1:], []),
        "tcp.analysis": (_QUOTED, []),
    },
}
"""Where we choose otherwise (docs/analysis.md): the frames that only tshark and only we choose."""
_UNTOLD = {"tcp.options.sack_le > 1000", "tcp.options.sack_re > 1000"}
_CUT_SHORT = 2
_PREFERENCES = ("tcp.desegment_tcp_streams:FALSE", "tcp.fastrt_supersedes_ooo:TRUE")

EXPRESSIONS = r"""
frame.len > 100
frame.cap_len < 60
frame.number in {1..5, 9}
frame.time_relative > 0.5
frame.time_delta > 0.1
eth
eth.addr[0:3] == 00:00:83
eth.type == 0x0800
eth.dst == ff:ff:ff:ff:ff:ff
ip
ip.version == 4
ip.hdr_len > 20
ip.len > 1000
ip.flags.df == 1
ip.frag_offset > 0
ip.ttl < 64
ip.proto == 17
ip.addr == 10.0.0.0/8
ip.addr != 10.0.0.0/8
ip.src > 128.0.0.0
ip.src[0:2] == c0:a8
ip.dsfield.dscp > 0
ip.id == 0
ip.flags == 2
ip.checksum == 0
ipv6
ipv6.hlim == 64
ipv6.nxt == 6
ipv6.addr == fe80::/10
ipv6.plen > 40
ipv6.flow == 0
arp
arp.opcode == 1
icmp
icmp.type == 3
icmpv6
udp
udp.port == 53
udp.length > 100
udp.srcport != 53
tcp
tcp.port == 80
tcp.port != 80
tcp.port !== 80
any tcp.port != 80
all tcp.port > 1000
tcp.port in {80, 443, 8000..8080}
tcp.srcport not in {80}
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags.reset == True
tcp.flags.fin
tcp.flags & 0x12 == 0x12
tcp.flags & 1
tcp.flags == 0x010
tcp.flags.cwr == 1 or tcp.flags.ece == 1
tcp.seq == 1
tcp.seq_raw > 2147483648
tcp.nxtseq > 1000
tcp.ack == 1
tcp.ack == 0
tcp.ack_raw < 1000000
tcp.seq < tcp.ack
tcp.len > 0
tcp.len >= 1 and tcp.len <= 100
tcp.hdr_len == 20
tcp.window_size < 10000
tcp.window_size_value == 65535
tcp.window_size_scalefactor > 0
tcp.window_size_scalefactor == -1
tcp.checksum == 0
tcp.urgent_pointer > 0
tcp.stream == 0
tcp.stream > 2
tcp.completeness == 31
tcp.payload
tcp.payload[0:4] == 47:45:54:20
tcp.payload[0:3] == "GET"
tcp.payload[-2:] == 0d:0a
tcp.payload contains "HTTP"
tcp.payload matches "^(get|post) "
tcp contains "HTTP/1"
tcp[13] == 02
frame contains "HTTP"
frame[12:2] == 08:00
tcp.options
tcp.options.mss
tcp.options.mss_val < 1460
tcp.options.wscale.shift > 2
tcp.options.wscale.multiplier == 128
tcp.options.sack_perm
tcp.options.sack
tcp.options.sack_le > 1000
tcp.options.sack_re > 1000
tcp.options.timestamp.tsval > 100000
tcp.options.timestamp.tsecr == 0
tcp.analysis
tcp.analysis.flags
tcp.analysis.flags && !tcp.analysis.window_update
tcp.analysis.retransmission
tcp.analysis.fast_retransmission or tcp.analysis.spurious_retransmission
tcp.analysis.out_of_order
tcp.analysis.lost_segment
tcp.analysis.duplicate_ack
tcp.analysis.duplicate_ack_num > 1
tcp.analysis.keep_alive
tcp.analysis.zero_window || tcp.analysis.window_full
tcp.analysis.acks_frame > 100
tcp.analysis.ack_rtt > 0.05
tcp.analysis.bytes_in_flight > 2000
tcp.analysis.push_bytes_sent > 1000
tcp.analysis.initial_rtt > 0.01
tcp.analysis.rto > 0.2
tcp.analysis.rto_frame
http.request
http.request.method == "GET"
http.request.method in {"POST", "HEAD"}
http.request.uri contains "/"
http.response
http.response.code >= 300
http.response.code == 200
http.response.phrase == "OK"
http.host
http.host matches r"\.com$"
http.user_agent contains "a"
http.content_type contains "text"
http.location
http.server
!(ip.addr == 10.0.0.1) && tcp
not tcp.port == 80 or tcp.len > 0 and tcp.flags.push == 1
tcp.srcport == tcp.dstport
""".strip().splitlines()

# One run of tshark for all expressions: each gets a listener of its own, which tells its frames in the end.
_LISTENERS = """
for line in io.lines(os.getenv("FILTERS")) do
  local found, listener = {}, Listener.new("frame", line)
  function listener.packet(info) found[#found + 1] = info.number end
  function listener.draw() print(line .. "\t" .. table.concat(found, " ")) end
end
"""


def _chosen_by_tshark(path: Path, folder: Path) -> Mapping[str, Sequence[int]]:
    script, expressions = folder / "listeners.lua", folder / "expressions"
    script.write_text(_LISTENERS)
    expressions.write_text("\n".join(EXPRESSIONS) + "\n")
    command = [need("tshark"), "-q", "-n", "-r", str(path), "-X", f"lua_script:{script}"]
    for preference in _PREFERENCES:
        command += ["-o", preference]
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    environment = os.environ | home | {"FILTERS": str(expressions)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, _CUT_SHORT), done.stderr
    lines = (line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    return {expression: [int(number) for number in numbers.split()] for expression, numbers in lines}


def _subjects(path: Path) -> Iterator[Subject]:
    """All frames, not only those with TCP."""
    analyzer, fragments = Analyzer(), Fragments()
    first = previous = None
    for number, frame in enumerate(CaptureFile(path), 1):
        found = find_tcp(frame.data, frame.linktype, frame.length, fragments)
        packet = found if isinstance(found, TcpPacket) else None
        first = frame.time if first is None else first
        yield Subject(
            frame.data,
            number,
            frame.time,
            frame.time - first,
            frame.time - (frame.time if previous is None else previous),
            frame.length,
            frame.linktype,
            packet,
            analyzer.add(number, frame.time, packet) if packet else None,
            fragments.completed(),
        )
        previous = frame.time


def _differences(path: Path, folder: Path) -> Mapping[str, tuple[list[int], list[int]]]:
    """Expression to the frames that only tshark and only we choose."""
    theirs = _chosen_by_tshark(path, folder)
    assert sorted(theirs) == sorted(EXPRESSIONS)
    subjects = list(_subjects(path))
    differences = {}
    for expression in EXPRESSIONS:
        holds = compile_filter(expression).holds
        ours = [subject.number for subject in subjects if holds(subject)]
        if ours != theirs[expression]:
            only_theirs = sorted(set(theirs[expression]) - set(ours))
            differences[expression] = (only_theirs, sorted(set(ours) - set(theirs[expression])))
    return differences


@pytest.mark.parametrize("name", [*_CAPTURES, *_DIFFERENT])
def test_filters_choose_the_frames_that_tshark_chooses(name: str, tmp_path: Path) -> None:
    need("tshark")
    path = _SHARED / name
    if not path.exists():
        pytest.skip("no captures of others beside the repository (../shared)")

    assert _differences(path, tmp_path) == _DIFFERENT.get(name, {})


def test_filters_on_torture_captures(tmp_path: Path) -> None:
    """Except for what SACK blocks without the flag ACK tell."""
    need("tshark")
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(5, 1500))

    assert set(_differences(path, tmp_path)) <= _UNTOLD


def test_filters_on_all_carriers(tmp_path: Path) -> None:
    need("tshark")
    path = tmp_path / "carriers.pcapng"
    # What the customer's frame in 802.1ah begins with has other names in tshark than Ethernet's.
    known = [each for each in carriers() if each[0] != "802.1ah"]
    write_pcapng(path, ((linktype, data) for _, linktype, data in known))

    assert _differences(path, tmp_path) == {}
