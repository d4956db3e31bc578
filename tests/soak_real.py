"""Many fetches in a row from the real Linux TCP over a bad path: `make soak-real N=300`.

Each has a seed of its own (`python tests/soak_real.py 300 1000`: from 1000 on) and by turns another
congestion control at the peer. Prints each that fails and why; exits with 1 then. The path does the same
again with the same seed, though the machine's clock does not.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from helpers.world import SECOND, MemorySink, World

from tcpviz.client.options import FetchOptions
from tcpviz.lab.network import KERNEL_PEER, OUR_MAC
from tcpviz.lab.site import pattern
from tcpviz.link.base import LinkError
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.kernel import KernelLink

BAD = "loss=10%,reorder=10%,corrupt=2%,dup=1%,delay=2ms"
CONTROLS = ("reno", "cubic", "bbr")
SIZE = 100_000
_HUNG = FetchOptions(timeout=180 * SECOND)


@contextmanager
def peers() -> Iterator[list[KernelLink]]:
    """A kernel peer for each congestion control that this kernel has."""
    with ExitStack() as stack:
        links = []
        for control in CONTROLS:
            try:
                links.append(KernelLink(KERNEL_PEER, mac=OUR_MAC, congestion=control))
            except LinkError as error:
                if "no congestion control" not in str(error):
                    raise
                print(error)
                continue
            stack.callback(links[-1].close)
        yield links


def failure_of(link: KernelLink, seed: int) -> str | None:
    """What is wrong with what a fetch brought; None: nothing."""
    sink = MemorySink()
    fetch = World(Impair(link, parse_plan(BAD), seed), seed=seed).get(f"http://lab/bytes/{SIZE}", sink, _HUNG)
    if fetch.failure is not None:
        return fetch.failure.text
    return None if sink.body == pattern(0, SIZE) else "some octets are others"


def main(arguments: list[str]) -> int:
    """Try the seeds that were asked for."""
    count = int(arguments[0]) if arguments else 300
    first = int(arguments[1]) if len(arguments) > 1 else 0
    failed, times = 0, [0.0]
    with peers() as links:
        for seed in range(first, first + count):
            began = time.monotonic()
            failure = failure_of(links[seed % len(links)], seed)
            times.append(time.monotonic() - began)
            if failure is not None:
                failed += 1
                print(f"seed {seed}: {failure}", flush=True)
    print(f"{count} fetches of {SIZE} octets at {BAD}: {failed} failed")
    print(f"{sum(times) / count:.1f} s on average, the slowest {max(times):.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
