"""Every section that is cited is there: in what the user reads, in comments, in the tables of `docs`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.sections import SECTIONS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "tcpviz").rglob("*.py"))
SCRIPTS = sorted((ROOT / "tests" / "scenario").rglob("*.pkt"))
CITATION = re.compile(r"RFC (\d+)(?:,? sections?)? (\d+(?:\.\d+)*)")
WITHOUT_SECTIONS = {"768", "791", "792", "826"}
"""From before sections had numbers, or as short as one."""
HEADING = re.compile(r"## RFC (\d+): ")


def citations(text: str) -> list[tuple[str, str]]:
    return CITATION.findall(text)


def wrong(text: str) -> list[tuple[str, str]]:
    """The citations of a section that there is not, of the RFCs that we know."""
    return [(rfc, at) for rfc, at in citations(text) if at not in SECTIONS.get(int(rfc), {at})]


@pytest.mark.parametrize("path", SOURCES + SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_section_that_the_code_cites_exists(path: Path) -> None:
    assert wrong(path.read_text()) == []


def told(path: Path) -> Iterator[str]:
    """The texts of a module that a user may read: all but its docstrings."""
    for node in ast.walk(ast.parse(path.read_text())):
        for child in ast.iter_child_nodes(node) if not isinstance(node, ast.Expr) else ():
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield child.value


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "view" in path.parts], ids=lambda path: path.name
)
def test_the_user_reads_of_no_rfc_whose_sections_are_not_known(path: Path) -> None:
    named = {rfc for text in told(path) for rfc in re.findall(r"RFC (\d+)", text)}
    assert named - WITHOUT_SECTIONS - {str(rfc) for rfc in SECTIONS} == set()


def test_the_sections_of_the_other_tables_exist() -> None:
    rfc = 0
    for line in (ROOT / "docs" / "rfcs.md").read_text().splitlines():
        if line.startswith("## "):
            heading = HEADING.match(line)
            rfc = int(heading[1]) if heading else 0
        elif rfc in SECTIONS and (row := re.match(r"\| ([\d.]+) \|", line)):
            assert row[1] in SECTIONS[rfc], line
        assert wrong(line) == []


def test_a_section_that_is_not_there_is_found_out() -> None:
    assert wrong("RFC 9293 3.10.7.5, RFC 5681 section 3.2, RFC 1 1") == [("9293", "3.10.7.5")]
