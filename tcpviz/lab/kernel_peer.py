"""The kernel peer: the real Linux TCP with a real HTTP server, in a network namespace of its own.

Run by `link.kernel.KernelLink` as a child process with one argument, the number of the descriptor of
a control socket (SOCK_SEQPACKET). It makes the namespace and a TAP device in it, passes the device
over the socket, serves `lab.site` and answers questions until the other end of the socket is gone,
however that came about; the namespace has no name and vanishes with it.

Few imports, because every run waits for it to start.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from tcpviz.lab import site
from tcpviz.lab.network import OUR_ADDRESS6, OUR_MAC, PEER_ADDRESS, PEER_ADDRESS6, PORTS, TLS_PORTS
from tcpviz.wire import ethernet, ipv6

DEVICE = "tcpviz0"

_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_TUNSETIFF, _TUNSETTXFILTER = 0x4004_54CA, 0x4004_54D1
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFMTU, _SIOCSIFFLAGS = 0x8916, 0x891C, 0x8922, 0x8914
_RTM_NEWLINK, _IFLA_TXQLEN = 16, 13
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_IFF_UP, _IFF_RUNNING = 0x1, 0x40

_OUR_GROUP = ipv6.group_mac(ipv6.solicited_node(OUR_ADDRESS6.packed))

_MTU_RANGE = "68 to 65521"
"""What Linux lets a TAP device have: IPv4 needs 68 (RFC 791); 65,535 less the Ethernet header at the top."""

_QUEUE = 10_000
"""Packets that wait for us: more than any window holds, so that the device loses none of its own accord."""

_NO_NAMESPACE = (
    "a private network namespace can't be made here ({}): run tcpviz as root, or allow user namespaces "
    "(sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, and on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0), or use --link sim"
)
_NO_TUN = (
    "/dev/net/tun can't be used here ({}): load it with `modprobe tun` (in a container, start it with "
    "`--device /dev/net/tun`), or use --link sim"
)


class SetupError(Exception):
    """The peer can't be set up here; the text says why and what to do.

    `privilege` tells that a right is missing and not a device.
    """

    def __init__(self, text: str, *, privilege: bool = False) -> None:
        super().__init__(text)
        self.privilege = privilege


def main() -> None:
    """Set everything up, say "ready" with the TAP's descriptor or "error" with a text, then serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    mtu, congestion = int(sys.argv[2]), sys.argv[3]
    try:
        enter_namespace()
        tap = make_tap(mtu)
        for port in (*PORTS, *TLS_PORTS):
            serve(port, congestion)
    except SetupError as error:
        control.send(f"{'denied' if error.privilege else 'error'} {error}".encode())
        return
    socket.send_fds(control, [b"ready"], [tap])
    os.close(tap)
    answer_questions(control)
    # The threads of open connections need no goodbye, and the namespace ends with the process.
    os._exit(0)


def answer_questions(control: socket.socket) -> None:
    """Until the other end is closed: by its owner, or by the kernel when its owner dies."""
    while question := control.recv(64):
        control.send(str(counters().get(question.decode(), "unknown")).encode())


def counters() -> dict[str, int]:
    """What this namespace's TCP has counted, by the kernel's names (RFC 4022 and Linux's own)."""
    counted: dict[str, int] = {}
    for file in ("snmp", "netstat"):
        lines = Path("/proc/self/net", file).read_text().splitlines()
        for names, values in zip(lines[::2], lines[1::2], strict=True):
            if names.startswith("Tcp"):
                counted.update(zip(names.split()[1:], map(int, values.split()[1:]), strict=True))
    return counted


# The namespace and the device


def enter_namespace() -> None:
    """A network namespace of our own; where that is not our right, inside a user namespace of our own."""
    try:
        try:
            _unshare(_CLONE_NEWNET)
        except PermissionError:
            _enter_user_namespace()
    except OSError as error:
        raise SetupError(_NO_NAMESPACE.format(error.strerror), privilege=True) from None


def _enter_user_namespace() -> None:
    """Become root of a user namespace, and so of the network namespace made with it."""
    uid, gid = os.getuid(), os.getgid()
    _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def _unshare(flags: int) -> None:
    # os.unshare came with Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def make_tap(mtu: int) -> int:
    """The descriptor of an Ethernet device that is up and has the peer's addresses."""
    _quiet_ipv6()
    try:
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tap, _TUNSETIFF, _request(DEVICE, struct.pack("H", _IFF_TAP | _IFF_NO_PI)))
        fcntl.ioctl(tap, _TUNSETTXFILTER, _heard(OUR_MAC, ethernet.BROADCAST, _OUR_GROUP))
    except OSError as error:
        # A restricted user namespace can be entered, but gives no rights over its network.
        denied = error.errno == errno.EPERM
        text = (_NO_NAMESPACE if denied else _NO_TUN).format(error.strerror)
        raise SetupError(text, privilege=denied) from None
    try:
        _configure(mtu)
    except OSError as error:
        os.close(tap)
        if error.errno == errno.EINVAL:
            raise SetupError(f"the kernel takes no MTU of {mtu} here: use one from {_MTU_RANGE}") from None
        raise SetupError(f"the peer's network can't be set up: {error.strerror}") from None
    return tap


