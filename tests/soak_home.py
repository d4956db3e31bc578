"""Many fetches from nginx in a home network by every real link: `make soak-home N=200`.

The router translates addresses and lends them, the host has a firewall, and curl goes on there by the
kernel's TCP all the time. Privileged links run as by sudo: root's rights stay with the helper. Each link
fetches over IPv4 and IPv6, by HTTP and HTTPS. A wiretap in the router looks for what must not be seen: resets
for our connections, wrong checksums, claims of addresses that others have. Prints each that fails and why;
exits with 1 then. `python tests/soak_home.py 200 tap passt` takes these links alone. Needs root.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from helpers.home import HOST, ROUTER, ROUTER6
from helpers.household import (
    BODY,
    CURL_PORTS,
    NAME,
    NOBODY,
    Curl,
    Household,
    household,
    python_for_all,
    surroundings,
)
from helpers.wiretap import Wiretap

from tcpviz.link.device import find_device_up

AT_A_TIME = 2


@dataclass(frozen=True)
class Kind:
    """A way to the server: options, and whether it is asked for by sudo."""

    name: str
    options: tuple[str, ...]
    families: tuple[int, ...] = (4, 6)
    sudo: bool = True
    names: bool = False
    """The server by its name, not by its addresses."""


KINDS = (
    Kind("own", ("--link", "raw", "--address", "192.168.66.77/24", "--address", "fd66::77/64")),
    Kind("dhcp", ("--link", "raw", "--address", "dhcp"), families=(4,)),
    Kind("slaac", ("--link", "raw", "--address", "slaac"), families=(6,)),
    Kind("host", ("--link", "raw")),
    Kind("tap", ("--link", "tap")),
    Kind("passt", ("--link", "passt"), sudo=False),
    Kind("auto", ()),
    Kind("names", ("--address", "192.168.66.78/24", "--dns", ROUTER), names=True),
    Kind("leased", ("--address", "dhcp", "--dns", "dhcp"), names=True),
)


@dataclass
class Outcome:
    """What became of the fetches of one kind."""

    kind: Kind
    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        good = len(self.times) - len(self.failures)
        return (
            f"{self.kind.name:6} {good} of {len(self.times)}, {sum(self.times) / len(self.times):.1f} s on"
            f" average, the slowest {max(self.times):.1f} s"
        )


class Fetcher:
    """Starts `tcpviz get` on the host, as sudo does or as an ordinary user."""

    def __init__(self, there: Household) -> None:
        self._there = there
        self._python = python_for_all()
        self._environment = surroundings()

    def get(self, url: str, *options: str, sudo: bool) -> subprocess.CompletedProcess[bytes]:
        command = (self._python, "-m", "tcpviz", "get", url, "--cacert", str(self._there.ca_file))
        environment = self._environment | ({"SUDO_UID": str(NOBODY)} if sudo else {})
        user = 0 if sudo else NOBODY
        with self._there.home.host.entered():
            return subprocess.run(
                (*command, "--linger", "0", *options),
                user=user,
                group=user,
                extra_groups=(),
                env=environment,
                cwd="/",
                capture_output=True,
                check=False,
            )

    def many(self, kind: Kind, count: int) -> Outcome:
        """`count` fetches one after the other, by turns over families and schemes."""
        outcome = Outcome(kind)
        names = [f"http://{NAME}/page", f"https://{NAME}/page"]
        urls = names if kind.names else self._there.urls(kind.families)
        for turn in range(count):
            url = urls[turn % len(urls)]
            began = time.monotonic()
            done = self.get(url, *kind.options, sudo=kind.sudo)
            outcome.times.append(time.monotonic() - began)
            if (done.returncode, done.stdout) != (0, BODY):
                told = f"exit code {done.returncode}, {len(done.stdout)} octets: {done.stderr.decode()}"
                outcome.failures.append(f"{kind.name} no. {turn + 1} {url}: {told.strip()}")
                print(outcome.failures[-1], flush=True)
        return outcome

    def claim(self, address: str) -> str | None:
        """What is wrong when we ask for an address that somebody has; None: nothing."""
        done = self.get(self._there.urls((4,))[0], "--link", "raw", "--address", address, sudo=True)
        refused = done.returncode == 7 and b"in use" in done.stderr
        return None if refused else f"{address}: exit code {done.returncode}: {done.stderr.decode()}"


def seen(tap: Wiretap, there: Household) -> list[str]:
    """What the wire must not have shown."""
    with there.home.host.entered():
        host_mac = find_device_up("va").mac.hex(":")
    file = there.folder / "wire.pcap"
    ports = f"tcp.srcport in {{{CURL_PORTS.start}..{CURL_PORTS.stop - 1}}}"
    not_its_own = f"arp.src.hw_mac != {host_mac}"
    looks = (
        ("a reset", f"tcp.flags.reset == 1 && !({ports})", True),
        ("a wrong checksum", 'ip.checksum.status == "Bad" || tcp.checksum.status == "Bad"', False),
        ("a wrong checksum", 'udp.checksum.status == "Bad" || icmpv6.checksum.status == "Bad"', False),
        ("a claim of the router's address", f"arp.src.proto_ipv4 == {ROUTER}", True),
        ("a claim of the router's address", f"icmpv6.nd.na.target_address == {ROUTER6}", True),
        ("a claim of the host's address", f"arp.src.proto_ipv4 == {HOST} && {not_its_own}", True),
    )
    fields = ("eth.src", "ip.src", "ipv6.src", "tcp.srcport", "tcp.dstport", "tcp.flags.str", "tcp.seq")
    return [
        f"{what}: {line}"
        for what, display_filter, whole in looks
        for line in tap.tshark(file, display_filter, *fields, whole=whole)
    ]


def soak(count: int, kinds: Sequence[Kind]) -> list[str]:
    """All of it; what failed."""
    with (
        household() as there,
        Wiretap(there.home.router, "vb").open() as tap,
        Curl(there).going_on() as curl,
        ThreadPoolExecutor(AT_A_TIME) as pool,
    ):
        fetcher = Fetcher(there)
        outcomes = pool.map(lambda kind: fetcher.many(kind, count), kinds)
        failures: list[str] = []
        for outcome in outcomes:
            print(outcome, flush=True)
            failures += outcome.failures
        claims = [fetcher.claim(address) for address in (f"{ROUTER}/24", f"{ROUTER6}/64")]
        failures += filter(None, claims)
        failures += curl.failures + seen(tap, there)
    print(f"curl {curl.fetched - len(curl.failures)} of {curl.fetched} beside them")
    print(
        f"on the wire: {len(tap.finished)} frames with checksums, {len(tap.unfinished)} of the kernel without"
    )
    return failures


def main(arguments: list[str]) -> int:
    """Try as often as was asked for."""
    count = int(arguments[0]) if arguments else 200
    kinds = [kind for kind in KINDS if kind.name in arguments[1:]] or KINDS
    failures = soak(count, kinds)
    for failure in failures:
        print(failure)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
