"""tcpviz: fetch a URL with a TCP of your own and see every packet, and why."""

__version__ = "0.1.0"
