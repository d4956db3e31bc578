"""Rate of a fetch through our TCP beside Python's own kernel sockets, on the same veth pair.

1500-byte packets without offloads; recording on, no screen. Both clients take turns in one run; medians.
"""

import statistics
import sys

from benchmarks.network import OURS, PORT, SERVER, Network, network

SIZE = 100_000_000
ROUNDS = 5


def main() -> None:
    """Print MB/s of both, their ratio, and what the server's kernel sent again for us."""
    url = f"http://{SERVER}:{PORT}/bytes/{SIZE}"
    with network() as net:
        ours, kernels = [], []
        sent_again = 0
        for _ in range(ROUNDS):
            kernels.append(_rate(net, "benchmarks.kernel_client", SERVER, str(PORT), f"/bytes/{SIZE}"))
            before = net.retransmissions()
            ours.append(_rate(net, "benchmarks.our_client", url, "va", OURS))
            sent_again += net.retransmissions() - before
    mine, theirs = statistics.median(ours), statistics.median(kernels)
    print(f"fetch of {SIZE / 1e6:.0f} MB over veth, 1500-byte packets, median of {ROUNDS}:")
    print(f"  tcpviz get --link raw   {mine:7.1f} MB/s   ({min(ours):.1f} to {max(ours):.1f})")
    print(f"  Python kernel socket    {theirs:7.1f} MB/s   ({min(kernels):.1f} to {max(kernels):.1f})")
    print(
        f"  kernel / ours           {theirs / mine:7.2f}      sent again by the server for us: {sent_again}"
    )


def _rate(net: Network, module: str, *arguments: str) -> float:
    """MB/s as the client itself measured it, from its SYN to the last octet."""
    seconds = float(net.run(sys.executable, "-m", module, *arguments).stdout)
    return SIZE / seconds / 1e6
