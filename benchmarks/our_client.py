"""The same GET by our TCP over AF_PACKET, recording on.

Prints the seconds from the SYN to the last octet, and those that the process computed.
"""

import sys
import time
from ipaddress import IPv4Interface

from tcpviz.link.base import Direction
from tcpviz.recording import Kind
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.tcp.state import State
from tcpviz.view.why import comment


def main() -> None:
    """`our_client URL INTERFACE ADDRESS`."""
    url, interface, address = sys.argv[1:]
    options = RunOptions(url, link="raw", interface=interface, address=IPv4Interface(address), linger=0.0)
    session = Session(options, explain=comment)
    before = time.process_time()
    session.run()
    computed = time.process_time() - before
    if session.status.failure:
        sys.exit(session.status.failure.text)
    print(_seconds(session), computed)
    session.recording.close()


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
