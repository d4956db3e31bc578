"""What a run needs of whatever uses the connections of its host."""

from collections.abc import Sequence
from typing import Protocol

from tcpviz.host.flow import Flow


class Application(Protocol):
    """Sans-I/O, as all that a run consists of: `client.fetch.Fetch` is one."""

    @property
    def flows(self) -> Sequence[Flow]:
        """Its connections: what happens to them without a frame is recorded as its doing."""

    def step(self, now: int) -> None:
        """Go as far as it goes now."""

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""

    def notes(self) -> list[str]:
        """What has to be said since the last call, in words."""

    def abandon(self, now: int) -> None:
        """Give up at once: a RST on every connection that is still open."""
