"""The batch scorer gives what the row scorer gives, to the bit."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.scoring import build_value_scorer
from dropcast.scoring.batch import BATCH_MAKERS, BLOCK_ROWS, build_batch_scorer
from dropcast.scoring.steps import MAKERS
from tests.scoring.examples import EXAMPLES, make_example
from tests.scoring.programs import make_program, step

NUMBERS = st.sampled_from(
    [0.0, -0.0, 1.0, 1 + 2**-40, 2.0, 0.25, 9.0, 255.0, 256.0, -1.0, 5e-324, 1e300, math.nan]
) | st.floats(-1e6, 1e6)


def score_both(program: Any, values: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    score = build_value_scorer(program)
    return build_batch_scorer(program)(values), np.array([score(row) for row in values.tolist()])


def test_both_scorers_know_the_same_steps() -> None:
    assert set(BATCH_MAKERS) == set(MAKERS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_block_gives_what_was_worked_out_by_hand(name: str) -> None:
    _, width, _, cases = EXAMPLES[name]
    values = np.array([case for case, _ in cases], dtype=np.float64).reshape(-1, width)
    found = build_batch_scorer(make_example(name))(values)
    assert found == pytest.approx(np.array([expected for _, expected in cases]), nan_ok=True)


@pytest.mark.parametrize("name", EXAMPLES)
@given(data=st.data())
def test_any_values_get_the_same_bits_in_a_block_as_alone(name: str, data: st.DataObject) -> None:
    width = EXAMPLES[name][1]
    rows = data.draw(st.lists(st.lists(NUMBERS, min_size=width, max_size=width), max_size=9))
    values = np.array(rows, dtype=np.float64).reshape(-1, width)
    found, expected = score_both(make_example(name), values)
    assert np.array_equal(found, expected.reshape(found.shape), equal_nan=True)


def make_chain_of_splits(leaves: int, *, first: int = 0) -> dict[str, list[float]]:
    """Return one tree that asks x0 <= 0, then x0 <= 1, and so on; leaf i holds i."""
    nodes = leaves - 1
    return {
        "roots": [first],
        "split_feature": [0] * nodes,
        "threshold": [float(i) for i in range(nodes)],
        "left": [~i for i in range(nodes)],
        "right": [*range(1, nodes), ~nodes],
        "missing_left": [i % 2 for i in range(nodes)],
        "node_cover": [1.0] * nodes,
        "leaf_cover": [1.0] * leaves,
        "leaf_values": [float(i) for i in range(leaves)],
        "tree_output": [0],
        "baseline": [0.0],
    }


@pytest.mark.parametrize("leaves", [2, 31, 32, 33, 63, 64, 65, 300])
def test_trees_of_any_size_find_their_leaves(leaves: int) -> None:
    program = make_program(step("boosted", **make_chain_of_splits(leaves)), width=1, outputs=1)
    values = np.array([*np.arange(-1, leaves + 1, 0.5), math.nan])[:, np.newaxis]
    found, expected = score_both(program, values)
    assert found.tolist() == expected.tolist()
    assert set(range(leaves)) == set(found.ravel().tolist())


@pytest.mark.parametrize("leaves", [65, 300])
def test_many_rows_in_a_large_tree_find_their_leaves(leaves: int) -> None:
    program = make_program(step("boosted", **make_chain_of_splits(leaves)), width=1, outputs=1)
    values = np.random.default_rng(2).uniform(-2, leaves + 2, (6000, 1))
    values[::7] = math.nan
    found, expected = score_both(program, values)
    assert found.tolist() == expected.tolist()


def test_more_rows_than_a_block_are_answered_in_order() -> None:
    program = make_program(step("boosted", **make_chain_of_splits(20)), width=1, outputs=1)
    values = np.random.default_rng(1).uniform(-2, 22, (2 * BLOCK_ROWS + 3, 1))
    found, expected = score_both(program, values)
    assert found.tolist() == expected.tolist()
    assert build_batch_scorer(program)(values[:0]).shape == (0, 1)
