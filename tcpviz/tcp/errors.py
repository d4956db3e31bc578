"""Misuse of the engine by its caller. What the peer does never raises: it becomes an event."""

from tcpviz.tcp.state import State


class LocalError(Exception):
    """The caller asked for something that this state does not allow; the text names both."""

    def __init__(self, what: str, state: State) -> None:
        super().__init__(f"{what} is not possible in {state}")
        self.state = state
