"""The structure of the project: ``docs/architecture.md`` lists it, and nothing outgrows it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT / "layers/core/python"
PAGE = PROJECT / "docs/architecture.md"
TOOLS = ("functions", "cdk", "toolchain", "emulators", "operations", "proofs", "bench", "cli")
MAX_FILES = 15
MAX_LINES = 300


def is_source(path: Path) -> bool:
    return "__pycache__" not in path.parts


@cache
def list_packages() -> tuple[str, ...]:
    """Return the packages that the page has a row for: those of ``dropcast``, and the tools."""
    inside = sorted(p.parent.name for p in SHARED.glob("dropcast/*/__init__.py"))
    return (*(f"dropcast.{name}" for name in inside), *TOOLS)


def find_folder(package: str) -> Path:
    """Return the folder of a package by its dotted name."""
    root = SHARED if package.startswith("dropcast") else PROJECT
    return root.joinpath(*package.split("."))


def list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if is_source(path))


def list_sub_packages(package: str) -> set[str]:
    """Return the names of the folders right in a package that hold Python files."""
    return {
        folder.name
        for folder in find_folder(package).iterdir()
        if folder.is_dir() and any(path.parent == folder for path in list_files(folder))
    }


def list_imported(package: str) -> set[str]:
    """Return the other packages of the page that a package imports, by name."""
    found = set()
    for path in list_files(find_folder(package)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            found |= {
                p for p in list_packages() for name in names if f"{name}.".startswith(f"{p}.")
            }
    return found - {package}


@cache
def read_rows() -> dict[str, tuple[set[str], set[str]]]:
    """Return the page's table: package -> (sub-packages, imported packages)."""
    table = PAGE.read_text(encoding="utf-8").split("<!-- packages:begin -->")[1]
    rows = {}
    for line in table.split("<!-- packages:end -->")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if len(cells) == 4 and cells[0].startswith("`"):
            inside, imported = (set(re.findall(r"`([\w.]+)`", cell)) for cell in cells[2:])
            rows[cells[0].strip("`")] = (inside, imported)
    return rows


def test_the_page_lists_the_packages_of_the_tree() -> None:
    assert sorted(read_rows()) == sorted(list_packages())


@pytest.mark.parametrize("package", list_packages())
def test_the_page_lists_what_a_package_holds_and_imports(package: str) -> None:
    inside, imported = read_rows()[package]
    found = {name.removeprefix("dropcast.") for name in list_imported(package)}
    assert (inside, imported) == (list_sub_packages(package), found)


def list_folders() -> Iterator[Path]:
    for top in (SHARED / "dropcast", *(PROJECT / tool for tool in TOOLS)):
        yield from sorted({path.parent for path in list_files(top)})


def test_no_folder_holds_more_files_than_a_reader_can_keep_in_mind() -> None:
    counts = {
        folder: len(list(filter(is_source, folder.glob("*.py")))) for folder in list_folders()
    }
    crowded = {str(f.relative_to(PROJECT)): n for f, n in counts.items() if n > MAX_FILES}
    assert crowded == {}, "make sub-packages"


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PROJECT))
        for folder in list_folders()
        for path in folder.glob("__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_file_has_two_jobs() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for folder in list_folders()
        for path in filter(is_source, folder.glob("*.py"))
    }
    assert {str(p.relative_to(PROJECT)): n for p, n in lengths.items() if n > MAX_LINES} == {}
