"""Names to addresses by the system's resolver, without keeping the worker waiting."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from queue import Empty, SimpleQueue

from tcpviz.host.address import Address

Answer = list[Address] | str


class Resolver:
    """Asks the system in a thread of its own, for getaddrinfo can neither be polled nor stopped.

    `wake` is called when there is an answer.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._answers: SimpleQueue[tuple[str, Answer]] = SimpleQueue()
        self._asked: str | None = None
        self._known: dict[str, Answer] = {}

    def ask(self, name: str) -> Answer | None:
        """The addresses of `name`, or why there are none, or None while it is not known yet."""
        if self._asked != name and name not in self._known:
            self._asked = name
            threading.Thread(target=self._look_up, args=(name,), daemon=True).start()
        with suppress(Empty):
            answered, answer = self._answers.get_nowait()
            self._known[answered] = answer
        return self._known.get(name)

    def _look_up(self, name: str) -> None:
        self._answers.put((name, resolve(name)))
        self._wake()


def resolve(name: str) -> list[Address] | str:
    """The addresses of `name`, or why there are none. Takes as long as the system does."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    addresses = dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found)
    # There is a way out for IPv4 nearly everywhere; those of one family stay in the resolver's order.
    return sorted(addresses, key=lambda address: address.version)
