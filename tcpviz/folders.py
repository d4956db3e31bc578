"""The user's own folders, for what outlives a run."""

import errno
from collections.abc import Callable
from pathlib import Path


def own_folder(find: Callable[[str], Path]) -> Path:
    """The folder for tcpviz that one of platformdirs' functions finds.

    FileNotFoundError where the user has no home, as one that only a container knows by number.
    """
    try:
        path = find("tcpviz")
    except RuntimeError:  # said by newer releases; older ones give the path with its ~
        path = Path()
    if not path.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "you have no home folder; HOME in the environment names one")
    return path
