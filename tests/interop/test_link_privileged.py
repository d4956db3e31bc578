"""Started by sudo: the program is the caller's and has no right, its helper does what it may ask for."""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from helpers.home import SERVER, home
from helpers.netns import Namespace

from tcpviz.link.helper import serve

CALLER = 65534

_START = """
import json, os, select, signal, socket
from ipaddress import ip_address
from pathlib import Path
from tcpviz.link import privileged
privileged.hand_over()
"""
_WHO_AM_I = """
lines = (line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({name: text.split() for name, text in lines}))
try:
    os.setuid(0)
except PermissionError:
    print("stays")
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except PermissionError:
    print("none")
"""
_ASK = f"""
packet_socket = privileged.packet_socket(1 << 20)
packet_socket.bind(("va", 3))
made = privileged.MadeDevice(destination=ip_address("{SERVER}"))
held = privileged.HeldBack()
held.add((bytes(4), 1), (bytes(4), 2))
select.select([made.fd], [], [], 30)  # until the kernel has something to say on the new device
print(made.name, len(os.read(made.fd, 2000)) > 0, held.table[:6])
print(open("/proc/sys/net/ipv4/conf/va/forwarding").read())
held.close()
made.close()
"""
_BE_KILLED = f"""
made = privileged.MadeDevice(destination=ip_address("{SERVER}"))
print(Path("/proc/self/task", str(os.getpid()), "children").read_text(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give up its rights")


@pytest.fixture
def here() -> Iterator[Namespace]:
    with home() as network:
        yield network.host


def run(where: Namespace, script: str) -> subprocess.CompletedProcess[str]:
    """A program that was started by `sudo`; it imports all that it needs before it becomes the caller's."""
    surroundings = {**os.environ, "SUDO_UID": str(CALLER), "SUDO_GID": str(CALLER)}
    with where.entered():
        return subprocess.run(
            [sys.executable, "-c", _START + script],
            capture_output=True,
            text=True,
            env=surroundings,
            check=False,
        )


def settings(where: Namespace) -> dict[str, str]:
    with where.entered():
        found = Path("/proc/sys/net").glob("ipv[46]/conf/va/*forwarding")
        return {str(path): path.read_text().strip() for path in found}


def ended(pid: int) -> bool:
    """Whether that process ends; only a test that fails waits so long."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            return bool(select.select([handle], [], [], 30)[0])
        finally:
            os.close(handle)
    return True


def test_the_program_has_no_right_left_and_no_way_back(here: Namespace) -> None:
    done = run(here, _WHO_AM_I)
    first, *rest = done.stdout.splitlines()
    status = json.loads(first)
    assert status["Uid"] == status["Gid"] == [str(CALLER)] * 4
    assert "0" not in status["Groups"]
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[capabilities][0], 16) == 0
    assert status["NoNewPrivs"] == ["1"]
    assert rest == ["stays", "none"]


def test_it_gets_what_it_asks_for_and_all_is_undone(here: Namespace) -> None:
    before = settings(here)
    done = run(here, _ASK)
    assert done.stdout.split() == ["tcpviz0", "True", "tcpviz", "1"], done.stderr
    assert settings(here) == before


def test_the_helper_undoes_what_a_killed_program_had(here: Namespace) -> None:
    before = settings(here)
    done = run(here, _BE_KILLED)
    (helper,) = map(int, done.stdout.split())
    assert ended(helper)
    assert settings(here) == before


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b'["open_tap", ["nosuch"]]', "there is no interface 'nosuch'"),
        (b'["remove", ["/etc/passwd"]]', "no request 'remove'"),
        (b'["open_tap", []]', "does not do that"),
        (b'["open_tap", {}]', "does not do that"),
        (b"[]", "does not do that"),
        (b"\xff", "does not do that"),
        (b'[["open_tap"], []]', "does not do that"),
        (b'["hold_back_also", [7, "10.0.0.1", 1, "10.0.0.2", 2]]', "7 holds nothing back"),
        (b'["make_way_out", ["tap9", ["x"], null]]', "does not do that"),
        (b'["close", [7]]', None),
    ],
)
def test_a_messagethat_makes_no_sense_is_refused_and_the_next_one_heard(
    message: bytes, told: str | None
) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(message)
    ours.send(b'["close", [1]]')
    ours.shutdown(socket.SHUT_WR)
    serve(theirs)
    first, second = (json.loads(ours.recv(4096)) for _ in range(2))
    assert told in first["error"] if told else first == {"value": None}
    assert second == {"value": None}
    ours.close()
    theirs.close()
