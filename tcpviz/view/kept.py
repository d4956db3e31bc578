"""A run that was kept by itself, in a line."""

from tcpviz.recording.shelf import Kept
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import size


def line(kept: Kept) -> SafeText:
    """When, what, how much, and how it ended."""
    about = kept.summary
    packets = "packets not counted" if about.packets is None else _packets(about.packets)
    ended = about.ended or ("running" if kept.running else "cut off: tcpviz was killed, or the disk was full")
    what = about.about or kept.path.stem[16:]
    return safe(f"{kept.start:%Y-%m-%d %H:%M:%S}  {what}: {packets}, {size(kept.size)}, {ended}")


def _packets(count: int) -> str:
    return "1 packet" if count == 1 else f"{count:,} packets"
