"""The initial sequence number of a connection (RFC 6528, RFC 9293 section 3.4.1)."""

import hashlib

from tcpviz.wire.seq import Seq, seq

_TICK = 4_000  # ns: M is a clock that ticks every 4 microseconds (RFC 6528 section 3)


def initial_sequence(
    secret: bytes, local_address: bytes, local_port: int, remote_address: bytes, remote_port: int, now: int
) -> Seq:
    """ISN = M + F(localip, localport, remoteip, remoteport, secretkey) of RFC 6528 section 3.

    Addresses are packed octets, `now` is in ns. The secret should be random, 16 octets or
    more, and stay the same for a run.
    """
    pair = b"%d|%s%d|%s%d" % (len(local_address), local_address, local_port, remote_address, remote_port)
    digest = hashlib.blake2s(pair, key=hashlib.blake2s(secret).digest(), digest_size=4).digest()
    return seq(now // _TICK + int.from_bytes(digest, "big"))
