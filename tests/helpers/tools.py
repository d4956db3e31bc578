"""System tools that some tests need: skipped with the reason where one is missing, never in CI."""

import os
import shutil

import pytest


def need(tool: str) -> str:
    """The path of the program `tool`; skips the test where it is missing, and fails it with CI=true."""
    path = shutil.which(tool)
    if path is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"{tool} is not installed")
    return path
