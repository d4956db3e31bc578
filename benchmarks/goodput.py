"""Goodput over a path that loses packets: our TCP beside Linux's own, to and from one Linux server.

40 ms of round trip, loss in both directions, by our own forwarder between two namespaces; the server sends
with CUBIC. A download measures the ACKs of who receives it, an upload the recovery and the congestion
control of who sends it.
All clients run at once, each on a path of its own: what the machine does meanwhile hits them alike.
"""

import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.network import OURS, PORT, SERVER, SINK_PORT, Network, path

DELAY = "delay=20ms"
SIZES = {"loss=1%": 3_000_000, "loss=5%": 1_000_000}
ROUNDS = 12


class Client(NamedTuple):
    """A command that prints the seconds it took, `{size}` octets being transferred."""

    name: str
    command: str


CLIENTS = (
    Client("download, tcpviz", f"our_client http://{SERVER}:{PORT}/bytes/{{size}} va {OURS}"),
    Client("download, Linux", f"kernel_client {SERVER} {PORT} /bytes/{{size}}"),
    Client("upload, tcpviz, Reno", f"our_upload va {OURS} {SERVER} {SINK_PORT} {{size}} reno"),
    Client("upload, Linux, Reno", f"kernel_upload {SERVER} {SINK_PORT} {{size}} reno"),
    Client("upload, tcpviz, CUBIC", f"our_upload va {OURS} {SERVER} {SINK_PORT} {{size}} cubic"),
    Client("upload, Linux, CUBIC", f"kernel_upload {SERVER} {SINK_PORT} {{size}} cubic"),
)


def main() -> None:
    """Print the median, lowest and highest goodput of each client, for each loss rate."""
    for loss, size in SIZES.items():
        print(f"goodput at 40 ms and {loss} each way, {size / 1e6:.0f} MB, median of {ROUNDS} (Mbit/s):")
        for client, rates in zip(CLIENTS, _measure(loss, size), strict=True):
            median = statistics.median(rates)
            print(f"  {client.name:24}{median:7.2f}   ({min(rates):.2f} to {max(rates):.2f})")


def _measure(loss: str, size: int) -> list[list[float]]:
    """The goodput of each client in each round."""
    with ExitStack() as stack:
        # Each path begins with the same fates, and takes other ones as its packets differ.
        plan = f"{DELAY},{loss}"
        paths = [stack.enter_context(path(plan, congestion="cubic")) for _ in CLIENTS]
        rounds = [_round(paths, size) for _ in range(ROUNDS)]
    return [list(rates) for rates in zip(*rounds, strict=True)]


def _round(paths: list[Network], size: int) -> list[float]:
    started = [
        net.start(sys.executable, "-m", *f"benchmarks.{client.command.format(size=size)}".split())
        for net, client in zip(paths, CLIENTS, strict=True)
    ]
    return [size * 8 / _seconds(process) / 1e6 for process in started]


def _seconds(process: subprocess.Popen[bytes]) -> float:
    out, errors = process.communicate()
    if process.returncode:
        sys.exit(errors.decode())
    return float(out.split()[0])
