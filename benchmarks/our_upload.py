"""The same upload by our TCP over AF_PACKET, without client and recording: the engine and its host alone."""

import hashlib
import os
import random
import select
import sys
import time
from ipaddress import IPv4Address, IPv4Interface

from tcpviz.host.host import Endpoint, Host
from tcpviz.lab.site import pattern
from tcpviz.link.base import local_mac
from tcpviz.link.raw import RawLink
from tcpviz.tcp.config import SECOND, Config
from tcpviz.tcp.state import State


def main() -> None:
    """`our_upload INTERFACE OURS ADDRESS PORT SIZE CONGESTION`."""
    interface, ours, address, port, size, congestion = sys.argv[1:]
    upload = Upload(interface, IPv4Interface(ours))
    data = pattern(0, int(size))
    remote = Endpoint(IPv4Address(address).packed, int(port))
    answer = upload.run(remote, data, Config(congestion_control=congestion))
    print(upload.now / SECOND)
    if answer != hashlib.sha256(data).hexdigest():
        sys.exit("the server has received something else")


class Upload:
    """One connection from an interface, and the loop around it."""

    def __init__(self, interface: str, address: IPv4Interface) -> None:
        rng = random.Random()
        mac = local_mac(random.Random(str(address)))  # the same each time, as the peer's cache expects
        self._link = RawLink(interface, address=address.ip, mac=mac)
        self._host = Host(
            mac=mac,
            address=address,
            mtu=self._link.info.mtu,
            rng=rng,
            secret=os.urandom(16),
        )
        self._start = time.monotonic_ns()

    @property
    def now(self) -> int:
        return time.monotonic_ns() - self._start

    def run(self, remote: Endpoint, data: bytes, config: Config) -> str:
        """Send all of it and our FIN; the peer's answer, to its FIN."""
        self._start = time.monotonic_ns()
        connection = self._host.connect(remote, config, self.now).connection
        unsent, answer = memoryview(data), b""
        while not connection.at_eof and not connection.closed:
            self._departures()
            self._wait()
            self._arrivals()
            now = self.now
            self._host.on_deadline(now)
            if unsent and connection.state is State.ESTABLISHED:
                unsent = unsent[connection.send(unsent, now) :]
                if not unsent:
                    connection.shutdown(now)
            answer += connection.receive(1 << 16, now)
        return answer.decode()

    def _arrivals(self) -> None:
        for frame in self._link.frames(self.now):
            self._host.on_frame(frame, frame.time)
            self._departures()

    def _departures(self) -> None:
        now = self.now
        self._link.send([data for data, _ in self._host.frames(now)], now)
        for flow in self._host.flows.values():
            flow.connection.events()

    def _wait(self) -> None:
        deadline = self._host.next_deadline()
        wait = None if deadline is None else max(0, deadline - self.now) / SECOND
        select.select([self._link.fileno()], [], [], wait)


if __name__ == "__main__":
    main()
