"""A link on a real interface, through an AF_PACKET socket, beside the kernel's own stack (packet(7)).

The address is one that the kernel doesn't have, and best the MAC too: so the kernel has no say in our
connections. What arrives may be merged into packets of up to 64 kB, with checksums still unfinished
where it never crossed a wire; the kernel's word for those comes with each frame.
"""

import ctypes
import errno
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address

from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.device import Device, as_root, find_device_up, lost
from tcpviz.wire.frame import Frame

# <linux/if_packet.h>, <asm-generic/socket.h>, <linux/if_ether.h>
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_VNET_HDR = 15
_PACKET_MR_UNICAST = 3
_PACKET_MR_PROMISC = 1
_SO_ATTACH_FILTER = 26
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
_ETH_P_ALL = 3

# <linux/virtio_net.h>: the header that PACKET_VNET_HDR puts before every frame. Either flag answers for
# the transport checksum: left to be computed later (never crossed a wire), or verified already.
_VNET_HEADER = 10
_NEEDS_CSUM = 1
_DATA_VALID = 2
_VOUCHED = _NEEDS_CSUM | _DATA_VALID

_LARGEST_READ = _VNET_HEADER + 14 + (1 << 16)
_BATCH = 256
_BUFFER = 32 << 20
"""Octets that may wait for us: a full receive window in small packets, each with the kernel's overhead."""

# <linux/filter.h>: a program of (operation, jump if true, jump if false, operand). The offsets from
# _ABOUT on are no offsets in the frame, but what the kernel knows about it.
_LOAD_HALF = 0x28
_LOAD_WORD = 0x20
_JUMP_EQUAL = 0x15
_RETURN = 0x06
_ABOUT = 0xFFFF_F000
_PACKET_TYPE = _ABOUT + 4
_VLAN_TAG_PRESENT = _ABOUT + 48
_OUTGOING = 4


class RawLink:
    """A Link on `interface` for one IPv4 `address` that nobody else on it has.

    `mac` is our Ethernet address there: one of our own (`local_mac`), which the interface is asked to
    take frames for; None: the interface's, for networks that let only that one in, as Wi-Fi does.
    Raises LinkError with what to do: no such interface, no right, down.
    """

    def __init__(self, interface: str, *, address: IPv4Address, mac: bytes | None = None) -> None:
        device = find_device_up(interface)
        self._name = interface
        self._info = LinkInfo(name=f"raw {interface}", mac=mac or device.mac, mtu=device.mtu)
        try:
            with ExitStack() as on_error:
                self._receiver = on_error.enter_context(_packet_socket(interface))
                self._sender = on_error.enter_context(_packet_socket(interface))
                self._set_up(device, address, mac or device.mac)
                on_error.pop_all()
        except OSError as error:
            raise lost(self._name, error) from None

    def _set_up(self, device: Device, address: IPv4Address, mac: bytes) -> None:
        # The filter and the options come before the protocol: until then nothing is received at all.
        _attach_filter(self._receiver, address)
        self._receiver.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        _enlarge(self._receiver, _SO_RCVBUFFORCE, socket.SO_RCVBUF)
        _enlarge(self._sender, _SO_SNDBUFFORCE, socket.SO_SNDBUF)
        if mac != device.mac:
            _take_frames_for(self._receiver, device, mac)
        self._receiver.bind((device.name, _ETH_P_ALL))
        self._sender.bind((device.name, 0))

    @property
    def info(self) -> LinkInfo:
        return self._info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived, up to 256 frames."""
        received: list[Frame] = []
        receive = self._receiver.recv
        try:
            for _ in range(_BATCH):
                data = receive(_LARGEST_READ)
                received.append(Frame(now, data[_VNET_HEADER:], data[0] & _VOUCHED != 0))
        except BlockingIOError:
            pass
        except OSError as error:
            raise lost(self._name, error) from None
        return received

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Hand these to the interface. Where its queue is full a frame is lost, as in any full queue."""
        send = self._sender.send
        for data in frames:
            try:
                send(data)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                    raise lost(self._name, error) from None

    def fileno(self) -> int:
        return self._receiver.fileno()

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        """Close the sockets; the interface forgets our MAC address with them."""
        self._receiver.close()
        self._sender.close()


def _packet_socket(interface: str) -> socket.socket:
    """A raw socket that receives nothing yet: protocol 0."""
    try:
        packet_socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError:
        text = f"a raw socket on {interface} needs the right CAP_NET_RAW; run it as: {as_root()}"
        raise LinkError(text, privilege=True) from None
    packet_socket.setblocking(False)
    return packet_socket


def _enlarge(packet_socket: socket.socket, beyond_limit: int, within_limit: int) -> None:
    """Set a buffer of _BUFFER octets, or as many as the system's limit allows without CAP_NET_ADMIN."""
    try:
        packet_socket.setsockopt(socket.SOL_SOCKET, beyond_limit, _BUFFER)
    except PermissionError:
        packet_socket.setsockopt(socket.SOL_SOCKET, within_limit, _BUFFER)


def _take_frames_for(packet_socket: socket.socket, device: Device, mac: bytes) -> None:
    """Have the interface accept frames for `mac` as long as the socket is open: for it, or for everybody."""
    for membership in (_PACKET_MR_UNICAST, _PACKET_MR_PROMISC):
        request = struct.pack("=iHH8s", device.index, membership, len(mac), mac)
        with suppress(OSError):
            packet_socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, request)
            return
    raise LinkError(f"{device.name} takes no frames for a second MAC address")


def _filter_program(address: IPv4Address) -> list[tuple[int, int, int, int]]:
    """Let in: ARP, and IPv4 for `address`; not what leaves here, and nothing from a VLAN."""
    return [
        (_LOAD_WORD, 0, 0, _PACKET_TYPE),
        (_JUMP_EQUAL, 8, 0, _OUTGOING),
        (_LOAD_WORD, 0, 0, _VLAN_TAG_PRESENT),
        (_JUMP_EQUAL, 0, 6, 0),
        (_LOAD_HALF, 0, 0, 12),
        (_JUMP_EQUAL, 3, 0, 0x0806),
        (_JUMP_EQUAL, 0, 3, 0x0800),
        (_LOAD_WORD, 0, 0, 30),
        (_JUMP_EQUAL, 0, 1, int(address)),
        (_RETURN, 0, 0, _LARGEST_READ),
        (_RETURN, 0, 0, 0),
    ]


def _attach_filter(packet_socket: socket.socket, address: IPv4Address) -> None:
    program = b"".join(struct.pack("=HBBI", *step) for step in _filter_program(address))
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog, in the machine's own alignment: the number of steps and where they stand
    request = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    packet_socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, request)
