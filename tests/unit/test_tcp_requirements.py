"""`docs/rfc9293.md`: a row for each requirement; there and in `docs/rfcs.md` each has a test or a reason."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = TESTS.parent / "docs" / "rfc9293.md"
OTHERS = TESTS.parent / "docs" / "rfcs.md"
REQUIREMENTS = [
    *(f"MUST-{number}" for number in range(1, 70)),
    *(f"SHLD-{number}" for number in range(1, 32)),
    "REC-1",
]
"""All of RFC 9293 appendix B, without what it only allows (MAY)."""
ROW = re.compile(
    r"^\| (?P<id>(?:MUST|SHLD|REC)-\d+) \| (?P<what>[^|]+) \| (?P<tests>[^|]*) \| (?P<note>[^|]*) \|$"
)
OTHER_ROW = re.compile(
    r"^\| (?P<id>[A-Z]?[\d.]+|-) \| (?P<what>[^|]+) \| (?P<tests>[^|]*) \| (?P<note>[^|]*) \|$", re.MULTILINE
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
    check(rows()[requirement])


def check(row: re.Match[str]) -> None:
    """Fails unless the row names tests, all of which are there, or says why not."""
    references = re.findall(r"`([^`]+)`", row["tests"])
    assert references or row["note"].startswith("Not met: ")
    assert [reference for reference in references if not exists(reference)] == []


@pytest.mark.parametrize(
    "row", list(OTHER_ROW.finditer(OTHERS.read_text())), ids=lambda row: f"{row['id']} {row['what']}"
)
def test_a_rule_of_another_rfc_has_a_test_or_a_reason(row: re.Match[str]) -> None:
    check(row)


def test_every_line_of_the_other_tables_is_read() -> None:
    lines = [line for line in OTHERS.read_text().splitlines() if line.startswith("| ")]
    tables = sum(line.startswith("| Section ") for line in lines)
    assert len(lines) - 2 * tables == len(OTHER_ROW.findall(OTHERS.read_text())) > 0


def test_the_table_has_no_other_rows() -> None:
    assert set(rows()) == set(REQUIREMENTS)


def test_a_name_that_is_not_there_is_found_out() -> None:
    assert exists("close_active.pkt")
    assert exists("test_tcp_requirements.py::test_the_table_has_no_other_rows")
    assert not exists("close_never.pkt")
    assert not exists("test_tcp_requirements.py::test_of_something_else")
