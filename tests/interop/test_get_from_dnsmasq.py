"""An address and names from dnsmasq, a page from the Linux kernel's TCP: all on a veth pair."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.netns import Namespace, serving, veth_pair
from helpers.tools import need

from tcpviz.recording import Kind, Recording

SERVER = "10.66.0.1"
FIRST, LAST = "10.66.0.50", "10.66.0.51"
PAGE = b"a page\n" * 1000


@dataclass
class Network:
    """Our end of the pair, theirs with dnsmasq on it, and what that one has logged."""

    ours: Namespace
    theirs: Namespace
    log: Path

    def get(self, url: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        command = (sys.executable, "-m", "tcpviz", "get", url, "--link", "raw", "--interface", "va")
        with self.ours.entered():
            return subprocess.run([*command, "--linger", "0", *options], capture_output=True, check=False)

    def notes(self, url: str, *options: str) -> tuple[subprocess.CompletedProcess[bytes], list[str]]:
        """A fetch, and what its recording says beside the packets."""
        file = self.log.with_name("run.pcapng")
        done = self.get(url, "--record", str(file), *options)
        recording = Recording.open(file)
        kinds = [recording.row(place).kind for place in range(len(recording))]
        notes = [recording.text(place) for place, kind in enumerate(kinds) if kind is Kind.NOTE]
        recording.close()
        return done, notes

    def logged(self) -> list[str]:
        """What dnsmasq said of DHCP, e.g. "DHCPACK(vb) 10.66.0.50 ..."."""
        lines = self.log.read_text().splitlines()
        return [line[line.index("DHCP") :] for line in lines if "DHCP" in line and "(vb)" in line]


@contextmanager
def dnsmasq(theirs: Namespace, folder: Path, *options: str) -> Iterator[Path]:
    log = folder / "dnsmasq.log"
    command = [
        need("dnsmasq"),
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--pid-file",
        "--interface=vb",
        "--except-interface=lo",
        "--bind-interfaces",
        "--no-resolv",
        "--no-hosts",
        "--no-ping",
        "--dhcp-authoritative",
        f"--dhcp-range={FIRST},{LAST},1h",
        f"--dhcp-leasefile={folder / 'leases'}",
        f"--host-record=web.test,{SERVER}",
        "--cname=alias.test,web.test",
        "--local=/test/",
        f"--log-facility={log}",
        "--log-dhcp",
        *options,
    ]
    log.touch()
    with theirs.entered():
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while "started" not in log.read_text():
            assert server.poll() is None, log.read_text()
            time.sleep(0.02)
        yield log
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    files = tmp_path / "files"
    files.mkdir()
    (files / "page").write_bytes(PAGE)
    with (
        veth_pair(f"{SERVER}/24") as (ours, theirs),
        serving(theirs, (SERVER, 80), files),
        dnsmasq(theirs, tmp_path) as log,
    ):
        yield Network(ours, theirs, log)


def test_a_lease_a_page_and_the_address_given_back(network: Network) -> None:
    done, notes = network.notes(f"http://{SERVER}/page", "--address", "dhcp")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == PAGE
    said = " ".join(notes)
    assert f"the DHCP server {SERVER} offers" in said
    assert f"is ours for 1 h, gateway {SERVER}, DNS {SERVER}" in said
    assert f"back to {SERVER}" in said
    assert [line.split("(")[0] for line in network.logged()] == [
        "DHCPDISCOVER",
        "DHCPOFFER",
        "DHCPREQUEST",
        "DHCPACK",
        "DHCPRELEASE",
    ]


def test_names_from_the_server_that_dhcp_tells(network: Network) -> None:
    done, notes = network.notes("http://alias.test/page", "--address", "dhcp", "--dns", "dhcp")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == PAGE
    assert f"alias.test is {SERVER}" in notes


def test_names_from_a_server_that_the_user_names(network: Network) -> None:
    done = network.get("http://web.test/page", "--address", "10.66.0.77/24", "--dns", SERVER)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == PAGE


def test_a_name_that_the_server_does_not_know(network: Network) -> None:
    done = network.get("http://none.test/", "--address", "10.66.0.77/24", "--dns", SERVER)
    assert done.returncode == 6
    assert b"there is no such name" in done.stderr


def test_an_address_that_somebody_has_is_declined(network: Network) -> None:
    """dnsmasq offers one that the kernel beside it has; told so, it offers the other."""
    network.theirs.run(f"ip address add {FIRST}/32 dev vb")
    network.theirs.run(f"ip address add {LAST}/32 dev vb")
    done, notes = network.notes(f"http://{SERVER}/page", "--address", "dhcp", "--timeout", "3")
    assert done.returncode == 28
    assert any("is in use" in note for note in notes)
    assert "DHCPDECLINE" in [line.split("(")[0] for line in network.logged()]
