"""The packet list in plain lines: what `tcpviz analyze` prints. A column is as wide in every file, so that a
line does not depend on those around it."""

from tcpviz.analysis.filter import Subject
from tcpviz.analysis.report import Columns
from tcpviz.view.moment import observed
from tcpviz.view.safe import safe
from tcpviz.view.summary import summarize
from tcpviz.view.units import seconds

_ROW = "{:>6} {:>11} {:>6} {:15} {:15} {:4} {:>5} {}"
"""Room for the longest IPv4 address; one of IPv6 takes what it needs."""


def _line(subject: Subject) -> str:
    packet, verdict = subject.packet, subject.verdict
    cells = ["", "", "", "TCP", "cut off in its TCP header"]
    if packet and verdict:
        told = summarize(subject.data, subject.linktype, packet, observed(verdict))
        cells = [str(verdict.stream), told.source, told.destination, told.protocol, told.info]
    *ends, info = cells
    return safe(_ROW.format(subject.number, seconds(subject.since_first), *ends, subject.length, info))


COLUMNS = Columns(_ROW.format("No.", "Time", "Stream", "Source", "Destination", "Prot", "Len", "Info"), _line)
"""Wireshark's, and the number of the stream."""
