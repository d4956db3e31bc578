"""A link to the real Linux TCP: a TAP device in a private network namespace that a child process made.

The namespace, the device and the server in it belong to the child, which ends when our end of its
control socket is closed: by `close()`, or by the kernel when this process dies. This module knows how
to talk to the child, not what it does: its command line comes from the caller.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence

from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.tap import read_frames, write_frames
from tcpviz.wire.frame import Frame

_START_LIMIT = 10.0
_ANSWER_LIMIT = 5.0
_END_LIMIT = 2.0


class KernelLink:
    """A Link whose other end is a Linux kernel's TCP in a namespace of its own.

    `command` starts the peer; it gets the number of the control socket, the MTU and the congestion
    control ("" for the kernel's default) as further arguments. Raises LinkError when it can't start.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        mac: bytes,
        mtu: int = 1500,
        congestion: str = "",
        name: str = "kernel",
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise LinkError("the kernel link needs Linux: use --link sim, which runs anywhere")
        self._info = LinkInfo(name=name, mac=mac, mtu=mtu)
        self._tap = -1
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._complaints = os.memfd_create("complaints")
        with theirs:
            self._child = self._start([*command, str(theirs.fileno()), str(mtu), congestion], theirs.fileno())
        try:
            self._tap = self._receive_device()
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> LinkInfo:
        return self._info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived, up to 256 frames."""
        try:
            # Between the peer's kernel and us there is nothing that could damage a frame.
            return read_frames(self._tap, now, vouched=True)
        except OSError as error:
            raise self._gone(error) from None

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Hand these to the peer's kernel. Where it has no room a frame is lost, as in any full queue."""
        try:
            write_frames(self._tap, frames)
        except OSError as error:
            raise self._gone(error) from None

    def fileno(self) -> int:
        return self._tap

    def next_deadline(self) -> int | None:
        return None

    def peer_counter(self, name: str) -> int:
        """A counter of the peer's TCP since the link was opened, by its name in /proc/net/snmp (e.g.
        RetransSegs) or /proc/net/netstat (e.g. TCPLossProbes). Raises LinkError."""
        try:
            self._control.settimeout(_ANSWER_LIMIT)
            self._control.send(name.encode())
            return int(self._control.recv(64))
        except (OSError, ValueError) as error:
            raise self._gone(error) from None

    def peer_retransmissions(self) -> int:
        """How many segments the peer's TCP has sent again. Raises LinkError."""
        return self.peer_counter("RetransSegs")

    def close(self) -> None:
        """End the child and all that it made. May be called twice."""
        self._control.close()
        for descriptor in (self._tap, self._complaints):
            if descriptor >= 0:
                os.close(descriptor)
        self._tap = self._complaints = -1
        try:
            self._child.wait(_END_LIMIT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _start(self, command: Sequence[str], control: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=[control],
                # Ctrl-C is for us alone: we may want to close in good order.
                process_group=0,
            )
        except OSError as error:
            self._control.close()
            os.close(self._complaints)
            raise LinkError(f"the kernel peer did not start: {error}") from None

    def _receive_device(self) -> int:
        """The descriptor of the TAP, which the child sends with its first word."""
        self._control.settimeout(_START_LIMIT)
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            raise LinkError(f"the kernel peer did not start within {_START_LIMIT:.0f} s") from None
        word, _, text = message.decode().partition(" ")
        if word in ("denied", "error"):
            raise LinkError(text, privilege=word == "denied")
        if not descriptors:
            raise LinkError(f"the kernel peer did not start: {self._last_words()}")
        return descriptors[0]

    def _gone(self, error: Exception) -> LinkError:
        return LinkError(f"the kernel peer has gone ({error}): {self._last_words()}")

    def _last_words(self) -> str:
        """The end of what the child wrote to its standard error."""
        written = os.pread(self._complaints, 64 << 10, 0) if self._complaints >= 0 else b""
        lines = written.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it left no word"
