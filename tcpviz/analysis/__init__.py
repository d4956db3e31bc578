"""Packets alone to streams and flags, as tshark sees them, and to states, as an observer infers them.

Knows no engine, only its table of states.

Serves live runs, saved runs and strangers' captures alike.
"""

from tcpviz.analysis.analyzer import Analyzer
from tcpviz.analysis.layers import tcp_packet
from tcpviz.analysis.packet import TcpPacket
from tcpviz.analysis.verdict import Flag, Verdict
from tcpviz.analysis.verdicts import Verdicts

__all__ = ["Analyzer", "Flag", "TcpPacket", "Verdict", "Verdicts", "tcp_packet"]
