"""Which tests ``make quick`` runs after a change."""

import subprocess
from pathlib import Path

import pytest

from toolchain.affected_tests import choose_tests, list_changed, read_imports

PROJECT = Path(__file__).parents[2]
IMPORTS = {
    "layers/core/python/dropcast/low.py": set[str](),
    "layers/core/python/dropcast/high.py": {"dropcast.low"},
    "tests/test_low.py": {"dropcast.low", "dropcast.low.name"},
    "tests/test_high.py": {"dropcast", "dropcast.high"},
    "tests/other/test_more.py": {"json"},
    "tests/helpers.py": {"dropcast.low"},
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], []),
        (["tests/other/test_more.py"], ["tests/other/test_more.py"]),
        (["layers/core/python/dropcast/high.py"], ["tests/test_high.py"]),
        # Few tests of its own: those of what imports it too.
        (["layers/core/python/dropcast/low.py"], ["tests/test_high.py", "tests/test_low.py"]),
        (["docs/files.md", "README.md"], ["tests/test_documents.py"]),
        (["tests/samples/bitcoin/request.json"], ["tests/samples"]),
        (["uv.lock"], []),
    ],
)
def test_a_change_chooses_the_tests_that_import_it(changed: list[str], expected: list[str]) -> None:
    assert choose_tests(changed, IMPORTS) == expected


def test_a_test_that_was_removed_is_not_run() -> None:
    assert choose_tests(["tests/test_gone.py"], IMPORTS) == []


def test_every_module_of_the_product_leads_to_a_test() -> None:
    imports = read_imports(PROJECT)
    modules = [path for path in imports if path.startswith("layers/") and "__init__" not in path]
    untested = [path for path in modules if not choose_tests([path], imports)]
    assert untested == []


def test_what_changed_is_what_differs_from_the_base_and_what_is_new(tmp_path: Path) -> None:
    def run_git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True)

    run_git("init", "-q", "-b", "main")
    for name in ("same.py", "edited.py", "removed.py"):
        (tmp_path / name).write_text("")
    run_git("add", ".")
    run_git("commit", "-qm", "base")
    run_git("checkout", "-qb", "work")
    (tmp_path / "edited.py").write_text("1")
    (tmp_path / "removed.py").unlink()
    (tmp_path / "new.py").write_text("")
    assert list_changed(tmp_path, "main") == ["edited.py", "new.py", "removed.py"]
