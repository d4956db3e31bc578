"""One stack under test and a peer made of frames: our engine in its host, or the kernel of a namespace.

Both are told the same and asked what they send at once. Numbers are relative to the two initial sequence
numbers, as in scripts; windows and options are not compared.
"""

import re
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from helpers import host as frames
from helpers.netns import namespace
from helpers.script import arriving, shown

from tcpviz.host.flow import Endpoint, Flow
from tcpviz.link.tap import TapLink
from tcpviz.tcp.config import Config
from tcpviz.wire import ethernet, icmp, ipv4, tcp
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import SYN
from tcpviz.wire.seq import Seq, add

PORT = 80
CLOSED_PORT = 81
_PEER_ISS = Seq(0xFFFF_FF00)
"""So that the peer's numbers wrap."""
_PATIENCE = 30.0
"""Seconds without any frame after which the kernel is taken for dead: only a broken test meets this."""
_CARRIER_PATIENCE = 0.1
_CARRIER_ATTEMPTS = 300


class Stack(Protocol):
    """What a case does with a stack; each call gives the frames that it sends at once."""

    def deliver(self, frame: bytes) -> list[bytes]:
        """A frame arrives."""

    def connect(self, port: int) -> list[bytes]:
        """The application connects to the peer's `port`."""

    def send(self, octets: int) -> list[bytes]:
        """The application writes."""

    def shutdown(self) -> list[bytes]:
        """The application has nothing more to write."""


class Conversation:
    """One connection, or an attempt at one, between the peer's `port` and a stack."""

    def __init__(self, stack: Stack, port: int) -> None:
        self._stack = stack
        self._port = port
        self._local_port = PORT
        self._iss = Seq(0)

    def ours(self, relative: int) -> Seq:
        """A sequence number of the stack's, from the ISS of its SYN on."""
        return add(self._iss, relative)

    def theirs(self, relative: int) -> Seq:
        """A sequence number of the peer's."""
        return add(_PEER_ISS, relative)

    def play(self, line: str) -> list[str]:
        """What is sent at once when this happens: `< SEGMENT`, connect, send N, shutdown, or closed (what
        follows goes to a port where nobody listens)."""
        word, _, rest = line.partition(" ")
        match word:
            case "closed":
                self._local_port = CLOSED_PORT
                return []
            case "<":
                segment = arriving(self, rest)
                sent = self._stack.deliver(frames.segment_frame(segment, self._port, self._local_port))
            case "connect":
                sent = self._stack.connect(self._port)
            case "send":
                sent = self._stack.send(int(rest))
            case _:
                sent = self._stack.shutdown()
        return [text for frame in sent if (text := self._read(frame)) is not None]

    def _read(self, frame: bytes) -> str | None:
        _, header, payload = frames.read_packet(frame)
        if header.protocol != ipv4.TCP:
            return None
        local_port, port, segment = tcp.parse(payload)
        if port != self._port:
            return None
        if segment.flags & SYN:
            self._local_port, self._iss = local_port, segment.seq
        return _plain(shown(self, segment))


def _plain(text: str) -> str:
    """Without window and options."""
    return re.sub(r" win \d+| <.*>", "", text)


class EngineStack:
    """Ours. It acknowledges at once, as Linux does at the beginning of a connection."""

    def __init__(self) -> None:
        self._host = frames.make_host()
        self._config = Config(delayed_ack=0)
        self._flow: Flow | None = None
        self._now = 0
        frames.resolved(self._host)
        self._host.listen(PORT, self._config, self._accept)

    def _accept(self, flow: Flow) -> None:
        self._flow = flow

    def deliver(self, frame: bytes) -> list[bytes]:
        self._now += frames.MS
        self._host.on_frame(Frame(self._now, frame), self._now)
        return self._sent()

    def connect(self, port: int) -> list[bytes]:
        self._flow = self._host.connect(Endpoint(frames.PEER, port), self._config, self._now)
        return self._sent()

    def send(self, octets: int) -> list[bytes]:
        assert self._flow is not None
        self._flow.connection.send(bytes(octets), self._now)
        return self._sent()

    def shutdown(self) -> list[bytes]:
        assert self._flow is not None
        self._flow.connection.shutdown(self._now)
        return self._sent()

    def _sent(self) -> list[bytes]:
        return frames.sent(self._host, self._now)


