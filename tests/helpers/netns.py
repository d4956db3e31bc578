"""Network namespaces for tests: anonymous, so that nothing is left behind, whatever happens."""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers.tools import need

_CLONE_NEWNET = 0x4000_0000
_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace that lives as long as this object is open, or something runs in it."""

    def __init__(self) -> None:
        made: list[int | OSError] = []
        # A thread has a namespace of its own: the one that makes it ends, the descriptor keeps it.
        maker = threading.Thread(target=lambda: made.append(_new_namespace()))
        maker.start()
        maker.join()
        if isinstance(made[0], OSError):
            refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            refuse(f"no network namespace may be made here: {made[0].strerror}")
        self._fd = made[0]

    @property
    def path(self) -> str:
        """A name of it that `ip link ... netns` takes."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread is in the namespace; what it opens or starts there stays there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _set_namespace(self._fd)
            yield
        finally:
            _set_namespace(home)
            os.close(home)

    def run(self, command: str) -> None:
        """Run a command of `ip` or another tool in the namespace."""
        words = command.split()
        with self.entered():
            subprocess.run([need(words[0]), *words[1:]], check=True)

    def feed(self, command: str, text: str) -> None:
        """Run a command in the namespace that reads `text`."""
        words = command.split()
        with self.entered():
            subprocess.run([need(words[0]), *words[1:]], input=text, text=True, check=True)

    def close(self) -> None:
        os.close(self._fd)


@contextmanager
def namespace() -> Iterator[Namespace]:
    """A namespace, gone at the end."""
    made = Namespace()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def veth_pair(address: str = "10.66.0.1/24") -> Iterator[tuple[Namespace, Namespace]]:
    """(ours, theirs): `va` in ours, up and without address; `vb` in theirs, with `address`."""
    with namespace() as ours, namespace() as theirs:
        ours.run(f"ip link add va type veth peer name vb netns {theirs.path}")
        ours.run("ip link set dev va up")
        theirs.run(f"ip address add {address} dev vb")
        theirs.run("ip link set dev vb up")
        yield ours, theirs


@contextmanager
def serving(where: Namespace, address: tuple[str, int], files: Path) -> Iterator[None]:
    """The standard library's HTTP server for the folder `files`, on the namespace's kernel TCP."""
    kind = _Server6 if ":" in address[0] else ThreadingHTTPServer
    with where.entered():
        server = kind(address, partial(_QuietHandler, directory=str(files)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _new_namespace() -> int | OSError:
    if _libc.unshare(_CLONE_NEWNET):
        return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _set_namespace(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
