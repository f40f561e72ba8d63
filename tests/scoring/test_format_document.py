"""The document of the format names what the reader knows, no more and no less."""

import re
from dataclasses import fields
from pathlib import Path

from dropcast.scoring.check import ARRAYS
from dropcast.scoring.program import ProgramHead
from dropcast.scoring.program_file import MAGIC

DOCUMENT = (Path(__file__).parents[2] / "docs" / "scoring-program.md").read_text()
TREES = {"roots", "split_feature", "threshold", "left", "right", "missing_left"}
TREES |= {"node_cover", "leaf_cover"}


def find_rows(heading: str) -> list[list[str]]:
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def find_names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_every_step_stands_there_with_its_arrays() -> None:
    documented = {
        kind: find_names(row[1]) | (TREES if "trees" in row[1] else set())
        for row in find_rows("The steps")
        for kind in find_names(row[0])
    }
    assert documented == {kind: set(arrays) for kind, arrays in ARRAYS.items()}


def test_every_field_of_the_head_stands_there() -> None:
    documented = set().union(*(find_names(row[0]) for row in find_rows("The head")))
    assert documented == {field.name for field in fields(ProgramHead)} | {"arrays"}


def test_the_magic_line_is_the_readers() -> None:
    assert f"| {len(MAGIC)} | `{MAGIC.decode().strip()}`" in DOCUMENT
