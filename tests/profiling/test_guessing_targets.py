from pathlib import Path

import pytest

from dropcast.profiling import ProfileError
from tests.profiling.tables import AGES, ROWS, SHARES, YES_NO, Column, draw, plan_table

BASE: dict[str, Column] = {"age": AGES, "share": SHARES}


def choose(*values: object) -> Column:
    return draw(lambda chance, _: chance.choice(values), seed=21)


@pytest.mark.parametrize(
    ("column", "expression", "labels"),
    [
        (YES_NO, 'col("answer")', ("not answer", "answer")),
        (choose(0, 1), 'col("answer")', ("answer 0", "answer 1")),
        (choose(1, 2), 'col("answer").equals(2)', ("answer 1", "answer 2")),
        (choose("open", "paid"), 'col("answer").is_in("paid")', ("open", "paid")),
        (choose("ham", "ham", "spam"), 'col("answer").is_in("spam")', ("ham", "spam")),
        (choose("no", "Yes", "YES "), 'col("answer")', ("not answer", "answer")),
        (choose("lost", "Won", "won"), 'col("answer").is_in("Won", "won")', ("lost", "Won")),
        (
            choose("c", "a", "b"),
            'col("answer").is_in("b") + 2 * col("answer").is_in("c")',
            ("a", "b", "c"),
        ),
        (choose(0, 1, 2), 'col("answer")', ("answer 0", "answer 1", "answer 2")),
        (
            choose(1, 2, 5),
            'col("answer").equals(2) + 2 * col("answer").equals(5)',
            ("answer 1", "answer 2", "answer 5"),
        ),
        (choose(*range(40)), 'col("answer")', ()),
        (choose(0.5, 1.5, 2.5), 'col("answer")', ()),
    ],
)
def test_a_target_becomes_classes_or_an_amount(
    tmp_path: Path, column: Column, expression: str, labels: tuple[str, ...]
) -> None:
    target = plan_table(tmp_path, {**BASE, "answer": column}).target
    assert (target.expression, target.labels) == (expression, labels)


@pytest.mark.parametrize(
    ("column", "metric", "required"),
    [
        (choose("open", "paid"), "roc_auc", "roc_auc"),
        (choose(*["no"] * 14, "yes"), "average_precision", "roc_auc"),
        (choose("a", "b", "c"), "macro_f1", "macro_f1"),
        (choose(*range(40)), "mae", "r2"),
    ],
)
def test_the_gate_measures_what_the_target_is(
    tmp_path: Path, column: Column, metric: str, required: str
) -> None:
    gate = plan_table(tmp_path, {**BASE, "answer": column}).gate
    assert (gate.metric, gate.required) == (metric, required)


def test_the_target_is_found_by_its_header_or_by_its_name(tmp_path: Path) -> None:
    for target in ("Has Paid?", "has_paid"):
        plan = plan_table(tmp_path, {**BASE, "Has Paid?": YES_NO}, target=target)
        assert plan.target.facts.name == "has_paid"


@pytest.mark.parametrize(
    ("columns", "target", "said"),
    [
        ({"answer": YES_NO}, "anser", "did you mean 'answer'"),
        ({"answer": ["yes"] * ROWS}, "answer", "same value in every row"),
        ({"answer": ["Yes ", "YES"] * 200}, "answer", "same value in every row"),
        ({"answer": ["Open", "open"] * 200}, "answer", "one text only"),
        ({"answer": [*[""] * 390, *YES_NO[:10]]}, "answer", "missing in 390 of 400"),
        ({"answer": [*["no"] * 390, *["yes"] * 10]}, "answer", "'answer' 10"),
        ({"answer": [*["a"] * 390, *["b"] * 10]}, "answer", "'b' 10"),
        ({"answer": [f"t{n % 50}" for n in range(ROWS)]}, "answer", "50 different texts"),
        ({"answer": [f"{n},5" for n in range(ROWS)]}, "answer", "plain numbers with a point"),
        ({"answer": ["2024-01-01", "2024-01-02"] * 200}, "answer", "is a time"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_with_place_and_remedy(
    tmp_path: Path, columns: dict[str, Column], target: str, said: str
) -> None:
    with pytest.raises(ProfileError, match=said) as refused:
        plan_table(tmp_path, {**BASE, **columns}, target=target)
    assert str(tmp_path / "table.csv") in str(refused.value)
    assert ";" in str(refused.value)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    few: dict[str, Column] = {"answer": YES_NO[:50], "age": AGES[:50], "share": SHARES[:50]}
    with pytest.raises(ProfileError, match="50 different whole rows"):
        plan_table(tmp_path, few)
