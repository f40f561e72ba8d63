"""However wide a program is, scoring a file by it takes a bounded memory."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from dropcast.scoring import Program, build_value_scorer
from dropcast.scoring.batch import BLOCK_ROWS, build_batch_scorer, count_block_rows
from tests.scoring.examples import make_example
from tests.scoring.programs import make_program, step

MIB = 1024 * 1024
FEW: dict[str, Any] = {"kernel": [0], "gamma": [1], "coef0": [0], "degree": [1], "intercept": [0]}


def make_stumps(count: int) -> Program:
    """As many trees of one node, each with a threshold of its own."""
    nodes = range(count)
    trees: dict[str, Any] = {
        "roots": list(nodes),
        "split_feature": [0] * count,
        "threshold": [float(i) for i in nodes],
        "left": [~(2 * i) for i in nodes],
        "right": [~(2 * i + 1) for i in nodes],
        "missing_left": [0] * count,
        "node_cover": [1.0] * count,
        "leaf_cover": [1.0] * 2 * count,
        "leaf_values": [0.0, 1.0] * count,
        "tree_output": [0] * count,
        "baseline": [0.0],
    }
    return make_program(step("boosted32", **trees), outputs=1)


def make_svc(vectors: int) -> Program:
    places = [i % 7 - 3.0 for i in range(2 * vectors)]
    counts = [vectors // 2, vectors - vectors // 2]
    chain = step("svc", **FEW, vectors=places, dual=[1.0] * vectors, counts=counts)
    return make_program(chain, outputs=1)


def make_wide(width: int) -> Program:
    hot = step("one_hot", position=[0], keys=list(range(width)), missing=[0])
    return make_program(hot, step("gather", inputs=[3]), outputs=1)


@pytest.mark.parametrize(
    ("program", "rows"),
    [
        (make_example("linear"), BLOCK_ROWS),
        (make_stumps(20_000), 419),
        (make_svc(40_000), 209),
        (make_wide(90_000), 93),
    ],
    ids=("narrow", "stumps", "svc", "one-hot"),
)
def test_the_wider_a_program_the_fewer_rows_go_through_together(
    program: Program, rows: int
) -> None:
    assert count_block_rows(program) == rows


@pytest.mark.parametrize(
    ("program", "rows", "most"),
    # At once they would take 1,600, 250 and 550 MiB.
    [(make_stumps(20_000), 150, 256), (make_svc(4_000), 8_192, 100), (make_wide(90_000), 800, 200)],
    ids=("stumps", "svc", "one-hot"),
)
def test_a_wide_program_takes_a_bounded_memory(program: Program, rows: int, most: int) -> None:
    values = np.random.default_rng(1).integers(-3, 9, (rows, 2)).astype(np.float64)
    tracemalloc.start()
    found = build_batch_scorer(program)(values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < most * MIB
    score = build_value_scorer(program)
    for row in (0, rows // 2, rows - 1):
        assert found[row].tolist() == score(values[row].tolist())
