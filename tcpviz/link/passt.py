"""A link through passt (https://passt.top): a way out that asks for no rights at all.

passt is a child process that ends our TCP connections itself and opens ordinary sockets for them. So
what is seen on this link is the TCP between us and the local relay, never the path's. It ends when our
end of its socket is closed: by `close()`, or by the kernel when this process dies.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.framing import FrameReader, FramingError, framed
from tcpviz.link.routing import way_to
from tcpviz.wire import arp, ethernet, ipv4, ipv6, ndp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import ACK, RST

OUR_ADDRESS = IPv4Interface("192.0.0.2/29")
"""Ours towards passt. It hides no place that we could want to reach: RFC 7335 keeps it for such links."""
GATEWAY = IPv4Address("192.0.0.1")
"""passt itself; it hands connections to this address on to this machine's 127.0.0.1."""
OUR_ADDRESS_6 = IPv6Interface("fd74:6370:7669:7a00::2/64")
GATEWAY_6 = IPv6Address("fd74:6370:7669:7a00::1")
"""As GATEWAY, for ::1."""

LARGEST_MTU = 65520
_SOMEWHERE, _SOMEWHERE_6 = IPv4Address("1.1.1.1"), IPv6Address("2000::1")
"""Addresses of the internet at large, to learn whether there is a way out."""
_READ = 256 << 10
_BUFFER = 4 << 20
_BARE = {14 + 20 + 20: 14 + 20, 14 + 40 + 20: 14 + 40}
"""Length of a frame that has a TCP header and nothing else, and where the header begins: IPv4, IPv6."""
_ASK_AGAIN = 1.0
_QUESTIONS = 15
_END_LIMIT = 2.0


