"""Explanations are Shapley values by their definition, and add up to the model's score."""

import math
import tracemalloc
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import InvalidRequestError
from dropcast.scoring import Program, build_value_scorer, write_program
from dropcast.scoring.explain import build_case_explainer, build_explainer
from dropcast.scoring.explain import cases as explaining
from dropcast.scoring.explain.trees import count_work, find_points
from dropcast.scoring.program import find_arrays
from tests.scoring.examples import make_example
from tests.scoring.programs import BOOSTED, SVC, TREES, make_program, step

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
        ("forest of one", 0, "prediction"),
        ("forest of two", 0, "probability of 'class 1'"),
        ("forest of three", 2, "probability of 'class 2'"),
        ("boosted, three outputs", 2, "log-odds of 'class 2'"),
        ("boosted32, three outputs", 0, "log-odds of 'class 0'"),
    ],
)
def test_base_and_contributions_add_up_to_the_score(name: str, predicted: int, of: str) -> None:
    program = make_example(name)
    values = [2.0, 0.25][: len(program.features)]
    found = build_explainer(program)(values, predicted)
    predictions = build_value_scorer(program)(values)
    expected = predictions[1 if len(program.labels) == 2 else predicted]
    assert found.score == pytest.approx(expected, abs=1e-6)
    assert found.of == of


def refuse(program: Program, values: Sequence[float]) -> str:
    """Return why there is no explanation."""
    with pytest.raises(InvalidRequestError) as refused:
        build_explainer(program)(values, 0)
    return str(refused.value.problems)


def test_a_model_without_an_exact_explanation_is_refused() -> None:
    for name in ("svc, radial", "one_vs_one", "fill"):
        program = make_example(name)
        assert "no exact explanation" in refuse(program, [1.0] * len(program.features))


ONE_LINE = step("linear", coefficients=[1, 2], intercept=[0])
THREE_LINES = step("linear", coefficients=[1, 2, 3, 4, 5, 6], intercept=[0, 0, 0])
CALIBRATED = step("calibrate_sigmoid", slope=[-1], offset=[0])
FOREST_OF_TWO = step("forest", **TREES, width=[2], leaf_values=[1, 0, 0, 1, 0.5, 0.5, 1, 0])


@pytest.mark.parametrize(
    ("chain", "outputs"),
    [
        ((step("forest", **TREES, width=[1], leaf_values=[1, 2, 4, 8]), "0 0"), 2),
        ((ONE_LINE, "0 0 0"), 3),
        ((THREE_LINES, step("linear", coefficients=[1, 1, 1], intercept=[0]), step("sigmoid")), 2),
        ((THREE_LINES, "2 1 0", step("softmax")), 3),
        ((step("svc", kernel=[0], **SVC), step("linear", coefficients=[1], intercept=[0])), 1),
        ((step("softmax"), ONE_LINE), 1),
        ((FOREST_OF_TWO, "0", CALIBRATED), 2),
        ((FOREST_OF_TWO, "1"), 1),
        ((step("constant", values=[0.25, 0.75]),), 2),
    ],
)
def test_a_chain_that_no_compiler_makes_is_not_explained(
    chain: tuple[Any, ...], outputs: int
) -> None:
    made = [
        step("gather", inputs=[int(i) for i in one.split()]) if isinstance(one, str) else one
        for one in chain
    ]
    program = make_program(*made, outputs=outputs)
    assert write_program(program)
    assert "no exact explanation" in refuse(program, [2.0, 1.0])


@pytest.mark.parametrize(
    ("chain", "outputs", "score", "of"),
    [
        ((FOREST_OF_TWO, "1", CALIBRATED), 2, 0.25, "probability of 'class 1', before calibration"),
        ((ONE_LINE, CALIBRATED), 2, 4.0, "log-odds of 'class 1', before calibration"),
        ((THREE_LINES, step("softmax")), 3, 4.0, "log-odds of 'class 0'"),
        (
            (THREE_LINES, step("calibrate_sigmoid", slope=[1, 1, 1], offset=[0, 0, 0])),
            3,
            4.0,
            "log-odds of 'class 0', before calibration",
        ),
    ],
)
def test_what_is_explained_is_the_score_before_link_and_calibration(
    chain: tuple[Any, ...], outputs: int, score: float, of: str
) -> None:
    made = [step("gather", inputs=[1]) if one == "1" else one for one in chain]
    found = build_explainer(make_program(*made, outputs=outputs))([2.0, 1.0], 0)
    assert found.score == pytest.approx(score)
    assert found.of == of


