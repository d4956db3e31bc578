"""Two network namespaces with a wire between them, and a web server of the kernel's in one.

Made by `unshare` in child processes and held by them alone: nothing has a name, so nothing can be left
behind, even by kill -9. Needs root (or CAP_SYS_ADMIN and CAP_NET_ADMIN).
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

SERVER = "10.66.0.1"
OURS = "10.66.0.2/24"
KERNELS = "10.66.0.3/24"
PORT = 9000
SINK_PORT = 9001


class Network:
    """Both sides, by the processes that hold them; the device `va` leads from the client to the server."""

    def __init__(self, client: int, server: int) -> None:
        self._client = client
        self._server = server

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run a command beside `va`."""
        return _inside(self._client, command, check=check)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Begin a command beside `va`."""
        return subprocess.Popen(_enter(self._client, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def counters(self) -> Counter[str]:
        """What the server's TCP has counted so far, by the kernel's names (e.g. `RetransSegs`)."""
        files = _inside(self._server, ("cat", "/proc/net/snmp", "/proc/net/netstat")).stdout
        lines = files.decode().splitlines()
        counted: Counter[str] = Counter()
        for names, values in zip(lines[::2], lines[1::2], strict=True):
            if names.startswith("Tcp"):
                counted.update(dict(zip(names.split()[1:], map(int, values.split()[1:]), strict=True)))
        return counted


@contextmanager
def network(*, offloads: bool = False) -> Iterator[Network]:
    """A veth pair, the web server of the lab's paths on 10.66.0.1:9000.

    Without offloads every frame is at most 1514 bytes; checksums are left to the device, as on any machine.
    """
    with ExitStack() as stack:
        client, server = (stack.enter_context(_holder()) for _ in range(2))
        _inside(client, f"ip link add va type veth peer name vb netns {server}".split())
        if not offloads:
            for pid, device in ((client, "va"), (server, "vb")):
                _inside(pid, f"ethtool -K {device} tso off gso off gro off".split())
        for pid, device in ((client, "va"), (server, "vb")):
            _keep_order(pid, device)
        _set_up(client, server)
        stack.enter_context(_serving(server, "benchmarks.web", str(PORT)))
        yield Network(client, server)


@contextmanager
def path(plan: str, *, seed: int = 1, congestion: str = "") -> Iterator[Network]:
    """The same with an impaired path in between (`benchmarks.forwarder`), and a server for uploads on port
    9001. `congestion`: what the servers' kernel uses; "" for its own choice."""
    with ExitStack() as stack:
        client, server = (stack.enter_context(_holder()) for _ in range(2))
        command = ("unshare", "--net", sys.executable, "-m", "benchmarks.forwarder", plan, str(seed))
        forwarder = stack.enter_context(_until_ready(command))
        for device, pid in (("va", client), ("vb", server)):
            _inside(forwarder.pid, f"ip link set dev {device} netns {pid}".split())
        for pid in (client, server):
            # What the last connection has learned of the path is not to help the next one.
            _inside(pid, ("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1"))
        _set_up(client, server)
        assert forwarder.stdin is not None
        forwarder.stdin.write(b"go\n")
        forwarder.stdin.flush()
        stack.enter_context(_serving(server, "benchmarks.web", str(PORT), congestion))
        stack.enter_context(_serving(server, "benchmarks.sink", str(SINK_PORT)))
        yield Network(client, server)


@contextmanager
def _holder() -> Iterator[int]:
    """A process that keeps a namespace of its own and ends with us: its stdin is our pipe."""
    with _until_ready(("unshare", "--net", "sh", "-c", "echo ready; exec cat")) as child:
        yield child.pid


@contextmanager
def _serving(pid: int, module: str, *arguments: str) -> Iterator[None]:
    with _until_ready(_enter(pid, (sys.executable, "-m", module, *arguments))):
        yield


@contextmanager
def _until_ready(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.communicate()


def _set_up(client: int, server: int) -> None:
    for pid, device, address in ((client, "va", KERNELS), (server, "vb", f"{SERVER}/24")):
        _inside(pid, f"ip address add {address} dev {device}".split())
        for each in ("lo", device):
            _inside(pid, f"ip link set {each} up".split())


def _keep_order(pid: int, device: str) -> None:
    """Have one CPU receive for `device`: of two, each with the queue of what was sent on it, one overtakes
    the other, and the server sends again what only came out of order."""
    queue = f"/sys/class/net/{device}/queues/rx-0/rps_cpus"
    _inside(pid, ("unshare", "--mount", "sh", "-ec", f"mount -t sysfs none /sys; echo 1 > {queue}"))


def _enter(pid: int, command: Sequence[str]) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net", *command]


def _inside(pid: int, command: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(_enter(pid, command), check=check, capture_output=True, env=dict(os.environ))
