"""tcpviz: fetch a URL with a TCP of your own and see every packet, and why.

For programs: `connect` and `listen` give sockets over that TCP (docs/api.md).
"""

from typing import TYPE_CHECKING

from tcpviz.version import __version__

if TYPE_CHECKING:
    from tcpviz.api import LinkOptions, Listener, Socket, connect, listen

__all__ = ["LinkOptions", "Listener", "Socket", "__version__", "connect", "listen"]


def __getattr__(name: str) -> object:
    """The library, loaded when it is asked for: the command line has no use for it."""
    if name not in __all__:
        raise AttributeError(f"module 'tcpviz' has no attribute {name!r}")
    from tcpviz import api

    return getattr(api, name)
