"""What a machine sends, read at the other end of its wire: an AF_PACKET socket that sees all (packet(7))."""

import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.netns import Namespace
from helpers.tools import need

# <linux/if_packet.h>, <linux/if_ether.h>, <linux/virtio_net.h>
_SOL_PACKET, _PACKET_VNET_HDR, _PACKET_IGNORE_OUTGOING, _ETH_P_ALL = 263, 15, 23, 3
_SO_RCVBUFFORCE = 33
_VNET_HEADER, _NEEDS_CSUM = 10, 1
_LARGEST = _VNET_HEADER + 14 + (1 << 16)
_TICK = 0.1


class Wiretap:
    """All frames that come in by a device, and a file of those whose checksums are finished.

    The kernel leaves the checksums of its own packets open on a virtual wire; a stack in user space can't.
    """

    def __init__(self, where: Namespace, device: str) -> None:
        with where.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        self._socket.bind((device, _ETH_P_ALL))
        self._socket.settimeout(_TICK)
        self.finished: list[bytes] = []
        self.unfinished: list[bytes] = []

    @contextmanager
    def open(self) -> Iterator["Wiretap"]:
        """It listens until the end."""
        enough = threading.Event()
        thread = threading.Thread(target=self._listen, args=(enough,))
        thread.start()
        try:
            yield self
        finally:
            enough.set()
            thread.join()
            self._socket.close()

    def _listen(self, enough: threading.Event) -> None:
        while True:
            try:
                data = self._socket.recv(_LARGEST)
            except TimeoutError:
                if enough.is_set():
                    return
                continue
            (self.unfinished if data[0] & _NEEDS_CSUM else self.finished).append(data[_VNET_HEADER:])

    def tshark(self, file: Path, display_filter: str, *fields: str, whole: bool = False) -> list[str]:
        """A line with these fields of each frame that passes; of the finished ones, or of all."""
        frames = self.finished + (self.unfinished if whole else [])
        header = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1)
        records = (struct.pack("=IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)
        file.write_bytes(header + b"".join(records))
        checks = [f"-o{layer}.check_checksum:TRUE" for layer in ("ip", "tcp", "udp")]
        shown = [word for field in fields for word in ("-e", field)]
        command = [need("tshark"), "-n", "-r", str(file), *checks, "-Y", display_filter, "-Tfields", *shown]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
