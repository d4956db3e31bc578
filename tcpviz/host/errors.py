"""What a host can't do for its caller. What the network does never raises: it becomes an event."""


class HostError(Exception):
    """The host can't open this connection; the text says why."""
