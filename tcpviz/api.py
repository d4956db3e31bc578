"""What `import tcpviz` offers to programs: TCP connections of our own. Loaded when it is asked for."""

import os
from pathlib import Path
from typing import Literal, Unpack

from tcpviz.session.listener import Listener
from tcpviz.session.opening import Keeping, LinkOptions, open_listener, open_socket
from tcpviz.session.sockets import Socket
from tcpviz.view.why_events import comment

__all__ = ["LinkOptions", "Listener", "Socket", "connect", "listen"]

Record = str | os.PathLike[str] | Literal[False] | None


def connect(
    host: str,
    port: int,
    *,
    timeout: float | None = None,
    record: Record = None,
    linger: float = 0.0,
    **options: Unpack[LinkOptions],
) -> Socket:
    """A TCP connection of our own to `port` of `host`, a name or an address; all its addresses are tried.

    - `timeout`: seconds that connecting, and then each call, may take; None: as long as TCP itself waits.
    - `record`: the pcapng file that keeps the run. None: a temporary one, gone with the connection;
      False: none at all, for long transfers.
    - `linger`: seconds of TIME-WAIT that `close` stays for.
    - the rest says how packets leave: see `LinkOptions`. By default `lab` is on the simulated network, and
      the first link that works leads to everybody else.

    Raises OSError as sockets do (ConnectionRefusedError, TimeoutError, socket.gaierror, PermissionError ...),
    and ValueError for options that make no sense.
    """
    return open_socket(host, port, timeout, linger, _keeping(record), options)


def listen(
    port: int,
    *,
    backlog: int = 128,
    timeout: float | None = None,
    record: Record = None,
    linger: float = 0.0,
    **options: Unpack[LinkOptions],
) -> Listener:
    """Take TCP connections to `port` of an address of our own; `backlog` of them may wait to be accepted.

    `timeout`: seconds until the address has to be ours. The rest is as for `connect`; a link has to be named
    to which others have a way: raw or tap with an `address`, or kernel.
    """
    return open_listener(port, backlog, timeout, linger, _keeping(record), options)


def _keeping(record: Record) -> Keeping:
    path = Path(record) if record else None
    return Keeping(explain=comment, record=path, recorded=record is not False)