@pytest.mark.parametrize("far", [1.7e308, -1.7e308, math.inf, math.nan])
def test_an_explanation_that_is_no_finite_number_is_refused(far: float) -> None:
    program = make_program(step("linear", coefficients=[10, 1], intercept=[0]), outputs=1)
    assert "no finite number" in refuse(program, [far, 0.0])
    # Each is finite, and their sum is not.
    both = make_program(step("linear", coefficients=[1, 1], intercept=[0]), outputs=1)
    assert "no finite number" in refuse(both, [far, far])


@pytest.mark.parametrize("kind", ["boosted", "boosted32"])
@pytest.mark.parametrize("threshold", [1.0, math.inf, -math.inf])
@pytest.mark.parametrize("value", [-math.inf, -1e300, -1.0, 1e300, math.inf, math.nan])
def test_values_beyond_all_thresholds_go_a_way_too(
    kind: Any, threshold: float, value: float
) -> None:
    program = make_program(step(kind, **{**BOOSTED, "threshold": [threshold, 0.25]}), outputs=1)
    found = build_explainer(program)([value, 0.0], 0)
    assert found.score == pytest.approx(build_value_scorer(program)([value, 0.0])[0], abs=1e-12)


def test_a_model_too_large_to_explain_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program(step("boosted", **BOOSTED), outputs=1)
    # Two inner nodes and two roots: four leaves; one of them asks for x0, two for x0 and x1.
    work = 4 * 20 + (3 + 20) + 2 * (6 + 40)
    assert count_work(find_arrays(program, 0), work) == work
    monkeypatch.setattr(explaining, "MOST_WORK", work)
    assert build_explainer(program)([0.0, 0.0], 0)
    monkeypatch.setattr(explaining, "MOST_WORK", work - 1)
    assert f"4 leaves; an explanation would take {work} steps" in refuse(program, [0.0, 0.0])
    monkeypatch.setattr(explaining, "MOST_WORK", 79)
    assert "would take 80 steps" in refuse(program, [0.0, 0.0])


def test_the_work_of_a_legal_chain_of_splits_is_counted_without_making_its_paths() -> None:
    """Its paths would be 4,000 conditions long each: gigabytes of them."""
    nodes = 4_000
    chain: dict[str, list[float]] = {
        "roots": [0],
        "split_feature": list(range(nodes)),
        "left": [~i for i in range(nodes)],
        "right": [*range(1, nodes), ~nodes],
    }
    trees: dict[str, list[float]] = {
        "threshold": [0.0] * nodes,
        "missing_left": [0] * nodes,
        "node_cover": [1.0] * nodes,
        "leaf_cover": [1.0] * (nodes + 1),
        "leaf_values": [1.0] * (nodes + 1),
        "tree_output": [0],
        "baseline": [0.0],
    }
    wide = step("gather", inputs=[0] * nodes)
    program = make_program(wide, step("boosted", **chain, **trees), outputs=1)
    tracemalloc.start()
    assert "at most 5,000,000 are taken" in refuse(program, [0.0, 0.0])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**21


def test_a_refusal_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "MOST_WORK", 3)
    explain = build_case_explainer(make_program(step("boosted", **BOOSTED), outputs=1))
    monkeypatch.undo()
    for _ in range(2):
        with pytest.raises(InvalidRequestError) as refused:
            explain([{"x0": 1.0, "x1": 2.0}], [1.0])
        assert "4 leaves" in str(refused.value.problems)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 20, 64])
def test_the_rule_of_so_many_points_is_exact_up_to_its_degree(count: int) -> None:
    points = find_points(count)
    for degree in range(2 * count):
        assert sum(w * t**degree for t, w in points) == pytest.approx(1 / (degree + 1), rel=1e-12)


def test_a_node_that_no_training_row_came_by_parts_evenly() -> None:
    empty = {**BOOSTED, **TREES, "node_cover": [0, 0], "leaf_cover": [0, 0, 0, 0]}
    found = build_explainer(make_program(step("boosted", **empty), outputs=1))([0.0, 0.0], 0)
    assert found.base == pytest.approx(0.125 + 0.5 * -1 + 0.25 * 0.5 + 0.25 * 2 + 0.25)