class LinuxStack:
    """The kernel of a namespace, at the other end of a TAP device.

    That it has answered a ping which came after a frame shows that it has answered the frame, too.
    """

    def __init__(self, link: TapLink) -> None:
        self._link = link
        self._listener = socket.create_server((frames.OUR_INTERFACE.ip.compressed, PORT), backlog=4096)
        self._listener.setblocking(False)
        self._socket: socket.socket | None = None
        self._fences = 0
        # What the device sends is lost until the kernel has taken note of its carrier, up to a second later.
        while self._answered(_CARRIER_PATIENCE) is None:
            assert self._fences < _CARRIER_ATTEMPTS, "the kernel answers no ping on its new TAP device"

    def deliver(self, frame: bytes) -> list[bytes]:
        self._link.send([frame], 0)
        sent = self._sent()
        with suppress(BlockingIOError):
            self._take(self._listener.accept()[0])
        return sent

    def connect(self, port: int) -> list[bytes]:
        # The thread is in the namespace: see `linux`.
        opened = socket.socket()
        opened.setblocking(False)
        with suppress(BlockingIOError):
            opened.connect((str(frames.OUR_INTERFACE.ip - 1), port))
        self._take(opened)
        return self._sent()

    def send(self, octets: int) -> list[bytes]:
        assert self._socket is not None
        self._socket.send(bytes(octets))
        return self._sent()

    def shutdown(self) -> list[bytes]:
        assert self._socket is not None
        self._socket.shutdown(socket.SHUT_WR)
        return self._sent()

    def close(self) -> None:
        """Close the sockets."""
        self._listener.close()
        if self._socket is not None:
            self._socket.close()

    def _take(self, opened: socket.socket) -> None:
        if self._socket is not None:
            # A RST, and no FIN that would be repeated in the middle of what follows.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.close()
        self._socket = opened

    def _sent(self) -> list[bytes]:
        sent = self._answered(_PATIENCE)
        assert sent is not None, "the kernel has not answered a ping on its TAP device"
        return sent

    def _answered(self, patience: float) -> list[bytes] | None:
        """What was sent until it answered a ping, or None when it was silent for `patience` seconds."""
        self._fences += 1
        mark = self._fences.to_bytes(8, "big")
        echo = IcmpMessage(icmp.ECHO_REQUEST, 0, 0, mark)
        self._link.send([frames.icmp_frame(echo)], 0)
        sent: list[bytes] = []
        while select.select([self._link.fileno()], [], [], patience)[0]:
            for frame in self._link.frames(0):
                header, _ = ethernet.parse(frame.data)
                if header.ethertype != ethernet.IPV4:
                    continue
                _, packet, payload = frames.read_packet(frame.data)
                if packet.protocol == ipv4.ICMP and payload.endswith(mark):
                    return sent
                sent.append(frame.data)
        return None


@contextmanager
def linux() -> Iterator[LinuxStack]:
    """The calling thread is in a namespace meanwhile. Nothing there repeats anything within seconds, or is
    answered only so often."""
    with namespace() as there, there.entered():
        mac = frames.OUR_MAC.hex(":")
        for command in (
            "sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
            "sysctl -qw net.ipv4.tcp_invalid_ratelimit=0 net.ipv4.tcp_challenge_ack_limit=1000000",
            "sysctl -qw net.ipv4.tcp_early_retrans=0 net.ipv4.icmp_ratelimit=0",
            "sysctl -qw net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.tcp_syncookies=0",
            "ip tuntap add dev tap0 mode tap",
            f"ip link set dev tap0 address {mac} up",
            f"ip address add {frames.OUR_INTERFACE} dev tap0",
            f"ip neighbour replace 192.0.2.1 lladdr {frames.PEER_MAC.hex(':')} dev tap0 nud permanent",
            "ip route change 192.0.2.0/24 dev tap0 src 192.0.2.2 rto_min 10s quickack 1",
        ):
            there.run(command)
        link = TapLink("tap0", mac=frames.PEER_MAC)
        stack = LinuxStack(link)
        try:
            yield stack
        finally:
            stack.close()
            link.close()
