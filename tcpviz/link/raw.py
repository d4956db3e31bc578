"""A link on a real interface, through AF_PACKET sockets, beside the kernel's own stack (packet(7)).

What arrives may be merged into packets of up to 64 kB, with checksums still unfinished where it never
crossed a wire; the kernel's word for those comes with each frame. Whose address it is, ours alone or the
kernel's too, is the affair of whoever makes the link.
"""

import errno
import select
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address

from tcpviz.link import bpf, privileged
from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.device import Device, as_root, find_device_up, lost
from tcpviz.wire import ethernet
from tcpviz.wire.frame import Frame

# <linux/if_packet.h>, <asm-generic/socket.h>, <linux/if_ether.h>
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_AUXDATA = 8
_PACKET_VNET_HDR = 15
_PACKET_IGNORE_OUTGOING = 23
_PACKET_MR_UNICAST = 3
_PACKET_MR_PROMISC = 1
_PACKET_MR_ALLMULTI = 2
_ETH_P_ALL = 3

# <linux/virtio_net.h>: the header that PACKET_VNET_HDR puts before every frame. Either flag answers for
# the transport checksum: left to be computed later (never crossed a wire), or verified already.
_VNET_HEADER = 10
_NEEDS_CSUM = 1
_DATA_VALID = 2
_VOUCHED = _NEEDS_CSUM | _DATA_VALID

_AUXDATA = struct.Struct("=16xHH")  # struct tpacket_auxdata: the VLAN tag, and its EtherType
_AUXDATA_SPACE = socket.CMSG_SPACE(_AUXDATA.size)

_LARGEST_READ = _VNET_HEADER + 14 + (1 << 16)
_new = tuple.__new__  # what Frame(...) comes to, at half the cost
_BATCH = 512
_BUFFER = 32 << 20
"""Octets that may wait for us: a full receive window in small packets, each with the kernel's overhead."""


class RawLink:
    """A Link on `interface`.

    It lets in what is for `address`, which nobody else on it has, and with `ipv6` all IPv6 for our `mac`;
    without either what `admit` says later.

    `mac` is our Ethernet address there: one of our own (`local_mac`), which the interface is asked to
    take frames for; None: the interface's, for networks that let only that one in, as Wi-Fi does.
    Raises LinkError with what to do: no such interface, no right, down.
    """

    def __init__(
        self,
        interface: str,
        *,
        address: IPv4Address | None = None,
        ipv6: bool = False,
        mac: bytes | None = None,
    ) -> None:
        device = find_device_up(interface)
        self._name = interface
        self._info = LinkInfo(name=f"raw {interface}", mac=mac or device.mac, mtu=device.mtu)
        try:
            with ExitStack() as on_error:
                # Two that receive: to be told of a frame's tag costs as much again as the frame.
                self._untagged = on_error.enter_context(_packet_socket(interface))
                self._tagged = on_error.enter_context(_packet_socket(interface))
                self._sender = on_error.enter_context(_packet_socket(interface))
                self._arrivals = on_error.enter_context(select.epoll())
                self._set_up(device, address, ipv6)
                on_error.pop_all()
        except OSError as error:
            raise lost(self._name, error) from None

    def _set_up(self, device: Device, address: IPv4Address | None, ipv6: bool) -> None:
        # The filter and the options come before the protocol: until then nothing is received at all.
        mac = self._info.mac
        heard = bpf.own_ipv4(address.packed) if address else []
        self._admit(heard + (bpf.own_ipv6(mac) if ipv6 else []))
        self._tagged.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        if mac != device.mac:
            _take_frames_for(self._untagged, device, mac)
        if ipv6:
            # Who asks for one of our addresses asks a group (RFC 4861 7.2.2).
            _join(self._untagged, device, _PACKET_MR_ALLMULTI)
        for receiver in (self._untagged, self._tagged):
            receiver.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
            with suppress(OSError):  # older kernels copy what leaves here before our filter refuses it
                receiver.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
            self._arrivals.register(receiver, select.EPOLLIN)
            receiver.bind((device.name, _ETH_P_ALL))
        self._sender.bind((device.name, 0))

    @property
    def info(self) -> LinkInfo:
        return self._info

    def admit(self, alternatives: Iterable[bpf.Program]) -> None:
        """From now on let in what passes one of these. Raises LinkError."""
        try:
            self._admit(alternatives)
        except OSError as error:
            raise lost(self._name, error) from None

    def _admit(self, alternatives: Iterable[bpf.Program]) -> None:
        alternatives = list(alternatives)
        bpf.attach(self._untagged, alternatives, tagged=False)
        bpf.attach(self._tagged, alternatives, tagged=True)

    def frames(self, now: int) -> list[Frame]:
        """What has arrived, up to 512 frames of either kind."""
        received: list[Frame] = []
        receive = self._untagged.recv
        try:
            with suppress(BlockingIOError):
                for _ in range(_BATCH):
                    data = receive(_LARGEST_READ)
                    received.append(_new(Frame, (now, data[_VNET_HEADER:], data[0] & _VOUCHED != 0)))
            with suppress(BlockingIOError):
                for _ in range(_BATCH):
                    received.append(self._receive_tagged(now))
        except OSError as error:
            raise lost(self._name, error) from None
        return received

    def _receive_tagged(self, now: int) -> Frame:
        """A frame with its tag back where it was on the wire."""
        data, told, _, _ = self._tagged.recvmsg(_LARGEST_READ, _AUXDATA_SPACE)
        tag, ethertype = _AUXDATA.unpack_from(told[0][2])
        whole = ethernet.put_tag(data[_VNET_HEADER:], ethertype, tag)
        return Frame(now, whole, data[0] & _VOUCHED != 0)

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
        return self._arrivals.fileno()

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        """Close the sockets; the interface forgets our MAC address with them."""
        for each in (self._arrivals, self._untagged, self._tagged, self._sender):
            each.close()


def _packet_socket(interface: str) -> socket.socket:
    """A raw socket that receives nothing yet: protocol 0."""
    try:
        packet_socket = privileged.packet_socket(_BUFFER)
    except PermissionError:
        text = f"a raw socket on {interface} needs the right CAP_NET_RAW; run it as: {as_root()}"
        raise LinkError(text, privilege=True) from None
    packet_socket.setblocking(False)
    return packet_socket


def _take_frames_for(packet_socket: socket.socket, device: Device, mac: bytes) -> None:
    """Have the interface accept frames for `mac` as long as the socket is open: for it, or for everybody."""
    for membership in (_PACKET_MR_UNICAST, _PACKET_MR_PROMISC):
        with suppress(OSError):
            _join(packet_socket, device, membership, mac)
            return
    raise LinkError(f"{device.name} takes no frames for a second MAC address")


def _join(packet_socket: socket.socket, device: Device, membership: int, mac: bytes = b"") -> None:
    request = struct.pack("=iHH8s", device.index, membership, len(mac), mac)
    packet_socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, request)
