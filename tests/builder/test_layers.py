"""The built layers of both stages: whose machine, what bytecode, how big, and do they work."""

import dataclasses
import json
import marshal
import os
import platform
import struct
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from dropcast.bundle import FILE_NAME
from toolchain.builder.binaries import check_binaries, find_binaries
from toolchain.builder.budget import describe_overruns, find_overruns
from toolchain.builder.layers import LAYERS, STANDS_WITH, Workshop, build_layers
from toolchain.builder.targets import AWS, STAGES, find_target
from toolchain.project import ROOT
from toolchain.pythons import find_python

pytestmark = pytest.mark.layers

PROGRAMS = Path(__file__).parent / "layer_programs"
STARTER = (
    "import runpy, sys; sys.path[:0] = sys.argv[2:]; "
    "runpy.run_path(sys.argv[1], run_name='__main__')"
)
# The first two bytes of a .pyc (little-endian) for each minor version that a layer may be for.
MAGIC = {"3.11": 3495, "3.12": 3531, "3.13": 3571}


def find_layers(stage: str) -> Path:
    layers = ROOT / "build" / stage / "layers"
    if not layers.is_dir():
        pytest.fail(f"no layers at {layers}; run `make build STAGE={stage}` first")
    return layers


def run_program(name: str, *folders: Path, python: Path = Path(sys.executable)) -> Any:
    """Run a program that sees the standard library and these folders only."""
    finished = subprocess.run(
        [python, "-I", "-S", "-c", STARTER, PROGRAMS / f"{name}.py", *folders],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def assert_tables_work(answer: Any) -> None:
    assert answer == {
        "equal": True,
        "nulls": 1,
        "mean": 0.5,
        "day": "[2, 3]",
        "grouped": {"first": 1, "second": 0},
        "rolled": 0.5,
        "rows": 2,
        "solved": [0.5],
        "sheet": [["name", "energy"], ["first", 0.5]],
    }


def assert_arrays_work(answer: Any) -> None:
    assert (answer["parquet"], answer["unsigned"]) == (True, True)


def assert_evaluating_works(answer: Any) -> None:
    assert answer["test_rows"] > 0
    assert answer["accuracy"] == [1.0, 1.0, 1.0]
    assert answer["page"] is True
    assert answer["libraries"] == []


def assert_learning_works(answer: Any) -> None:
    accuracies = answer["accuracies"]
    assert {name for name, value in accuracies.items() if value > 0.85} == {
        "logistic_regression",
        "random_forest",
        "hist_gradient_boosting",
        "svc",
        "calibrated",
    }
    assert 0.3 < accuracies["dummy"] < 0.7
    assert answer["roc_auc"] > 0.95
    assert answer["modules"] > 200


def assert_boosting_works(answer: Any) -> None:
    assert answer["roc_auc"] > 0.9
    assert answer["r2"] > 0.8
    assert answer["evened_out"] is True
    assert (answer["trees"], answer["margins"]) == (20, 600)
    assert answer["pandas"] is False


def assert_search_works(answer: Any) -> None:
    assert answer == {"counts": [1, 6, 6, 0], "optuna": version("optuna"), "unused": []}


@pytest.mark.parametrize("stage", STAGES)
def test_every_library_is_of_the_stages_machine_and_python(stage: str) -> None:
    target, layers = find_target(stage), find_layers(stage)
    assert check_binaries(layers, machine=target.machine, cpython_tag=target.cpython_tag) > 200
    assert {binary.machine for binary in find_binaries(layers)} == {target.machine}


@pytest.mark.parametrize("stage", STAGES)
def test_every_source_has_unchecked_bytecode_of_the_stages_python(stage: str) -> None:
    target, layers = find_target(stage), find_layers(stage)
    if find_python(target.python_minor, os.environ) is None:
        pytest.skip(f"no Python {target.python_minor} on this machine compiles for {stage}")
    heads = {path.read_bytes()[:8] for path in layers.rglob("*.pyc")}
    assert heads == {MAGIC[target.python_minor].to_bytes(2, "little") + b"\r\n\x01\0\0\0"}
    package = layers / "core/python/dropcast"
    with (package / FILE_NAME.format(tag=target.cpython_tag)).open("rb") as file:
        assert file.read(4) == MAGIC[target.python_minor].to_bytes(2, "little") + b"\r\n"
        (length,) = struct.unpack("<I", file.read(4))
        bundle = marshal.loads(file.read(length))  # noqa: S302 - what this project built
    bundled = {
        (package.parent / name.replace(".", "/") / "__init__.py")
        if is_package
        else (package.parent / f"{name.replace('.', '/')}.py")
        for name, (is_package, *_) in bundle.items()
    }
    without = {
        path
        for path in layers.rglob("*.py")
        if not (path.parent / "__pycache__" / f"{path.stem}.{target.cpython_tag}.pyc").exists()
    }
    assert without == bundled


@pytest.mark.parametrize("stage", STAGES)
def test_layers_and_functions_are_within_their_budgets(stage: str) -> None:
    overruns = find_overruns(find_layers(stage), ROOT / "functions")
    assert overruns == [], "\n" + describe_overruns(overruns)


@pytest.mark.parametrize("stage", STAGES)
def test_no_layer_holds_what_the_runtime_has_or_another_layer_is_for(
    stage: str,
) -> None:
    layers = find_layers(stage)
    held = {name: {path.name for path in (layers / name / "python").iterdir()} for name in LAYERS}
    everywhere = {part for parts in held.values() for part in parts}
    assert not {"boto3", "botocore"} & everywhere
    for name in ("arrays", "learning", "boosting"):
        assert not {"pandas", "pyarrow"} & held[name]
    assert not {"sklearn", "scipy", "xgboost", "imblearn"} & held["arrays"]
    assert held["core"] == {"dropcast"}
    for name, others in STANDS_WITH.items():
        for other in others:
            # Bytecode of modules that are single files; the modules themselves are compared.
            repeated = held[name] & held[other] - {"__pycache__"}
            assert not repeated, f"{name} repeats what {other} holds"
    assert not {"alembic", "mako", "markupsafe", "sqlalchemy", "yaml"} & held["search"]


def test_the_local_tables_layer_works_alone() -> None:
    assert_tables_work(run_program("tables", find_layers("local") / "tables/python"))


def test_the_local_arrays_layer_works_alone_and_knows_its_versions() -> None:
    answer = run_program("arrays", find_layers("local") / "arrays/python")
    assert_arrays_work(answer)
    assert answer["versions"] == {name: version(name) for name in answer["versions"]}


def test_splitting_and_evaluating_need_no_learning_library() -> None:
    layers = find_layers("local")
    beside = ("core", "powertools", "arrays")
    answer = run_program("evaluating", *(layers / name / "python" for name in beside))
    assert_evaluating_works(answer)


def test_the_local_learning_layer_works_beside_arrays_and_knows_its_versions() -> None:
    layers = find_layers("local")
    answer = run_program("learning", *(layers / name / "python" for name in ("arrays", "learning")))
    assert_learning_works(answer)
    assert answer["versions"] == {name: version(name) for name in answer["versions"]}


def test_the_local_boosting_layer_works_beside_the_learning_layer() -> None:
    layers = find_layers("local")
    beside = ("powertools", "arrays", "learning", "boosting")
    answer = run_program("boosting", *(layers / name / "python" for name in beside))
    assert_boosting_works(answer)
    assert answer["versions"] == {name: version(name) for name in answer["versions"]}


def test_what_proposes_needs_no_learning_library_and_no_database() -> None:
    layers = find_layers("local")
    beside = ("core", "powertools", "search")
    assert_search_works(run_program("search", *(layers / name / "python" for name in beside)))


def test_what_serves_needs_the_core_and_zones_layers_only() -> None:
    layers = find_layers("local")
    beside = (layers / name / "python" for name in ("core", "zones"))
    answer = run_program("serving", *beside, ROOT / "functions/predict")
    assert answer["libraries"] == ["dropcast", "handler"]
    assert answer["zone"] == "America/Chicago"
    assert "POST /{dataset}/predict" in answer["routes"]


def test_the_versions_that_aws_gets_work_trimmed_on_this_machine() -> None:
    """Libraries for arm64 cannot run here; the same versions, trimmed alike, for here can."""
    python = find_python(AWS.python_minor, os.environ)
    if python is None or platform.system() != "Linux":
        pytest.skip(f"no Python {AWS.python_minor} on Linux here")
    machine = platform.machine()
    target = dataclasses.replace(
        AWS, stage="rehearsal", machine=machine, uv_platform=f"{machine}-manylinux_2_28"
    )
    workshop = Workshop(root=ROOT, target=target, python=python)
    built = list(build_layers(workshop))
    assert [outcome.name for outcome in built] == list(LAYERS)

    def run(program: str, *names: str) -> Any:
        folders = (workshop.folder / "layers" / name / "python" for name in names)
        return run_program(program, *folders, python=python)

    assert_tables_work(run("tables", "tables"))
    assert_arrays_work(run("arrays", "arrays"))
    assert_evaluating_works(run("evaluating", "core", "powertools", "arrays"))
    assert_learning_works(run("learning", "arrays", "learning"))
    assert_boosting_works(run("boosting", "powertools", "arrays", "learning", "boosting"))
    assert_search_works(run("search", "core", "powertools", "search"))
