"""Explanations are Shapley values by their definition, and add up to the model's score."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import InvalidRequestError
from dropcast.scoring import build_value_scorer
from dropcast.scoring import explain as explaining
from dropcast.scoring.explain import build_explainer
from dropcast.scoring.explain_trees import find_points
from tests.scoring.examples import make_example
from tests.scoring.programs import BOOSTED, TREES, make_program, step

NUMBERS = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 9.0, math.nan])
# Tree 1 asks for x0, x1 and x0 again, tree 2 for a category of x2, tree 3 for nothing.
FOREST: dict[str, Any] = {
    "roots": [0, 3, ~6],
    "split_feature": [0, 1, 0, 2],
    "threshold": [1.0, 0.25, 0.5, 0.0],
    "left": [2, ~0, ~2, ~4],
    "right": [1, ~1, ~3, ~5],
    "missing_left": [1, 0, 0, 1],
    "node_cover": [20, 12, 8, 20],
    "leaf_cover": [9, 3, 2, 6, 15, 5, 20],
    "category_set": [-1, -1, -1, 0],
    "category_sets": [2, 2, *[0] * 30],
    "leaf_values": [1.0, -2.0, 0.5, 4.0, 0.25, -1.0, 3.0],
    "tree_output": [0, 0, 0],
    "baseline": [0.125],
}


def expect(arrays: dict[str, Any], reference: int, values: Sequence[float], known: set[int]) -> Any:
    """Return what a tree expects when only some features are known, by walking it."""
    if reference < 0:
        return arrays["leaf_values"][~reference]
    feature, value = arrays["split_feature"][reference], values[arrays["split_feature"][reference]]
    left, right = arrays["left"][reference], arrays["right"][reference]
    if feature not in known:
        shares = [
            arrays["node_cover"][child] if child >= 0 else arrays["leaf_cover"][~child]
            for child in (left, right)
        ]
        found = [expect(arrays, child, values, known) for child in (left, right)]
        return (shares[0] * found[0] + shares[1] * found[1]) / sum(shares)
    if arrays["category_set"][reference] >= 0:
        known_left = int(value) in (1, 9) if 0 <= value < 256 else None
        goes_left = arrays["missing_left"][reference] if known_left is None else known_left
    elif math.isnan(value):
        goes_left = arrays["missing_left"][reference]
    else:
        goes_left = value <= arrays["threshold"][reference]
    return expect(arrays, left if goes_left else right, values, known)


def define_shapley_values(arrays: dict[str, Any], values: Sequence[float]) -> list[float]:
    def worth(known: set[int]) -> float:
        return float(sum(expect(arrays, root, values, known) for root in arrays["roots"]))

    count = len(values)
    found = []
    for feature in range(count):
        others = [i for i in range(count) if i != feature]
        found.append(
            sum(
                (worth({*chosen, feature}) - worth(set(chosen))) / math.comb(count - 1, size)
                for size in range(count)
                for chosen in combinations(others, size)
            )
            / count
        )
    return found


@given(values=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_contributions_of_trees_are_shapley_values_by_definition(
    values: tuple[float, ...],
) -> None:
    program = make_program(step("boosted", **FOREST), width=3, outputs=1)
    found = build_explainer(program)(values, 0)
    expected = define_shapley_values(FOREST, values)
    assert list(found.contributions.values()) == pytest.approx(expected, abs=1e-12)
    base = 0.125 + sum(expect(FOREST, root, values, set()) for root in FOREST["roots"])
    assert found.base == pytest.approx(base, abs=1e-12)
    assert found.score == pytest.approx(build_value_scorer(program)(values)[0], abs=1e-12)


def test_a_linear_model_starts_from_the_training_rows_means() -> None:
    chain = step("linear", coefficients=[2, -3], intercept=[0.5], background=[1, 10])
    found = build_explainer(make_program(chain, step("sigmoid")))([2, 8], 1)
    assert found.contributions == {"x0": 2, "x1": 6}
    assert (found.base, found.score) == (2 - 30 + 0.5, -19.5)
    assert found.of == "log-odds of 'class 1'"


def test_columns_that_a_feature_was_encoded_to_count_for_it() -> None:
    chain = (
        step("one_hot", position=[0], keys=[7, 8], missing=[1]),
        step("look_up", position=[0], keys=[2], table=[5, 6], default=[0, 0], missing=[0, 0]),
        step("gather", inputs=[4, 3, 1, 0]),
        step("linear", coefficients=[1, 10, 100, 1000], intercept=[0]),
    )
    # x0 = 8 is 0, 1, 0; x1 = 2 is 5, 6; gathered: 6, 5, 1, 0.
    found = build_explainer(make_program(*chain, width=2, outputs=1))([8, 2], 0)
    assert found.contributions == {"x0": 100, "x1": 56}


@pytest.mark.parametrize(
    ("name", "predicted", "of"),
    [
        ("forest of one", 0, "answer"),
        ("forest of two", 0, "probability of 'class 1'"),
        ("forest of three", 2, "probability of 'class 2'"),
        ("boosted, three outputs", 2, "log-odds of 'class 2'"),
        ("boosted32, three outputs", 0, "log-odds of 'class 0'"),
        ("constant", 0, "log-odds of 'class 1'"),
    ],
)
def test_base_and_contributions_add_up_to_the_score(name: str, predicted: int, of: str) -> None:
    program = make_example(name)
    values = [2.0, 0.25][: len(program.features)]
    found = build_explainer(program)(values, predicted)
    answers = build_value_scorer(program)(values)
    spoken_of = 1 if len(program.labels) == 2 else predicted
    expected = answers[spoken_of if name != "constant" else 0]
    assert found.score == pytest.approx(expected, abs=1e-6)
    assert found.of == of


def test_a_model_without_an_exact_explanation_is_refused() -> None:
    for name in ("svc, radial", "one_vs_one"):
        with pytest.raises(InvalidRequestError) as refused:
            build_explainer(make_example(name))
        assert "no exact explanation" in str(refused.value.problems)


def test_a_model_too_large_to_explain_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "MOST_WORK", 3)
    program = make_program(step("boosted", **BOOSTED), outputs=1)
    with pytest.raises(InvalidRequestError) as refused:
        build_explainer(program)
    assert "4 leaves; an explanation would take" in str(refused.value.problems)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 20, 64])
def test_the_rule_of_so_many_points_is_exact_up_to_its_degree(count: int) -> None:
    points = find_points(count)
    for degree in range(2 * count):
        assert sum(w * t**degree for t, w in points) == pytest.approx(1 / (degree + 1), rel=1e-12)


def test_a_node_that_no_training_row_came_by_parts_evenly() -> None:
    empty = {**BOOSTED, **TREES, "node_cover": [0, 0], "leaf_cover": [0, 0, 0, 0]}
    found = build_explainer(make_program(step("boosted", **empty), outputs=1))([0.0, 0.0], 0)
    assert found.base == pytest.approx(0.125 + 0.5 * -1 + 0.25 * 0.5 + 0.25 * 2 + 0.25)
