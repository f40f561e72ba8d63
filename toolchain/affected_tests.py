"""Choose the tests that a change touches: what ``make quick`` runs.

A test file is chosen if it was changed itself or imports a changed module; where hardly any test
does that, those that import an importer of the module are chosen too, and so on. Documents and
other files that are no modules choose the tests that :data:`TESTS_OF_FILES` names. This is a
guess that fits into a minute; ``make check`` runs everything.
"""

import argparse
import ast
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

TESTS = "tests"
# With fewer test files than this, the importers of a module are looked at too.
FEW = 3
# Files that are no modules, by a pattern of their path, and the tests that read them.
TESTS_OF_FILES: Mapping[str, tuple[str, ...]] = {
    r"(README|CONTRIBUTING|SECURITY|CHANGELOG)\.md|docs/.*": ("tests/test_documents.py",),
    r"cdk\.json|tests/infrastructure/.*": ("tests/infrastructure",),
    r"tests/samples/.*": ("tests/samples",),
}


def list_changed(root: Path, base: str) -> list[str]:
    """Return the paths that differ from where this branch left ``base``, and new files.

    Raises ``subprocess.CalledProcessError`` where ``base`` is not known to git.
    """
    fork = _run_git(root, "merge-base", "HEAD", base)[0]
    changed = _run_git(root, "diff", "--name-only", fork)
    return sorted({*changed, *_run_git(root, "ls-files", "--others", "--exclude-standard")})


def _run_git(root: Path, *words: str) -> list[str]:
    command = ["git", "-C", str(root), *words]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return finished.stdout.splitlines()


def name_module(path: str) -> str:
    """Return the dotted name of a Python file, as it is imported.

    >>> name_module("layers/core/python/dropcast/ingest/__init__.py"), name_module("cdk/app.py")
    ('dropcast.ingest', 'cdk.app')
    """
    words = path.removeprefix("layers/core/python/").removesuffix(".py").split("/")
    return ".".join(words[:-1] if words[-1] == "__init__" else words)


def list_imports(source: str) -> set[str]:
    """Return every dotted name that a module imports, and what it imports from each.

    >>> sorted(list_imports("import a.b; from c import d"))
    ['a.b', 'c', 'c.d']
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def read_imports(root: Path) -> dict[str, set[str]]:
    """Return what each Python file of the project imports, by its path from ``root``."""
    paths = _run_git(root, "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    return {
        path: list_imports((root / path).read_text(encoding="utf-8"))
        for path in paths
        if (root / path).exists()
    }


def choose_tests(changed: Iterable[str], imports: Mapping[str, set[str]]) -> list[str]:
    """Return the test files and folders to run, sorted.

    ``imports`` has the names that each Python file imports, by its path (:func:`read_imports`).
    """
    chosen: set[str] = set()
    for path in changed:
        for pattern, tests in TESTS_OF_FILES.items():
            if re.fullmatch(pattern, path):
                chosen |= set(tests)
        if not path.endswith(".py"):
            continue
        if is_test(path):
            chosen |= {path} & imports.keys()
        else:
            chosen |= _find_importing_tests(name_module(path), imports)
    return sorted(chosen)


def is_test(path: str) -> bool:
    """Return whether pytest collects tests from a path.

    >>> is_test("tests/cli/test_new.py"), is_test("tests/cli/tables.py"), is_test("cdk/app.py")
    (True, False, False)
    """
    return path.startswith(f"{TESTS}/") and Path(path).name.startswith("test_")


def _find_importing_tests(module: str, imports: Mapping[str, set[str]]) -> set[str]:
    """Return the tests nearest to a module: go from importer to importer until there are a few."""
    tests: set[str] = set()
    seen, frontier = {module}, {module}
    while frontier and len(tests) < FEW:
        importers = {path for path, names in imports.items() if names & frontier}
        tests |= {path for path in importers if is_test(path)}
        frontier = {name_module(path) for path in importers} - seen
        seen |= frontier
    return tests


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the chosen tests, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="main", help="the branch or commit to compare with")
    base = parser.parse_args(arguments).base
    root = Path(__file__).resolve().parents[1]
    for test in choose_tests(list_changed(root, base), read_imports(root)):
        print(test)  # noqa: T201 - the result


if __name__ == "__main__":
    main()
