"""Executing the arm64 layers here: what is missing, what is run, and that a difference is found."""

import math
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from proofs.arm64.__main__ import prove
from proofs.arm64.checks import LAYER_PROGRAMS, list_loaded
from proofs.arm64.comparison import (
    compare_results,
    count_values,
    describe_outcome,
    find_differences,
    summarise,
)
from proofs.arm64.machines import (
    Machine,
    ProgramFailedError,
    choose_processor,
    describe_arm64,
    describe_here,
    describe_python,
    make_command,
    run_program,
)
from proofs.arm64.project import ROOT
from proofs.arm64.tools import describe_missing, list_missing

PROGRAMS = ROOT / "proofs/arm64/programs"
THIRD = (1 / 3).hex()
NEXT = math.nextafter(1 / 3, 1).hex()


def make_tool(folder: Path, name: str, script: str = "exit 0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def describe_machine(name: str = "arm64", **environment: str) -> Machine:
    """Return a machine that is this one under another name."""
    here = describe_here(ROOT, {"PATH": "/usr/bin:/bin", **environment})
    return Machine(
        name=name,
        architecture=here.architecture,
        interpreter=here.interpreter,
        layers=here.layers,
        environment=here.environment,
    )


# What is missing.


def test_either_name_of_the_emulator_will_do(tmp_path: Path) -> None:
    assert list_missing(str(tmp_path), root_is_ready=True) == {
        "qemu-aarch64-static": "qemu-user-static"
    }
    make_tool(tmp_path, "qemu-aarch64")
    assert list_missing(str(tmp_path), root_is_ready=True) == {}


def test_what_downloads_is_needed_until_the_root_is_there(tmp_path: Path) -> None:
    for name in ("qemu-aarch64-static", "wget", "dpkg"):
        make_tool(tmp_path, name)
    missing = list_missing(str(tmp_path), root_is_ready=False)
    assert missing.items() <= {"debootstrap": "debootstrap"}.items()
    make_tool(tmp_path, "debootstrap")
    assert list_missing(str(tmp_path), root_is_ready=False) == {}


def test_one_sentence_says_what_is_missing_and_how_to_install_it() -> None:
    assert describe_missing(
        {"qemu-aarch64-static": "qemu-user-static", "debootstrap": "debootstrap"}
    ) == (
        "Skipped: qemu-aarch64-static and debootstrap are missing on this machine; install them "
        "with `apt install qemu-user-static debootstrap`."
    )


def test_without_the_emulator_the_proof_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    prove(mirror="")  # raises typer.Exit for any other status than 0
    printed = capsys.readouterr().out
    assert printed.startswith("Skipped: qemu-aarch64-static")
    assert printed.count("\n") == 1
    assert "`apt install qemu-user-static" in printed


# What is run.


def test_a_program_runs_in_the_emulator_with_the_layers_for_aws() -> None:
    machine = describe_arm64(
        Path("/project"),
        emulator=Path("/usr/bin/qemu-aarch64-static"),
        debian=Path("/debian"),
        processor="neoverse-n1",
        environ={"PATH": "/bin", "OPENBLAS_CORETYPE": "Haswell"},
    )
    command = make_command(
        machine,
        Path("/project/program.py"),
        layers=("core", "zones"),
        folders=[Path("/project/functions/predict")],
        arguments=["train", Path("/work")],
    )
    assert command[:5] == [
        *("/usr/bin/qemu-aarch64-static", "-cpu", "neoverse-n1", "-L", "/debian"),
    ]
    assert command[5:9] == ["/debian/usr/bin/python3.13", "-I", "-S", "-c"]
    assert command[10:] == [
        "/project/program.py",
        "/project/build/aws/layers/core/python:/project/build/aws/layers/zones/python:"
        "/project/functions/predict",
        "train",
        "/work",
    ]
    # What is set for this machine's processor means nothing to another one.
    assert machine.environment.keys() == {"PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}


@pytest.mark.parametrize(
    ("known", "chosen"), [("cortex-a72 neoverse-n1 max", "neoverse-n1"), ("cortex-a72 max", None)]
)
def test_the_processor_of_lambda_is_chosen_where_it_is_known(
    known: str, chosen: str | None, tmp_path: Path
) -> None:
    emulator = make_tool(tmp_path, "qemu", f'test "$*" = "-cpu help" && printf "%s\\n" {known}')
    assert choose_processor(emulator) == chosen


def test_every_layer_program_is_run() -> None:
    programs = (ROOT / "tests/builder/layer_programs").glob("*.py")
    assert {path.stem for path in programs} == set(LAYER_PROGRAMS)


def test_a_python_of_another_architecture_is_refused(tmp_path: Path) -> None:
    here = describe_machine()
    assert f"on {here.architecture}," in describe_python(here, tmp_path)
    wrong = Machine(**{**vars(here), "architecture": "riscv64"})
    with pytest.raises(ProgramFailedError, match=f"runs on {here.architecture}, not riscv64"):
        describe_python(wrong, tmp_path)


def test_a_program_that_fails_or_hangs_is_named_with_its_last_words(tmp_path: Path) -> None:
    machine = describe_machine()
    run = partial(run_program, machine, workspace=tmp_path)
    with pytest.raises(ProgramFailedError, match=r"ended with 3 on arm64:\nno such row"):
        run(
            [sys.executable, "-c", "import sys; print('no such row', file=sys.stderr); sys.exit(3)"]
        )
    with pytest.raises(ProgramFailedError, match="ended with -9 on arm64"):
        run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(ProgramFailedError, match="printed no JSON on arm64"):
        run([sys.executable, "-c", "print('all well')"])
    with pytest.raises(ProgramFailedError, match="took more than 0 s on arm64"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], most_seconds=0.2)


# What is compared.


def test_results_are_counted_and_equal_ones_have_no_difference() -> None:
    result = {"a": [THIRD, {"b": 1}], "c": None}
    assert count_values(result) == 3
    assert list(find_differences(result, {"c": None, "a": [THIRD, {"b": 1}]})) == []


@pytest.mark.parametrize(
    ("here", "arm64", "difference"),
    [
        ([THIRD], [NEXT], f"result, 0: '{THIRD}' here, '{NEXT}' on arm64"),
        ((0.0).hex(), (-0.0).hex(), "result: '0x0.0p+0' here, '-0x0.0p+0' on arm64"),
        ({"a": 1}, {}, "result, a: only here"),
        ({}, {"a": 1}, "result, a: only on arm64"),
        ([1, 2], [1], "result: 2 values here, 1 values on arm64"),
        (1, 1.0, "result: 1 here, 1.0 on arm64"),
        (True, 1, "result: True here, 1 on arm64"),
        ([1], {"a": 1}, "result: 1 values here, 1 values on arm64"),
        (math.nan, 1.0, "result: nan here, 1.0 on arm64"),
        (1.0, math.inf, "result: 1.0 here, inf on arm64"),
    ],
)
def test_a_difference_is_told_with_its_place(here: Any, arm64: Any, difference: str) -> None:
    assert list(find_differences(here, arm64)) == [difference]


def test_floats_may_be_the_tolerance_apart_and_no_more() -> None:
    def differ(here: float, arm64: float) -> bool:
        return bool(list(find_differences(here, arm64, tolerance=0.02)))

    assert not differ(0.5, 0.51)
    assert not differ(math.nan, math.nan)
    assert differ(0.5, 0.53)
    assert differ(0.5, math.nan)
    assert differ(math.inf, 0.5)


FLIPPING = f"""
import json, os
bits = "{NEXT}" if os.environ.get("FLIP") else "{THIRD}"
print(json.dumps({{"model": [["{THIRD}"] * 999 + [bits]]}}))
"""


def test_one_bit_of_one_prediction_makes_the_proof_fail(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(FLIPPING)

    def run(machine: Machine) -> Any:
        command = make_command(machine, program, layers=())
        return run_program(machine, command, workspace=tmp_path)

    here = partial(run, describe_machine("here"))
    same = compare_results("bits", here, partial(run, describe_machine()))
    assert describe_outcome(same).startswith("  equal    bits: 1,000 values, all equal;")
    assert summarise([same])[1] == 0
    flipped = compare_results("bits", here, partial(run, describe_machine(FLIP="1")))
    assert describe_outcome(flipped).splitlines() == [
        "  DIFFERS  bits",
        f"    result, model, 0, 999: '{THIRD}' here, '{NEXT}' on arm64",
    ]
    line, status = summarise([same, flipped])
    assert line.startswith("1 of 2 checks found a difference;")
    assert status == 1


def test_a_program_that_fails_or_gives_nothing_is_a_problem() -> None:
    def fail() -> Any:
        raise ProgramFailedError("ended with -11 on arm64:\nqemu: uncaught target signal 11")

    failed = compare_results("learning", lambda: {"a": 1}, fail)
    assert failed.problems == ("ended with -11 on arm64:\nqemu: uncaught target signal 11",)
    assert compare_results("learning", dict, dict).problems == (
        "the program gave nothing to compare",
    )


def test_versions_are_left_out_and_nothing_else() -> None:
    here = {"versions": {"numpy": "2.4"}, "auc": 0.9}
    arm64 = {"versions": {"numpy": "2.5"}, "auc": 0.9}
    assert compare_results("x", lambda: here, lambda: arm64, ignored=("versions",)).problems == ()
    assert len(compare_results("x", lambda: here, lambda: arm64).problems) == 1


def test_of_many_differences_the_first_are_shown_and_the_others_counted() -> None:
    outcome = compare_results("x", lambda: [0] * 1500, lambda: [1] * 1500)
    lines = describe_outcome(outcome).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "    and 1,490 more"


def test_a_library_that_cannot_be_loaded_is_found(tmp_path: Path) -> None:
    layer = tmp_path / "layer/python"
    layer.mkdir(parents=True)
    (layer / "broken.cpython-313-aarch64-linux-gnu.so").write_bytes(b"\x7fELF cut")
    program = PROGRAMS / "load_libraries.py"
    machine = describe_machine()
    command = make_command(machine, program, layers=(), arguments=[layer])
    outcome = compare_results(
        "libraries",
        lambda: list_loaded([layer]),
        lambda: run_program(machine, command, workspace=tmp_path),
    )
    (problem,) = outcome.problems
    assert "'loaded' here" in problem
    assert "broken.cpython" in problem
