"""The append-only record of a run: a pcapng file on disk and a compact index in memory.

Written by one thread, read by any other without locks. Live run, saved run and a stranger's capture
look the same from above. Knows no session and no screen.
"""

from tcpviz.recording.errors import RecordingError
from tcpviz.recording.recording import Recording
from tcpviz.recording.rows import Kind, Row
from tcpviz.recording.told import Told

__all__ = ["Kind", "Recording", "RecordingError", "Row", "Told"]
