"""`docs/rfc9293.md`: a row for each requirement, and each row has a test or a reason."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = TESTS.parent / "docs" / "rfc9293.md"
REQUIREMENTS = [
    *(f"MUST-{number}" for number in range(1, 70)),
    *(f"SHLD-{number}" for number in range(1, 32)),
    "REC-1",
]
"""All of RFC 9293 appendix B, without what it only allows (MAY)."""
ROW = re.compile(
    r"^\| (?P<id>(?:MUST|SHLD|REC)-\d+) \| (?P<what>[^|]+) \| (?P<tests>[^|]*) \| (?P<note>[^|]*) \|$"
)


def rows() -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    for line in TABLE.read_text().splitlines():
        if match := ROW.match(line):
            assert match["id"] not in found, f"{match['id']} twice"
            found[match["id"]] = match
    return found


def functions(path: Path) -> set[str]:
    """The tests of a file, by name."""
    tree = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def exists(reference: str) -> bool:
    """Whether `file.py::test` or `script.pkt` is there."""
    file, _, name = reference.partition("::")
    return any(not name or name in functions(path) for path in TESTS.rglob(file))


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_has_a_test_or_a_reason(requirement: str) -> None:
    row = rows()[requirement]
    references = re.findall(r"`([^`]+)`", row["tests"])
    assert references or row["note"].startswith("Not met: ")
    assert [reference for reference in references if not exists(reference)] == []


def test_the_table_has_no_other_rows() -> None:
    assert set(rows()) == set(REQUIREMENTS)


def test_a_name_that_is_not_there_is_found_out() -> None:
    assert exists("close_active.pkt")
    assert exists("test_tcp_requirements.py::test_the_table_has_no_other_rows")
    assert not exists("close_never.pkt")
    assert not exists("test_tcp_requirements.py::test_of_something_else")
