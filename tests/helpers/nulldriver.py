"""A driver that writes to memory: what the app would send to a terminal, byte for byte.

Textual's headless driver skips the writing of frames altogether; with this one they are made as for a
real terminal, so that their cost can be measured and their content judged.
"""

import re

from textual.drivers.headless_driver import HeadlessDriver

ALLOWED = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[[0-9;]*H"  # cursor positions
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse pointer
    r"|\x1b\[\?(?:2026|25)[hl$p]*"  # synchronized output, the cursor's visibility
    r"|\n"
)


class NullDriver(HeadlessDriver):
    """Keeps everything that is written."""

    written: list[str]

    @property
    def is_headless(self) -> bool:
        """No: frames are to be written."""
        return False

    def write(self, data: str) -> None:
        """Keep it. See Driver.write."""
        if not hasattr(self, "written"):
            self.written = []
        self.written.append(data)

    @property
    def output(self) -> str:
        """All of it."""
        return "".join(getattr(self, "written", ()))

    def taken(self) -> str:
        """All that was written since it was taken last."""
        output = self.output
        self.written = []
        return output


def unexpected(output: str) -> list[str]:
    """What is neither printable nor a sequence that the app itself has a reason to write."""
    rest = ALLOWED.sub("", output)
    return [char for char in rest if not char.isprintable()]
