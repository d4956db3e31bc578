"""`tcpviz get` without a word about the link, on a machine like one at home: `auto`, and what is refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from helpers.home import HOST, ROUTER, SERVER, SERVER6, Home, home
from helpers.web import PORT, web

from tcpviz.lab.site import pattern

URL = f"http://{SERVER}:{PORT}/bytes/50000"
URL6 = f"http://[{SERVER6}]:{PORT}/bytes/50000"


@pytest.fixture(scope="module")
def there() -> Iterator[Home]:
    with home() as network, web(network.server):
        yield network


def command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tcpviz", "get", *arguments, "--linger", "0")


def get(there: Home, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    with there.host.entered():
        return subprocess.run(command(*arguments), capture_output=True, check=False)


@pytest.mark.parametrize("url", [URL, URL6])
def test_auto_takes_the_machines_own_address_and_says_so(there: Home, url: str) -> None:
    done = get(there, url, "-v")
    assert (done.returncode, done.stdout) == (0, pattern(0, 50_000))
    assert done.stderr.startswith(b"* raw was chosen: va leads there")


def test_json_tells_the_link_as_json(there: Home) -> None:
    done = get(there, URL, "--json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[0]["note"].startswith("raw was chosen")
    assert lines[1]["frame"] == 1


def test_an_address_of_our_own_needs_neither_interface_nor_gateway(there: Home) -> None:
    done = get(there, URL, "--address", "192.168.66.77/24")
    assert (done.returncode, done.stdout) == (0, pattern(0, 50_000))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--link", "raw", "--interface", "nosuch"), "no interface 'nosuch'"),
        (("--link", "raw", "--interface", "lo"), "lo is no Ethernet interface"),
        (("--link", "raw", "--address", f"{HOST}/24"), f"{HOST} is this machine's own address (on va)"),
        (("--link", "raw", "--address", f"{ROUTER}/24"), "is in use"),
    ],
)
def test_what_is_refused_has_its_reason_and_exit_code(
    there: Home, arguments: tuple[str, ...], told: str
) -> None:
    done = get(there, URL, *arguments)
    assert done.returncode == 7
    assert told in done.stderr.decode()


def test_this_machine_itself_is_on_no_wire(there: Home) -> None:
    done = get(there, f"http://{HOST}/", "--link", "raw")
    assert done.returncode == 7
    assert b"this machine itself" in done.stderr


def test_an_interface_that_is_down_is_told_with_the_command(there: Home) -> None:
    there.host.run("ip link add spare0 type veth peer name spare1")
    done = get(there, URL, "--link", "raw", "--interface", "spare0")
    assert done.returncode == 7
    assert b"sudo ip link set dev spare0 up" in done.stderr


def test_an_address_that_nobody_there_knows_is_doubted(there: Home) -> None:
    done = get(there, URL, "-v", "--link", "raw", "--address", "10.9.9.9/24", "--timeout", "2")
    assert done.returncode == 7
    assert b"* 10.9.9.9 is outside the network of va (192.168.66.0/24)" in done.stderr


def test_a_killed_run_leaves_no_table(there: Home) -> None:
    def tables() -> str:
        listed = subprocess.run(("nft", "list", "tables"), capture_output=True, check=True, text=True)
        return listed.stdout

    with there.host.entered():
        before = tables()
        running = subprocess.Popen(
            (*command(f"http://{SERVER}:{PORT}/slow"), "-v"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert running.stderr is not None
        while b"200 OK" not in running.stderr.readline():
            pass
        assert "tcpviz" in tables()
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        running.stderr.close()
        assert tables() == before
