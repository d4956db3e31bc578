"""A path between two Ethernets, in real time: what goes in at one TAP device comes out of the other, or not.

Run in a namespace of its own by `benchmarks.network.path`, which moves the devices to where they belong.
"out." in the plan is the way from the client to the server.
"""

import os
import random
import select
import subprocess
import sys
import time

from tcpviz.link.base import local_mac
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.tap import TapLink

CLIENT_SIDE, SERVER_SIDE = "va", "vb"


def main() -> None:
    """`forwarder PLAN SEED`: make the devices, say "ready", wait for a line, forward until there is no more
    standard input."""
    plan, seed = sys.argv[1:]
    for device in (CLIENT_SIDE, SERVER_SIDE):
        subprocess.run(f"ip tuntap add dev {device} mode tap".split(), check=True)
        subprocess.run(f"ip link set dev {device} txqueuelen 4096 up".split(), check=True)
    mac = local_mac(random.Random(seed))  # nobody's: both ends see each other's own
    client = TapLink(CLIENT_SIDE, mac=mac)
    server = Impair(TapLink(SERVER_SIDE, mac=mac), parse_plan(plan), int(seed))
    print("ready", flush=True)
    sys.stdin.readline()
    _forward(client, server)


def _forward(client: TapLink, server: Impair) -> None:
    owner = sys.stdin.fileno()
    os.set_blocking(owner, False)
    ready = [client.fileno(), server.fileno()]
    while owner not in ready:
        now = time.monotonic_ns()
        server.send([frame.data for frame in client.frames(now)], now)
        client.send([frame.data for frame in server.frames(now)], now)
        server.fates()  # nobody asks
        due = server.next_deadline()
        wait = None if due is None else max(0, due - time.monotonic_ns()) / 1e9
        ready, _, _ = select.select([client.fileno(), server.fileno(), owner], [], [], wait)


if __name__ == "__main__":
    main()