class PasstLink:
    """A Link whose other end is a passt process made for it.

    `mac` is our Ethernet address; `interface` the device whose routes passt looks at, None: the one of
    the default route. `has_ipv6` tells whether IPv6 leads anywhere. Raises LinkError with what to do.
    """

    def __init__(self, *, mac: bytes, mtu: int = 1500, interface: str | None = None) -> None:
        program = find_passt()
        note = "the TCP shown ends at passt on this machine, which has a connection of its own to the server"
        self._info = LinkInfo(name="passt", mac=mac, mtu=min(mtu, LARGEST_MTU), note=note)
        self.has_ipv6 = _leads_to(_SOMEWHERE_6)
        self._reader = FrameReader()
        self._unsent = b""
        self._complaints = os.memfd_create("complaints")
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        with theirs:
            self._child = self._start([program, *_arguments(interface)], theirs.fileno())
        try:
            self._greet()
        except BaseException:
            self.close()
            raise
        self._socket.setblocking(False)

    @property
    def info(self) -> LinkInfo:
        return self._info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived, up to 256 kB."""
        self._flush()
        try:
            data = self._socket.recv(_READ)
            # passt is a process of this machine: nothing on the way could damage a frame.
            received = [
                Frame(now, frame if len(frame) not in _BARE else _with_ack(frame), True)
                for frame in self._reader.feed(data)
            ]
        except BlockingIOError:
            return []
        except (OSError, FramingError) as error:
            raise self._gone(error) from None
        if not data:
            raise self._gone("it closed the link")
        return received

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Hand these to passt. Where it has no room they are lost, as in any full queue."""
        self._flush()
        if not self._unsent:
            self._unsent = framed(frames)
            self._flush()

    def fileno(self) -> int:
        return self._socket.fileno()

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        """End passt. May be called twice."""
        self._socket.close()
        try:
            self._child.wait(_END_LIMIT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._complaints >= 0:
            os.close(self._complaints)
            self._complaints = -1

    def _flush(self) -> None:
        """Write what is left of a batch: the stream may not be cut within a frame."""
        if not self._unsent:
            return
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._gone(error) from None

    def _start(self, command: list[str], theirs: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*command, "--fd", str(theirs)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=[theirs],
                # Ctrl-C is for us alone: we may want to close in good order.
                process_group=0,
            )
        except OSError as error:
            self._socket.close()
            os.close(self._complaints)
            raise LinkError(f"passt did not start: {error}") from None

    def _greet(self) -> None:
        """Ask for the gateway's MAC address and wait for an answer: then passt works."""
        mac = self._info.mac
        questions = [_who_has_gateway(mac)]
        if self.has_ipv6 and not _leads_to(_SOMEWHERE):
            # Without IPv4 of this machine's own passt has an ear for IPv6 alone.
            questions.append(_who_has_gateway6(mac))
        self._socket.settimeout(_ASK_AGAIN)
        with suppress(OSError, FramingError):  # it says why in its own words
            if any(self._answered(questions) for _ in range(_QUESTIONS)):
                return
        raise LinkError(f"passt did not start: {_explained(self._last_words())}")

    def _answered(self, questions: list[bytes]) -> bool:
        """Whether passt answers in time. Raises OSError when it has ended, FramingError."""
        self._socket.sendall(framed(questions))
        with suppress(TimeoutError):
            while answer := self._socket.recv(_READ):
                if self._reader.feed(answer):
                    return True
            raise ConnectionResetError
        return False

    def _gone(self, cause: object) -> LinkError:
        return LinkError(f"passt has ended ({cause}): {self._last_words()}")

    def _last_words(self) -> str:
        """What passt complained of last."""
        written = os.pread(self._complaints, 64 << 10, 0) if self._complaints >= 0 else b""
        lines = [line.strip() for line in written.decode("utf-8", "replace").splitlines()]
        # Where no system log runs it complains of that after every line.
        lines = [line for line in lines if line and not line.endswith("to syslog")]
        return lines[-1] if lines else "it left no word"


def find_passt() -> str:
    """Where the program is. Raises LinkError when it is not installed."""
    if not sys.platform.startswith("linux"):
        raise LinkError("passt needs Linux: use --link sim, which runs anywhere")
    program = shutil.which("passt")
    if program is None:
        raise LinkError(
            "passt is not installed; install the package passt (sudo apt install passt,"
            " sudo dnf install passt, sudo pacman -S passt)"
        )
    return program


def _arguments(interface: str | None) -> list[str]:
    """What passt is told: to stay in the foreground, and the addresses of the network between us."""
    return [
        *("--foreground", "--stderr", "--quiet"),
        *("--address", str(OUR_ADDRESS.ip), "--netmask", str(OUR_ADDRESS.network.prefixlen)),
        *("--gateway", str(GATEWAY)),
        *("--address", str(OUR_ADDRESS_6.ip), "--gateway", str(GATEWAY_6)),
        *(("--interface", interface) if interface else ()),
    ]


def _leads_to(address: IPv4Address | IPv6Address) -> bool:
    """Whether this machine has a route to there."""
    try:
        way_to(address)
    except LinkError:
        return False
    return True


def _who_has_gateway(mac: bytes) -> bytes:
    question = ArpPacket(arp.REQUEST, mac, OUR_ADDRESS.ip.packed, bytes(6), GATEWAY.packed)
    return ethernet.build(ethernet.BROADCAST, mac, ethernet.ARP, arp.build(question))


def _who_has_gateway6(mac: bytes) -> bytes:
    group = ipv6.solicited_node(GATEWAY_6.packed)
    question = ndp.NeighbourSolicitation(GATEWAY_6.packed, mac)
    packet = ndp.build(question, OUR_ADDRESS_6.ip.packed, group)
    return ethernet.build(ipv6.group_mac(group), mac, ethernet.IPV6, packet)


def _with_ack(frame: bytes) -> bytes:
    """A RST of passt as RFC 9293 3.10.7.1 has it.

    Older versions of passt refuse a connection by a RST that lacks the ACK flag, though its acknowledgment
    number is right; no TCP in SYN-SENT may believe that (RFC 9293 3.10.7.3).
    """
    tcp = _BARE[len(frame)]
    protocol = frame[23] if tcp == 34 else frame[20]
    if protocol != ipv4.TCP or frame[tcp + 13] != RST or frame[tcp + 8 : tcp + 12] == bytes(4):
        return frame
    # The checksum is a sum of ones' complements: what the segment gains, it loses (RFC 1624 3).
    old = int.from_bytes(frame[tcp + 16 : tcp + 18])
    new = (old - ACK) % 0xFFFF
    return b"".join(
        (
            frame[: tcp + 13],
            bytes((RST | ACK,)),
            frame[tcp + 14 : tcp + 16],
            new.to_bytes(2),
            frame[tcp + 18 :],
        )
    )


def _explained(complaint: str) -> str:
    """passt's complaint with what to do about it."""
    advice = {
        "External interface not usable": "this machine has no way out; look at: ip route",
        "user namespace": "user namespaces are not allowed here; use --link raw or tap as root",
    }
    return next((f"{complaint}; {text}" for part, text in advice.items() if part in complaint), complaint)
