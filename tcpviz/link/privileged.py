"""What needs a right, for links and `doctor` to ask for.

Done at once where this process has the right. Where sudo started it, it has none any more, and asks the
helper that `hand_over` has left behind.
"""

import json
import os
import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from tcpviz.link import helper
from tcpviz.link.base import LinkError
from tcpviz.link.helper import LARGEST_MESSAGE
from tcpviz.link.offer import Answer, Offer, packed, unpacked
from tcpviz.link.routing import Address
from tcpviz.link.tun import NEW_NAME
from tcpviz.link.wayout import Network

_here = Offer()
_helper: socket.socket | None = None
_turn = threading.Lock()


def hand_over() -> None:
    """Drop root's rights if sudo gave us any. The first that the program does."""
    global _helper
    _helper = helper.hand_over()


def is_root() -> bool:
    """Whether what is asked for here will be done by root."""
    return _helper is not None or os.geteuid() == 0


def packet_socket(buffer: int) -> socket.socket:
    """A packet socket that receives nothing yet, with so many octets of buffer each way. Raises OSError."""
    return socket.socket(fileno=_ask("packet_socket", buffer).descriptor)


def open_tap(name: str) -> int:
    """The descriptor of the TAP device `name`, which is there and up. Raises LinkError with what to do."""
    return _ask("open_tap", name).descriptor


def seek_neighbour(index: int, address: Address) -> None:
    """Have the kernel ask for a neighbour on the interface `index` (see `routing`). Raises OSError."""
    _ask("seek_neighbour", index, str(address))


def undo_leftovers() -> list[str]:
    """Put back what killed runs have changed; the names of the settings. Raises OSError."""
    restored: list[str] = _ask("undo_leftovers").value
    return restored


class MadeDevice:
    """A TAP device made for this run, with its way out (see `wayout`). Raises LinkError with what to do."""

    def __init__(
        self, name: str = NEW_NAME, network: Network | None = None, destination: Address | None = None
    ) -> None:
        answer = _ask(
            "make_way_out",
            name,
            packed(network) if network else None,
            str(destination) if destination else None,
        )
        self.fd = answer.descriptor
        self._number, self.name, parts, self.note = answer.value
        self.network = unpacked(parts)

    def close(self) -> None:
        """Undo what does not go with `fd`, which is not ours to close."""
        _ask("close", self._number)


class HeldBack:
    """A `Holdback`, wherever it is. Raises LinkError as that does."""

    def __init__(self) -> None:
        self._number, self.table = _ask("hold_back").value

    def add(self, local: tuple[bytes, int], remote: tuple[bytes, int]) -> None:
        """From now on what `remote` (address, port) sends to `local` is for us alone."""
        ends = ((str(ip_address(address)), port) for address, port in (local, remote))
        _ask("hold_back_also", self._number, *(part for end in ends for part in end))

    def close(self) -> None:
        """Let the kernel have its connections."""
        _ask("close", self._number)


def _ask(name: str, *arguments: Any) -> Answer:
    return _here.do(name, arguments) if _helper is None else _ask_helper(_helper, name, arguments)


def _ask_helper(control: socket.socket, name: str, arguments: Sequence[Any]) -> Answer:
    with _turn:
        try:
            control.send(json.dumps((name, arguments)).encode())
            message, descriptors, _, _ = socket.recv_fds(control, LARGEST_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            message = b""
    if not message:
        raise LinkError("the helper that sudo left behind has gone; start the program again")
    answer = json.loads(message)
    if answer.get("errno"):
        raise OSError(answer["errno"], os.strerror(answer["errno"]))
    if "error" in answer:
        raise LinkError(answer["error"], privilege=answer.get("privilege", False))
    return Answer(answer["value"], descriptors[0] if descriptors else -1)
