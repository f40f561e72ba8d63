"""Building the core layer in a tiny project: incremental, whole or not at all, byte for byte."""

import importlib.util
from pathlib import Path

import pytest

from cli.builder.layers import LayerBuilt, Workshop, build_layers, open_workshop
from cli.project import ToolFailedError


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    package = tmp_path / "layers/core/python/dropcast"
    for name in ("__init__.py", "rooms/__init__.py", "tests/test_it.py", "__pycache__/old.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("WORDS = {'one', 'two', 'three'}\n")
    return open_workshop("local", tmp_path)


def build(workshop: Workshop) -> LayerBuilt:
    (outcome,) = build_layers(workshop, names=("core",))
    return outcome


def read_layer(workshop: Workshop) -> dict[str, bytes]:
    layer = workshop.folder / "layers/core"
    return {
        path.relative_to(layer).as_posix(): path.read_bytes()
        for path in layer.rglob("*")
        if path.is_file()
    }


def test_sources_go_in_and_tests_and_caches_do_not(workshop: Workshop) -> None:
    assert build(workshop).built
    sources = sorted(name for name in read_layer(workshop) if name.endswith(".py"))
    assert sources == ["python/dropcast/__init__.py", "python/dropcast/rooms/__init__.py"]


def test_bytecode_is_never_compared_with_its_source_and_of_this_python(workshop: Workshop) -> None:
    build(workshop)
    compiled = [body for name, body in read_layer(workshop).items() if name.endswith(".pyc")]
    assert len(compiled) == 2
    assert {body[:4] for body in compiled} == {importlib.util.MAGIC_NUMBER}
    assert {body[4:8] for body in compiled} == {b"\x01\0\0\0"}


def test_an_unchanged_layer_is_kept_and_a_changed_one_is_built(workshop: Workshop) -> None:
    build(workshop)
    assert not build(workshop).built
    (workshop.root / "layers/core/python/dropcast/__init__.py").write_text("CHANGED = True\n")
    assert build(workshop).built
    assert read_layer(workshop)["python/dropcast/__init__.py"] == b"CHANGED = True\n"


def test_a_layer_that_lost_a_file_or_its_stamp_is_built_again(workshop: Workshop) -> None:
    build(workshop)
    (workshop.folder / "layers/core/python/dropcast/rooms/__init__.py").unlink()
    assert build(workshop).built
    (workshop.folder / "stamps/core.json").unlink()
    assert build(workshop).built


def test_two_builds_of_the_same_sources_are_the_same_bytes(workshop: Workshop) -> None:
    build(workshop)
    first = read_layer(workshop)
    (workshop.folder / "stamps/core.json").unlink()
    build(workshop)
    assert read_layer(workshop) == first


def test_a_build_that_fails_leaves_the_layer_that_was_there(workshop: Workshop) -> None:
    build(workshop)
    before = read_layer(workshop)
    (workshop.root / "layers/core/python/dropcast/__init__.py").write_text("def broken(:\n")
    with pytest.raises(ToolFailedError, match="compileall"):
        build(workshop)
    assert read_layer(workshop) == before


def test_what_an_interrupted_build_left_is_cleared_away(workshop: Workshop) -> None:
    leftover = workshop.folder / ".new-core/python/half.py"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    build(workshop)
    assert "python/half.py" not in read_layer(workshop)
    assert not (workshop.folder / ".new-core").exists()
