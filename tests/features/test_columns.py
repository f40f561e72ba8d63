"""The column evaluator against the row's arithmetic: equal to the bit, whatever the tree."""

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dropcast.features.columns import OPERATIONS_ON_COLUMNS, evaluate_columns
from dropcast.recipe import Call, ColumnRef, Constant, Expression, col
from dropcast.recipe.expressions import OPERATIONS
from dropcast.recipe.operations import OPERATIONS_ON_VALUES

VALUES = st.floats(allow_infinity=False) | st.sampled_from([0.0, -0.0, -1.0, 5e-324, 1.8e308])
LEAVES = st.sampled_from([col("a"), col("b")]) | st.builds(
    Constant, st.floats(allow_nan=False, allow_infinity=False)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.sampled_from(sorted(OPERATIONS)).flatmap(
        lambda name: st.tuples(*[inner] * OPERATIONS[name]).map(lambda args: Call(name, args))
    ),
    max_leaves=8,
)


def evaluate_row(expression: Expression, row: dict[str, float]) -> float:
    match expression:
        case ColumnRef(name):
            return row[name]
        case Constant(value):
            return value
        case Call(operation, arguments):
            return OPERATIONS_ON_VALUES[operation](*(evaluate_row(a, row) for a in arguments))


def bits(value: float) -> bytes:
    return b"missing" if math.isnan(value) else struct.pack("<d", value)


def test_every_operation_has_both_evaluators() -> None:
    assert set(OPERATIONS_ON_COLUMNS) == set(OPERATIONS) == set(OPERATIONS_ON_VALUES)


@given(tree=TREES, rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20))
def test_columns_and_rows_give_the_same_bits(
    tree: Expression, rows: list[tuple[float, float]]
) -> None:
    columns = {"a": np.array([r[0] for r in rows]), "b": np.array([r[1] for r in rows])}
    found = evaluate_columns(tree, columns, len(rows)).tolist()
    expected = [evaluate_row(tree, {"a": a, "b": b}) for a, b in rows]
    assert [bits(v) for v in found] == [bits(v) for v in expected]


def test_undefined_results_are_missing() -> None:
    columns = {"a": np.array([0.0, -1.0, 1e308])}
    assert np.isnan(evaluate_columns(1 / col("a"), columns, 3)).tolist() == [True, False, False]
    assert np.isnan(evaluate_columns(col("a").log1p(), columns, 3)).tolist() == [False, True, False]
    assert np.isnan(evaluate_columns(col("a") * 10, columns, 3)).tolist() == [False, False, True]
