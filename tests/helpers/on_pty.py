"""A program on a terminal of its own, and every octet that it writes there."""

import os
import pty
import re
import select
import signal
import time
from contextlib import suppress
from typing import NamedTuple

PATIENCE = 60
"""Seconds after which a program that has not ended never will."""
_OURS = re.compile(r"\x1b\[(?:[0-9;]*[mK]|\?25[hl])")
"""Colours, and what a progress bar does: clear its line, hide the cursor and show it again."""


class Ended(NamedTuple):
    """What became of it."""

    code: int
    written: bytes

    def obeyed(self) -> list[str]:
        """What of it a terminal would obey, or turn round, or not show."""
        text = _OURS.sub("", self.written.decode("utf-8", "surrogateescape"))
        return sorted({hex(ord(char)) for char in text if not char.isprintable() and char not in "\r\n\t"})


def on_pty(*command: str, environment: dict[str, str] | None = None) -> Ended:
    """Run `command` to its end. Raises AssertionError when it comes to none."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, {**os.environ, **(environment or {})})
    written, deadline = b"", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                written += os.read(terminal, 65536)
            except OSError:  # the last one that had it open has ended
                return Ended(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written)
        raise AssertionError(f"{command} did not end: {written[-2000:]!r}")
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(terminal)
