"""Wireshark's display filters, and the same for what our own stack recorded.

`compile_filter` makes a predicate of a text; a `Subject` is a packet with all that may be asked of it. The
library that reads the text is loaded with the first filter.
"""

from tcpviz.analysis.filter.errors import FilterError
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.whole import Filter, compile_filter

__all__ = ["Filter", "FilterError", "Subject", "compile_filter"]
