"""What went wrong in tcpviz itself: a report in a file, and the reason of a failed run on the screen."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

from tcpviz.folders import own_folder

_logger = logging.getLogger("tcpviz.ui")


def log_path() -> Path:
    """Where the reports are: nowhere for a user without a home."""
    try:
        return own_folder(user_log_path) / "tcpviz.log"
    except FileNotFoundError:
        return Path(os.devnull)


def log_error(doing: str, error: BaseException) -> Path:
    """Write the error and its traceback to the log file; gives the file's name. Never raises."""
    path = log_path()
    try:
        if not _logger.handlers:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1)
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            _logger.addHandler(handler)
            _logger.propagate = False
        _logger.error("error while %s", doing, exc_info=error)
    except OSError:
        pass  # There is no better place to tell that the log can't be written.
    return path
