"""The lab's pages on the Linux TCP of a namespace, on both families."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.netns import Namespace

from tcpviz.lab.kernel_peer import Handler, Server

PORT = 8000


class _BothFamilies(Server):
    address_family = socket.AF_INET6


@contextmanager
def web(where: Namespace) -> Iterator[None]:
    """A web server at every address of the namespace."""
    with where.entered():
        server = _BothFamilies(("::", PORT), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
