"""Stamps, targets and the choice of an interpreter: what decides whether a layer is built."""

import sys
from pathlib import Path

import pytest

from toolchain.builder.stamps import Stamp, hash_files, hash_inputs, read_stamp, write_stamp
from toolchain.builder.targets import UnknownStageError, find_target
from toolchain.pythons import find_python

STAMP = Stamp(
    inputs="abc", size_bytes=10, bytecode_bytes=4, libraries=1, trimmed_bytes={"tests": 3}
)


def test_a_stamp_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_stamp(tmp_path / "stamps/core.json", STAMP)
    assert read_stamp(tmp_path / "stamps/core.json") == STAMP
    assert [path.name for path in (tmp_path / "stamps").iterdir()] == ["core.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs": "abc"}', '{"other": 1}'])
def test_a_damaged_stamp_counts_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "core.json").write_text(text)
    assert read_stamp(tmp_path / "core.json") is None
    assert read_stamp(tmp_path / "missing.json") is None


def test_the_hash_of_files_changes_with_a_byte_and_with_a_name(tmp_path: Path) -> None:
    one = tmp_path / "one.py"
    one.write_text("a")
    first = hash_files([one], base=tmp_path)
    assert hash_files([one, one], base=tmp_path) == first
    one.write_text("b")
    assert hash_files([one], base=tmp_path) != first
    one.write_text("a")
    assert hash_files([one.rename(tmp_path / "two.py")], base=tmp_path) != first


def test_inputs_hash_alike_in_any_order() -> None:
    assert hash_inputs({"a": 1, "b": 2}) == hash_inputs({"b": 2, "a": 1})
    assert hash_inputs({"a": 1}) != hash_inputs({"a": 2})


def test_aws_is_built_for_arm_and_local_for_this_interpreter() -> None:
    assert find_target("aws").uv_options == (
        "--python-platform",
        "aarch64-manylinux_2_28",
        "--python-version",
        "3.13",
    )
    assert find_target("local").cpython_tag == sys.implementation.cache_tag
    assert find_target("local").uv_options == ()


def test_an_unknown_stage_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownStageError, match="no stage 'awz'; known: aws, local"):
        find_target("awz")


def test_an_interpreter_that_does_not_run_is_passed_over_for_one_that_does(tmp_path: Path) -> None:
    broken, works = tmp_path / "shims/python3.99", tmp_path / "pyenv/versions/3.99.1/bin/python3.99"
    for path, script in ((broken, "exit 127"), (works, "echo 3.99")):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    environment = {"PATH": str(broken.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert find_python("3.99", environment) == works
    assert find_python("3.98", environment) is None


def test_the_interpreter_of_this_process_serves_its_own_minor_version() -> None:
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert find_python(minor, {}) == Path(sys.executable)
