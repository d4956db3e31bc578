"""Two network namespaces with a veth pair between them, and a web server of the kernel's in one.

Made by `unshare` in a child process and held by descriptors alone: nothing has a name, so nothing can be
left behind, even by kill -9. Needs root (or CAP_SYS_ADMIN and CAP_NET_ADMIN).
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SERVER = "10.66.0.1"
OURS = "10.66.0.2/24"
KERNELS = "10.66.0.3/24"
PORT = 9000


class Network:
    """The client's side: commands run in its namespace, where the device `va` leads to the server."""

    def __init__(self, client: int, server: int) -> None:
        self._client = client
        self._server = server

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run a command beside `va`."""
        return _inside(self._client, command, check=check)

    def retransmissions(self) -> int:
        """Segments that the server's kernel has sent again so far (`RetransSegs`)."""
        table = _inside(self._server, ("cat", "/proc/net/snmp")).stdout.decode().splitlines()
        names, values = (line.split() for line in table if line.startswith("Tcp:"))
        return int(values[names.index("RetransSegs")])


@contextmanager
def network(*, offloads: bool = False) -> Iterator[Network]:
    """The two namespaces, up, with the web server of the lab's paths on 10.66.0.1:9000.

    Without offloads every frame is at most 1514 bytes; checksums are left to the device, as on any machine.
    """
    client, server = _holder(), _holder()
    try:
        _set_up(client.pid, server.pid, offloads)
        web = subprocess.Popen(
            _enter(server.pid, (sys.executable, "-m", "benchmarks.web", str(PORT))),
            stdout=subprocess.PIPE,
        )
        try:
            assert web.stdout is not None
            web.stdout.readline()
            yield Network(client.pid, server.pid)
        finally:
            web.kill()
            web.wait()
    finally:
        for holder in (client, server):
            holder.kill()
            holder.wait()


def _holder() -> subprocess.Popen[bytes]:
    """A process that keeps a namespace of its own and ends with us: its stdin is our pipe."""
    holder = subprocess.Popen(
        ("unshare", "--net", sys.executable, "-c", "print(flush=True); input()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def _set_up(client: int, server: int, offloads: bool) -> None:
    _inside(client, f"ip link add va type veth peer name vb netns {server}".split())
    for pid, device, addresses in ((client, "va", (KERNELS,)), (server, "vb", (f"{SERVER}/24",))):
        for address in addresses:
            _inside(pid, f"ip address add {address} dev {device}".split())
        if not offloads:
            _inside(pid, f"ethtool -K {device} tso off gso off gro off".split())
        for each in ("lo", device):
            _inside(pid, f"ip link set {each} up".split())


def _enter(pid: int, command: Sequence[str]) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net", *command]


def _inside(pid: int, command: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(_enter(pid, command), check=check, capture_output=True, env=dict(os.environ))
