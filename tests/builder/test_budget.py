"""Budgets: what is over them, and the text that says so."""

from pathlib import Path

import pytest

from toolchain.builder.budget import (
    FUNCTIONS,
    LAMBDA_LIMIT_BYTES,
    LAYER_BUDGETS_MB,
    MB,
    OverBudgetError,
    check_budgets,
    find_overruns,
    list_parts,
    measure_folder,
)


def write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.truncate(size)  # a hole: a big file that takes no room


@pytest.fixture
def stage(tmp_path: Path) -> tuple[Path, Path]:
    layers, functions = tmp_path / "layers", tmp_path / "functions"
    for name in LAYER_BUDGETS_MB:
        write(layers / name / "python/small.py", 100)
    for load in FUNCTIONS.values():
        write(functions / load.folder / "handler.py", 100)
    return layers, functions


def test_small_layers_are_within_their_budgets(stage: tuple[Path, Path]) -> None:
    assert find_overruns(*stage) == []
    check_budgets(*stage)


def test_a_layer_exactly_at_its_budget_passes_and_one_byte_more_does_not(
    stage: tuple[Path, Path],
) -> None:
    layers, functions = stage
    write(layers / "core/python/big.py", 3 * MB - 100)
    assert find_overruns(layers, functions) == []
    write(layers / "core/python/big.py", 3 * MB - 99)
    assert [overrun.name for overrun in find_overruns(layers, functions)] == ["layer core"]


def test_the_refusal_says_by_how_much_and_lists_the_biggest_parts_first(
    stage: tuple[Path, Path],
) -> None:
    layers, functions = stage
    write(layers / "tables/python/pyarrow/libarrow.so", 150 * MB)
    write(layers / "tables/python/numpy/core.so", 60 * MB)
    with pytest.raises(OverBudgetError) as refused:
        check_budgets(layers, functions)
    lines = str(refused.value).splitlines()
    assert lines[0] == ("layer tables: 210.0 MB is 10.0 MB over its 200.0 MB; its biggest parts:")
    assert [line.split() for line in lines[1:3]] == [
        ["150.00", "MB", "tables/python/pyarrow/libarrow.so"],
        ["60.00", "MB", "tables/python/numpy/core.so"],
    ]


def test_what_serves_has_a_budget_of_its_own(stage: tuple[Path, Path]) -> None:
    layers, functions = stage
    write(functions / "predict/big.bin", 30 * MB)
    assert [overrun.name for overrun in find_overruns(layers, functions)] == [
        "function predict with its layers core, zones"
    ]


def test_lambdas_limit_counts_code_and_every_layer_of_the_function_that_carries_most(
    stage: tuple[Path, Path],
) -> None:
    layers, functions = stage
    write(layers / "arrays/python/big.so", 85 * MB)
    write(layers / "learning/python/big.so", 141 * MB)
    write(layers / "boosting/python/big.so", 23 * MB)
    write(functions / "train/big.bin", 20 * MB)
    over = "with its layers core, powertools, arrays, learning, boosting"
    assert [overrun.name for overrun in find_overruns(layers, functions)] == [
        f"function trial {over}",
        f"function fit {over}",
    ]


def test_layers_at_their_budgets_leave_every_function_room_for_its_code() -> None:
    for load in FUNCTIONS.values():
        assert sum(LAYER_BUDGETS_MB[name] for name in load.layers) * MB < LAMBDA_LIMIT_BYTES


def test_a_missing_folder_measures_nothing(tmp_path: Path) -> None:
    assert measure_folder(tmp_path / "none") == 0
    assert list_parts(tmp_path / "none") == []
