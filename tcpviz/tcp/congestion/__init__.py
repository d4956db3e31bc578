"""Congestion control: how much may be on the way at once (RFC 5681)."""

from tcpviz.tcp.congestion.base import CongestionControl
from tcpviz.tcp.congestion.cubic import Cubic
from tcpviz.tcp.congestion.reno import Reno

CONTROLS: dict[str, type[CongestionControl]] = {"reno": Reno, "cubic": Cubic}
"""By the name that `Config.congestion_control` takes."""
