"""Rate of a fetch through our TCP beside Python's own kernel sockets, on the same veth pair.

1500-byte packets without offloads; recording on, no screen. Both clients take turns in one run; medians. What
the processes computed says more where others use the machine.
"""

import statistics
import sys
from typing import NamedTuple

from benchmarks.network import OURS, PORT, SERVER, Network, network

SIZE = 100_000_000
PACKETS = SIZE / 1448
ROUNDS = 5


class Rate(NamedTuple):
    """Of one fetch."""

    speed: float
    """MB/s as the client itself measured it, from its SYN to the last octet."""
    work: float
    """Microseconds of its processor time a packet, the kernel's part in it."""


def main() -> None:
    """Print rate and work of both, and what the server's kernel sent again for us."""
    url = f"http://{SERVER}:{PORT}/bytes/{SIZE}"
    with network() as net:
        ours, kernels = [], []
        sent_again = 0
        for _ in range(ROUNDS):
            kernels.append(_rate(net, "benchmarks.kernel_client", SERVER, str(PORT), f"/bytes/{SIZE}"))
            before = net.retransmissions()
            ours.append(_rate(net, "benchmarks.our_client", url, "va", OURS))
            sent_again += net.retransmissions() - before
    print(f"fetch of {SIZE / 1e6:.0f} MB over veth, 1500-byte packets, median of {ROUNDS}:")
    mine = _line("tcpviz get --link raw", ours)
    theirs = _line("Python kernel socket", kernels)
    print(
        f"  kernel / ours           {theirs / mine:7.2f}      sent again by the server for us: {sent_again}"
    )


def _rate(net: Network, module: str, *arguments: str) -> Rate:
    seconds, computed = map(float, net.run(sys.executable, "-m", module, *arguments).stdout.split())
    return Rate(SIZE / seconds / 1e6, computed / PACKETS * 1e6)


def _line(who: str, rates: list[Rate]) -> float:
    """Tell of these; the median speed."""
    speeds = [rate.speed for rate in rates]
    speed, work = statistics.median(speeds), statistics.median(rate.work for rate in rates)
    between = f"({min(speeds):.1f} to {max(speeds):.1f})"
    print(f"  {who:23} {speed:7.1f} MB/s   {between:18} {work:6.2f} µs of CPU a packet")
    return speed
