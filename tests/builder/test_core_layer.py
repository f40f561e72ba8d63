"""Building the core layer in a tiny project: incremental, whole or not at all, byte for byte."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dropcast.bundle import FILE_NAME, read_list
from toolchain.builder.layers import LayerBuilt, Workshop, build_layers, open_workshop
from toolchain.project import ROOT, ToolFailedError

DOCUMENTED = '''"""A module."""

class Thing:
    """A class with nothing but this."""


def check(value):
    """Say what a value must be."""
    assert value, "nothing"
'''


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    package = tmp_path / "layers/core/python/dropcast"
    for name in ("__init__.py", "parts/__init__.py", "tests/test_it.py", "__pycache__/old.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("WORDS = {'one', 'two', 'three'}\n")
    return open_workshop("local", tmp_path)


def find_bundle(python: Path) -> Path:
    (bundle,) = (python / "dropcast").glob("modules.*.bin")
    return bundle


def list_bundled(python: Path) -> dict[str, bool]:
    with find_bundle(python).open("rb") as file:
        found = read_list(file.fileno())
    assert found is not None
    return {name: is_package for name, (is_package, _, _) in found[0].items()}


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
    assert sources == ["python/dropcast/__init__.py", "python/dropcast/parts/__init__.py"]


def test_what_finds_the_bundle_has_bytecode_of_its_own_and_the_rest_is_in_the_bundle(
    workshop: Workshop,
) -> None:
    build(workshop)
    layer = read_layer(workshop)
    (name,) = (name for name in layer if name.endswith(".pyc"))
    assert name.startswith("python/dropcast/__pycache__/__init__.")
    assert layer[name][:8] == importlib.util.MAGIC_NUMBER + b"\x01\0\0\0"
    assert f"python/dropcast/{FILE_NAME.format(tag=sys.implementation.cache_tag)}" in layer
    assert list_bundled(workshop.folder / "layers/core/python") == {"dropcast.parts": True}


def test_an_unchanged_layer_is_kept_and_a_changed_one_is_built(workshop: Workshop) -> None:
    build(workshop)
    assert not build(workshop).built
    (workshop.root / "layers/core/python/dropcast/__init__.py").write_text("CHANGED = True\n")
    assert build(workshop).built
    assert read_layer(workshop)["python/dropcast/__init__.py"] == b"CHANGED = True\n"


def test_a_layer_that_lost_a_file_or_its_stamp_is_built_again(workshop: Workshop) -> None:
    build(workshop)
    (workshop.folder / "layers/core/python/dropcast/parts/__init__.py").unlink()
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


def test_the_bundle_has_no_docstrings_and_keeps_assertions(bundled: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(bundled)!r})\n"
        "import dropcast.parts.documented as found\n"
        "print(found.__doc__, found.Thing.__doc__, found.check.__doc__)\n"
        "found.check(0)"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert found.stdout == "None None None\n"
    assert 'documented.py", line 9, in check' in found.stderr
    assert "AssertionError: nothing" in found.stderr


def import_part(python: Path) -> subprocess.CompletedProcess[str]:
    """Import a module of the layer in a fresh process; print a word of it and where it lies."""
    program = (
        f"import sys; sys.path.insert(0, {str(python)!r})\n"
        "import dropcast.parts.part as part, dropcast.parts as parts, inspect\n"
        "print(part.WORD, part.__file__, parts.__path__, inspect.getsource(part).strip())"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )


@pytest.fixture
def bundled(workshop: Workshop) -> Path:
    """A built layer whose package is found as the project's own."""
    package = workshop.root / "layers/core/python/dropcast"
    for name in ("__init__.py", "bundle.py"):
        shutil.copy(ROOT / "layers/core/python/dropcast" / name, package)
    (package / "parts/part.py").write_text("WORD = 'compiled'\n")
    (package / "parts/documented.py").write_text(DOCUMENTED)
    build(workshop)
    return workshop.folder / "layers/core/python"


def test_modules_come_from_the_bundle_and_know_their_sources(bundled: Path) -> None:
    part = bundled / "dropcast/parts/part.py"
    part.write_text("WORD = 'read anew'\n")
    found = import_part(bundled)
    expected = f"compiled {part} ['{part.parent}'] WORD = 'read anew'\n"
    assert (found.stdout, found.stderr) == (expected, "")


def test_another_python_imports_the_sources(bundled: Path) -> None:
    bundle = find_bundle(bundled)
    bundle.rename(bundle.with_name(FILE_NAME.format(tag="cpython-39")))
    (bundled / "dropcast/parts/part.py").write_text("WORD = 'read anew'\n")
    assert import_part(bundled).stdout.startswith("read anew ")


def test_bytecode_of_a_python_of_the_same_name_is_not_taken_for_this_ones(bundled: Path) -> None:
    bundle = find_bundle(bundled)
    bundle.write_bytes(b"\0\0\r\n" + bundle.read_bytes()[4:])
    (bundled / "dropcast/parts/part.py").write_text("WORD = 'read anew'\n")
    assert import_part(bundled).stdout.startswith("read anew ")


def test_half_a_bundle_is_never_taken_for_a_whole_one(bundled: Path) -> None:
    bundle = find_bundle(bundled)
    bundle.write_bytes(bundle.read_bytes()[:-9])
    found = import_part(bundled)
    assert found.returncode != 0
    assert "marshal data too short" in found.stderr
