"""The docs layer: the page's files from the pinned npm package, and a sentence where it is not."""

from importlib.resources import files
from pathlib import Path

import pytest

from dropcast.openapi import PAGE_FILES
from toolchain.builder.layers import Workshop, build_layers
from toolchain.builder.page_files import PACKAGE
from toolchain.builder.targets import find_target
from toolchain.project import ToolMissingError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "node_modules/swagger-ui-dist"
    package.mkdir(parents=True)
    for name in (*PAGE_FILES, "swagger-ui-bundle.js.map", "index.html"):
        (package / name).write_text(f"content of {name}")
    return tmp_path


def open_workshop(root: Path) -> Workshop:
    return Workshop(root=root, target=find_target("local"), python=None)


def test_the_layer_holds_what_the_api_serves_and_no_more(root: Path) -> None:
    (outcome,) = build_layers(open_workshop(root), names=("docs",))
    assert outcome.built
    made = root / "build/local/layers/docs/python" / PACKAGE
    assert {path.name for path in made.iterdir()} == PAGE_FILES.keys()
    for name in PAGE_FILES:
        assert (made / name).read_text() == f"content of {name}"


def test_the_layer_is_found_as_the_functions_find_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(build_layers(open_workshop(root), names=("docs",)))
    monkeypatch.syspath_prepend(str(root / "build/local/layers/docs/python"))
    found = files(PACKAGE).joinpath("swagger-ui.css").read_text(encoding="utf-8")
    assert found == "content of swagger-ui.css"


def test_another_release_is_built_anew_and_the_same_one_is_not(root: Path) -> None:
    workshop = open_workshop(root)
    list(build_layers(workshop, names=("docs",)))
    (again,) = build_layers(workshop, names=("docs",))
    assert not again.built
    (root / "node_modules/swagger-ui-dist/swagger-ui.css").write_text("another release")
    (other,) = build_layers(workshop, names=("docs",))
    assert other.built


def test_without_the_package_the_build_says_what_installs_it(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="make setup"):
        list(build_layers(open_workshop(tmp_path), names=("docs",)))
