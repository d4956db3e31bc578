"""What a host can't do for its caller. What the network does never raises: it becomes an event."""


class HostError(Exception):
    """The host can't open this connection; the text says why."""


class DropError(Exception):
    """What arrived is for us and changes nothing; the text is the reason. The host catches it."""
