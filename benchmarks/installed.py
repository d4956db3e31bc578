"""The program as it is when installed: with its bytecode, which pip makes, however Python is set up here."""

import os
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    """That of a process which keeps its bytecode in `folder`; the first one makes it, and takes longer."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder)}
