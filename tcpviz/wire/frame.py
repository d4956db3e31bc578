"""A frame as a link hands it over."""

from typing import NamedTuple


class Frame(NamedTuple):
    """One Ethernet frame that came in.

    `time` is the moment it was read, in the run's nanoseconds. `vouched` says that whoever delivered
    it answers for its checksums (the kernel verified them, or left them partial because the frame
    never crossed a wire: PACKET_AUXDATA), so that nobody computes or rejects them again.
    """

    time: int
    data: bytes
    vouched: bool = False
