"""Which port of ours a connection gets: hard to guess from outside, not soon the same again (RFC 6056)."""

import hashlib
import random
from collections.abc import Callable

from tcpviz.host.errors import HostError
from tcpviz.host.flow import Endpoint

EPHEMERAL = range(49152, 65536)  # RFC 6335 section 6


class Ports:
    """Simple hash-based port selection (RFC 6056 section 3.3.3, algorithm 3): a row of ports for each
    destination that begins where only `secret` tells, and one count for all of them."""

    def __init__(self, secret: bytes, rng: random.Random) -> None:
        self._key = hashlib.blake2s(secret, person=b"port").digest()
        self._next = rng.randrange(len(EPHEMERAL))

    def choose(self, address: bytes, remote: Endpoint, taken: Callable[[int], bool]) -> int:
        """A port of `address`, which is ours, for a connection to `remote`, that is not `taken`. Raises
        HostError when all are."""
        offset = self._offset(address, remote)
        for _ in EPHEMERAL:
            port = EPHEMERAL[(self._next + offset) % len(EPHEMERAL)]
            self._next += 1
            if not taken(port):
                return port
        raise HostError(f"all {len(EPHEMERAL)} ports for connections to {remote} are in use")

    def _offset(self, address: bytes, remote: Endpoint) -> int:
        """F(local_IP, remote_IP, remote_port, secret_key)."""
        text = b"%d|%s%s%d" % (len(address), address, *remote)
        return int.from_bytes(hashlib.blake2s(text, key=self._key, digest_size=4).digest(), "big")