def _configure(mtu: int) -> None:
    """Give the devices of our namespace what they need, and set them up."""
    up = struct.pack("H", _IFF_UP | _IFF_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        for code, name, value in (
            (_SIOCSIFFLAGS, "lo", up),
            (_SIOCSIFMTU, DEVICE, struct.pack("i", mtu)),
            (_SIOCSIFADDR, DEVICE, _address(PEER_ADDRESS.ip.packed)),
            (_SIOCSIFNETMASK, DEVICE, _address(PEER_ADDRESS.netmask.packed)),
            (_SIOCSIFFLAGS, DEVICE, up),
        ):
            fcntl.ioctl(handle, code, _request(name, value))
    index = socket.if_nametoindex(DEVICE)
    # Without IPv6 in the kernel, or with an MTU that is too small for it, there is IPv4 alone.
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as handle:
        length = PEER_ADDRESS6.network.prefixlen
        fcntl.ioctl(handle, _SIOCSIFADDR, struct.pack("16sIi", PEER_ADDRESS6.packed, length, index))
    _lengthen_queue(index)


def _lengthen_queue(index: int) -> None:
    """Let more packets wait for our reader than the largest window holds. By netlink: the ioctl for it
    asks for a right over the whole machine, which root of a user namespace has not."""
    attribute = struct.pack("HHI", 8, _IFLA_TXQLEN, _QUEUE)
    link = struct.pack("BxHiII", socket.AF_UNSPEC, 0, index, 0, 0) + attribute
    header = struct.pack("IHHII", 16 + len(link), _RTM_NEWLINK, _NLM_F_REQUEST | _NLM_F_ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(header + link)
        (error,) = struct.unpack_from("i", netlink.recv(1024), 16)
        if error:
            raise OSError(-error, os.strerror(-error))


def _quiet_ipv6() -> None:
    """Keep the kernel's IPv6 greetings off a network of two: no probes, no address but the given one."""
    for where in ("all", "default"):
        for setting, value in (("accept_dad", "0"), ("addr_gen_mode", "1"), ("router_solicitations", "0")):
            with suppress(OSError):
                Path("/proc/sys/net/ipv6/conf", where, setting).write_text(value)


def _heard(*macs: bytes) -> bytes:
    """A struct tun_filter: what the device hands us is what is for us, as a network card would do it."""
    return struct.pack("HH", 0, len(macs)) + b"".join(macs)


def _request(name: str, value: bytes) -> bytes:
    """A struct ifreq: the interface's name, and a union."""
    return struct.pack("16s24s", name.encode(), value)


def _address(packed: bytes) -> bytes:
    """A struct sockaddr_in without a port."""
    return struct.pack("HH4s", socket.AF_INET, 0, packed)


# The web server


class Server(ThreadingHTTPServer):
    """A thread for each connection; none of them keeps the process. On "::" it answers for IPv4 too."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread, and with OpenSSL loaded by the first that needs it."""
        if self.server_port not in TLS_PORTS:
            return super().finish_request(request, client_address)
        from tcpviz.lab.certificate import server_context

        with server_context().wrap_socket(request, server_side=True) as secured:
            return super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that reset their connection, or do not like our certificate."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name: nobody answers in here."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(PEER_ADDRESS.ip), self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    """Answers with the pages of `site`."""

    protocol_version = "HTTP/1.1"
    server_version = "tcpviz-lab"

    def do_GET(self) -> None:
        """Send header and body."""
        self._send(site.answer(self.path))

    def do_HEAD(self) -> None:
        """Send the header alone."""
        self._send_head(site.answer(self.path))

    def do_POST(self) -> None:
        """Take the body, then answer."""
        intake = site.intake(self.command, self.path, self.headers.get("Content-Type", ""))
        self._send(self._receive(intake) if not isinstance(intake, site.Answer) else intake)

    do_PUT = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing: our standard error is for what goes wrong."""

    def _receive(self, intake: site.Intake) -> site.Answer:
        """The answer to a request with a body of known length."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return site.failure(411, "say how long the body is")
        left = int(length)
        while left and (data := self.rfile.read(min(left, site.PIECE))):
            if not intake.take(data):
                return site.failure(413, f"more than {site.LARGEST_ECHO} octets are too many")
            left -= len(data)
        return intake.answer()

    def _send(self, answer: site.Answer) -> None:
        self._send_head(answer)
        self._send_body(answer)
        if answer.ending is site.Ending.RESET:
            # Closing with a linger time of zero is how an application sends a RST.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _send_head(self, answer: site.Answer) -> None:
        self.send_response(answer.status, answer.reason)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(answer.length))
        if answer.ending is not site.Ending.KEEP_ALIVE:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_body(self, answer: site.Answer) -> None:
        with suppress(ConnectionError):
            for data in _in_time(answer.body):
                self.wfile.write(data if answer.length is not None else _chunk(data))
            if answer.length is None:
                self.wfile.write(b"0\r\n\r\n")


def _chunk(data: bytes | memoryview) -> bytes:
    """One chunk of a body of unknown length (RFC 9112 7.1)."""
    return b"".join((b"%x\r\n" % len(data), data, b"\r\n"))


def _in_time(body: Iterator[site.Piece]) -> Iterator[bytes | memoryview]:
    for data, pause in body:
        time.sleep(pause / 1e9)
        if data:
            yield data


def serve(port: int, congestion: str) -> None:
    """Start the web server on `port`, with that congestion control or, for "", the kernel's own choice."""
    try:
        server = Server(("::", port), Handler)
    except OSError:
        server = Server(("", port), Handler)
    if congestion:
        try:
            server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode())
        except OSError as error:
            known = Path("/proc/sys/net/ipv4/tcp_available_congestion_control").read_text().strip()
            text = f"the kernel has no congestion control {congestion!r} ({error.strerror}), but {known}"
            raise SetupError(text) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    main()
