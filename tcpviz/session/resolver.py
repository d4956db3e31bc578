"""Names to addresses by the system's resolver, without keeping the worker waiting."""

import socket
import threading
from ipaddress import IPv4Address
from queue import Empty, SimpleQueue

Answer = list[IPv4Address] | str


class Resolver:
    """Asks the system in a thread of its own, for getaddrinfo can neither be polled nor stopped."""

    def __init__(self) -> None:
        self._answers: SimpleQueue[tuple[str, Answer]] = SimpleQueue()
        self._asked: str | None = None

    def ask(self, name: str) -> Answer | None:
        """The addresses of `name`, or why there are none, or None while it is not known yet."""
        if self._asked != name:
            self._asked = name
            threading.Thread(target=self._look_up, args=(name,), daemon=True).start()
        try:
            answered, answer = self._answers.get_nowait()
        except Empty:
            return None
        return answer if answered == name else None

    def _look_up(self, name: str) -> None:
        try:
            found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self._answers.put((name, getattr(error, "strerror", None) or str(error)))
            return
        addresses = dict.fromkeys(IPv4Address(str(info[4][0])) for info in found)
        self._answers.put((name, list(addresses)))
