"""Rate of a fetch through our TCP beside Python's own kernel sockets, on the same veth pair.

1500-byte packets without offloads; recording on, no screen. Both clients take turns in one run; medians. What
the processes computed says more where others use the machine.
"""

import statistics
import sys
from collections import Counter
from typing import NamedTuple

from benchmarks.network import OURS, PORT, SERVER, Network, network

SIZE = 100_000_000
PACKETS = SIZE / 1448
ROUNDS = 5

REASONS = (
    "TCPLossProbes",
    "TCPTimeouts",
    "TCPFastRetrans",
    "TCPSpuriousRTOs",
    "TCPDSACKRecv",
    "TCPSACKReorder",
)
"""What the server's kernel counts beside `RetransSegs`: why it sent again, and what it learned then."""
DROPPED = "dropped by our socket"


class Fetch(NamedTuple):
    """One of them."""

    speed: float
    """MB/s as the client itself measured it, from its SYN to the last octet."""
    work: float
    """Microseconds of its processor time a packet, the kernel's part in it."""
    counted: Counter[str]
    """What the server's TCP counted meanwhile, and the frames that our own socket dropped."""


def main() -> None:
    """Print rate and work of both, and what the server's kernel sent again for either, and why."""
    url = f"http://{SERVER}:{PORT}/bytes/{SIZE}"
    with network() as net:
        ours, kernels = [], []
        for _ in range(ROUNDS):
            kernels.append(_fetch(net, "benchmarks.kernel_client", SERVER, str(PORT), f"/bytes/{SIZE}"))
            ours.append(_fetch(net, "benchmarks.our_client", url, "va", OURS))
    print(f"fetch of {SIZE / 1e6:.0f} MB over veth, 1500-byte packets, median of {ROUNDS}:")
    mine = _line("tcpviz get --link raw", ours)
    theirs = _line("Python kernel socket", kernels)
    print(f"  kernel / ours           {theirs / mine:7.2f}")
    for who, fetches in (("us", ours), ("the kernel", kernels)):
        print(f"  sent again by the server for {who}, fetch by fetch:")
        for fetch in fetches:
            print(f"    {_resends(fetch.counted)}")


def _fetch(net: Network, module: str, *arguments: str) -> Fetch:
    before = net.counters()
    printed = net.run(sys.executable, "-m", module, *arguments).stdout.split()
    counted = net.counters()
    counted.subtract(before)
    seconds, computed = map(float, printed[:2])
    counted[DROPPED] = sum(map(int, printed[2:]))
    return Fetch(SIZE / seconds / 1e6, computed / PACKETS * 1e6, counted)


def _line(who: str, fetches: list[Fetch]) -> float:
    """Tell of these; the median speed."""
    speeds = [fetch.speed for fetch in fetches]
    speed, work = statistics.median(speeds), statistics.median(fetch.work for fetch in fetches)
    between = f"({min(speeds):.1f} to {max(speeds):.1f})"
    print(f"  {who:23} {speed:7.1f} MB/s   {between:18} {work:6.2f} µs of CPU a packet")
    return speed


def _resends(counted: Counter[str]) -> str:
    reasons = [f"{counted[name]} {name}" for name in (*REASONS, DROPPED) if counted[name]]
    return f"{counted['RetransSegs']:4}" + (f" ({', '.join(reasons)})" if reasons else "")
