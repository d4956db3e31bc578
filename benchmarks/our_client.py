"""The same GET by our TCP over AF_PACKET, recording on.

Prints the seconds from the SYN to the last octet, those that the process computed, and how many frames found
our socket's buffer full.
"""

import socket
import struct
import sys
import time
from ipaddress import IPv4Interface
from unittest.mock import patch

from tcpviz.link.base import Direction
from tcpviz.link.raw import RawLink
from tcpviz.recording import Kind
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.tcp.state import State
from tcpviz.view.why import comment

_SOL_PACKET, _PACKET_STATISTICS = 263, 6  # <linux/if_packet.h>
_STATISTICS = struct.Struct("=II")  # struct tpacket_stats: received, dropped


def main() -> None:
    """`our_client URL INTERFACE ADDRESS`."""
    url, interface, address = sys.argv[1:]
    options = RunOptions(url, link="raw", interface=interface, address=IPv4Interface(address), linger=0.0)
    session = Session(options, explain=comment)
    dropped: list[int] = []
    close = RawLink.close

    def count_and_close(link: RawLink) -> None:
        dropped.extend(map(_dropped, (link._untagged, link._tagged)))
        close(link)

    with patch.object(RawLink, "close", count_and_close):
        before = time.process_time()
        session.run()
        computed = time.process_time() - before
    if session.status.failure:
        sys.exit(session.status.failure.text)
    print(_seconds(session), computed, sum(dropped))
    session.recording.close()


def _dropped(receiver: socket.socket) -> int:
    """Frames for it that found its buffer full."""
    statistics = receiver.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
    _, dropped = _STATISTICS.unpack(statistics)
    return int(dropped)


def _seconds(session: Session) -> float:
    """From the first TCP frame that we sent to the peer's FIN, or ours if it came first."""
    recording = session.recording
    began = ended = None
    for index in range(len(recording)):
        row = recording.row(index)
        if row.kind is not Kind.FRAME or not row.flow:
            continue
        if began is None and row.direction is Direction.OUT:
            began = row.time
        snapshot = recording.snapshot(index)
        if snapshot and snapshot.state is State.ESTABLISHED:
            ended = row.time
    assert began is not None
    assert ended is not None
    return (ended - began) / 1e9


if __name__ == "__main__":
    main()
