"""The examples of the library's documents run as they stand: those that import all that they need."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text() + "\n" + (ROOT / "docs" / "api.md").read_text()
EXAMPLES = [dedent(each) for each in re.findall(r"(?:^(?:    .*)?\n)+", TEXT, re.MULTILINE)]
COMPLETE = [each.strip() + "\n" for each in EXAMPLES if "import tcpviz" in each]


def test_there_are_examples() -> None:
    assert len(COMPLETE) == 5


@pytest.mark.parametrize("example", COMPLETE)
def test_an_example_runs(example: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
