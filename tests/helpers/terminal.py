"""A real terminal for the real program: a tmux server of the test's own."""

import os
import shlex
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PATIENCE = 30
"""Seconds after which a text that has not come never will: for a test that fails, not for one that passes."""


class Terminal:
    """One tmux pane that runs one command."""

    def __init__(self, command: Sequence[str], width: int, height: int) -> None:
        self._server = ("tmux", "-L", f"tcpviz-test-{uuid.uuid4().hex}", "-f", "/dev/null")
        # The shell stays when the program ends, so that what it left behind can be seen.
        shell = f"{shlex.join(command)}; echo exit=$?; exec sleep 1000"
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def text(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        """What stands on the screen now."""
        return self._tmux("capture-pane", "-p")

    def state(self) -> str:
        """Whether the other screen, the mouse and the cursor are on."""
        wanted = "screen #{alternate_on} mouse #{mouse_any_flag} cursor #{cursor_flag}"
        return self._tmux("display-message", "-p", wanted).strip()

    def wait_for(self, *texts: str, gone: bool = False) -> str:
        """The screen as soon as it shows all of `texts` (or, with `gone`, none); else AssertionError."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            screen = self.screen()
            if all((text in screen) is not gone for text in texts):
                return screen
            time.sleep(0.05)
        raise AssertionError(
            f"{texts} {'stayed' if gone else 'did not come'} on the screen:\n{self.screen()}"
        )

    def close(self) -> None:
        """End the server and what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        # A copy, for the C library's environment has more: readline, which pytest loads, puts the size of
        # another terminal there.
        environment = dict(os.environ)
        done = subprocess.run(
            (*self._server, *arguments), check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout


@contextmanager
def terminal(*command: str, width: int = 120, height: int = 40) -> Iterator[Terminal]:
    """A terminal that runs `command`, gone afterwards."""
    term = Terminal(command, width, height)
    try:
        yield term
    finally:
        term.close()


def gone(pid: int) -> bool:
    """Whether the process ends before patience does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
