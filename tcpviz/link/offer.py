"""All that a run may need root for: a few requests with plain arguments, answered with plain values.

Done in the program's own process where it has the right, in the `helper` where sudo has left one. What
lasts (a table, a setting) is kept here under a number until it is closed.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address
from typing import Any, NamedTuple, Protocol

from tcpviz.link.holdback import Holdback
from tcpviz.link.routing import seek_neighbour
from tcpviz.link.tun import open_tap
from tcpviz.link.wayout import Network, journal, make_way_out

_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # <asm-generic/socket.h>


class Lasting(Protocol):
    """Something that is there until it is closed."""

    def close(self) -> None:
        """Undo it."""


class Answer(NamedTuple):
    """A value that JSON knows, and a descriptor, -1 for none."""

    value: Any = None
    descriptor: int = -1


class Offer:
    """The requests by name. `do` raises LinkError and OSError as they do, ValueError and TypeError for
    what is none."""

    def __init__(self) -> None:
        self._kept: dict[int, Lasting] = {}
        self._requests: dict[str, Callable[..., Answer]] = {
            "packet_socket": _packet_socket,
            "open_tap": _open_tap,
            "make_way_out": self._make_way_out,
            "hold_back": self._hold_back,
            "hold_back_also": self._hold_back_also,
            "seek_neighbour": _seek_neighbour,
            "close": self._close,
            "undo_leftovers": _undo_leftovers,
        }

    def do(self, name: str, arguments: Sequence[Any]) -> Answer:
        """What that request gives."""
        if name not in self._requests:
            raise ValueError(f"no request {name!r}")
        return self._requests[name](*arguments)

    def close_all(self) -> None:
        """Undo all that lasts, as far as that is possible."""
        for number in list(self._kept):
            with suppress(OSError):
                self._close(number)

    def _keep(self, lasting: Lasting) -> int:
        number = max(self._kept, default=0) + 1
        self._kept[number] = lasting
        return number

    def _close(self, number: int) -> Answer:
        if number in self._kept:
            self._kept.pop(number).close()
        return Answer()

    def _make_way_out(
        self, name: str, network: Sequence[str | None] | None, destination: str | None
    ) -> Answer:
        made = make_way_out(
            str(name),
            unpacked(network) if network else None,
            ip_address(destination) if destination else None,
        )
        return Answer((self._keep(made), made.name, packed(made.network), made.note), made.fd)

    def _hold_back(self) -> Answer:
        holdback = Holdback()
        return Answer((self._keep(holdback), holdback.table))

    def _hold_back_also(self, number: int, local: str, port: int, remote: str, remote_port: int) -> Answer:
        holdback = self._kept.get(number)
        if not isinstance(holdback, Holdback):
            raise ValueError(f"{number} holds nothing back")
        holdback.add((ip_address(local).packed, int(port)), (ip_address(remote).packed, int(remote_port)))
        return Answer()


def packed(network: Network) -> list[str | None]:
    """A network as JSON knows it."""
    parts = (network.address, network.gateway, network.address6, network.gateway6)
    return [str(part) if part else None for part in parts]


def unpacked(parts: Sequence[str | None]) -> Network:
    """The network in what `packed` gave. Raises ValueError."""
    address, gateway, address6, gateway6 = parts
    return Network(
        IPv4Interface(address or ""),
        IPv4Address(gateway or ""),
        IPv6Interface(address6) if address6 else None,
        IPv6Address(gateway6) if gateway6 else None,
    )


def _packet_socket(buffer: int) -> Answer:
    """A packet socket that receives nothing yet (protocol 0), with so many octets of buffer each way."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    for beyond_limit, within_limit in (
        (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
        (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
    ):
        try:
            made.setsockopt(socket.SOL_SOCKET, beyond_limit, buffer)
        except PermissionError:
            made.setsockopt(socket.SOL_SOCKET, within_limit, buffer)
    return Answer(descriptor=made.detach())


def _open_tap(name: str) -> Answer:
    return Answer(descriptor=open_tap(str(name)))


def _seek_neighbour(index: int, address: str) -> Answer:
    seek_neighbour(index, ip_address(address))
    return Answer()


def _undo_leftovers() -> Answer:
    return Answer([setting.name for setting in journal().undo_leftovers()])
