"""Against the champion: on which rows, and what is said where the two cannot be compared."""

from dataclasses import replace

import numpy as np
import pytest

from dropcast.recipe import GroupSplit, Recipe, StratifiedSplit, TimeSplit
from dropcast.training.judge import ChampionModel, Comparison
from dropcast.training.judge.comparison import compare_with_champion
from dropcast.training.measure import ScoredRows, measure, pair_predictions
from dropcast.training.rows import FeatureRows, Floats, take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test
from tests.training.test_split import DAY, MIXED, SONGS_WITH_TIMES

BY_ROW = StratifiedSplit(test_fraction=0.3, seed=1, mixes=MIXED)
BY_TIME = TimeSplit(column="played_at", test_days=29.0)


def make_rows(count: int) -> FeatureRows:
    """Return a row a day, the classes in turn; the feature predicts them in part."""
    generator = np.random.default_rng(1)
    classes = np.arange(count) % 2
    return FeatureRows(
        names=("x",),
        values=(classes + generator.normal(size=count))[:, np.newaxis],
        row_id=generator.integers(0, 2**63, count).astype(np.uint64),
        target=classes,
        group_id=generator.integers(0, count // 5, count).astype(np.uint64),
        observed_at=np.arange(count) * DAY,
    )


def answer(rows: FeatureRows, shift: float) -> Floats:
    """Return the predictions of a logistic model of the feature, (n, 2)."""
    positive = 1 / (1 + np.exp(shift - rows.values[:, 0]))
    return np.column_stack([1 - positive, positive])


def compare(
    rule: StratifiedSplit | GroupSplit | TimeSplit,
    *,
    then: FeatureRows,
    now: FeatureRows,
    champion_split: SplitRecord | None = None,
    same: bool = False,
    alike: bool = True,
) -> Comparison:
    """Compare a model of the rows of now with a champion of the rows of then."""
    recipe: Recipe = replace(SONGS_WITH_TIMES, split=rule)
    test = take_rows(now, select_test(plan_split(recipe, now), now))

    def score(rows: FeatureRows) -> ScoredRows:
        return pair_predictions("binary", rows, answer(rows, 3.0), naive_error=None)

    return compare_with_champion(
        ChampionModel(model="old", program=b"", split=champion_split or plan_split(recipe, then)),
        recipe=recipe,
        same=same,
        alike=alike,
        test=test,
        ours=pair_predictions("binary", test, answer(test, 0.5), naive_error=None),
        score=score,
        rule=rule,
        seed=1,
    )


def test_rows_later_than_all_the_champion_saw_are_new_to_it() -> None:
    rows = make_rows(200)
    found = compare(BY_TIME, then=take_rows(rows, np.arange(150)), now=rows)
    assert found.difference is not None, found.reason
    assert found.rows == 30


def test_rows_that_the_champion_was_trained_on_are_not_new_to_it() -> None:
    """The champion was trained up to day 120; of the test rows 110 to 139, 20 are later."""
    rows = make_rows(150)
    found = compare(BY_TIME, then=rows, now=take_rows(rows, np.arange(140)))
    assert found.rows == 20


def test_rows_within_the_champions_gap_are_not_new_to_it() -> None:
    """Its last labels look into them. Champion: trained to day 110, test rows from day 120."""
    rows = make_rows(150)
    rule = replace(BY_TIME, gap_days=9.0)
    found = compare(rule, then=rows, now=take_rows(rows, np.arange(140)))
    assert found.rows == 20


@pytest.mark.parametrize(
    "rule",
    [BY_ROW, GroupSplit(column="artist", test_fraction=0.3, seed=1, mixes=MIXED)],
    ids=["row", "group"],
)
def test_by_hash_the_rows_of_both_test_sides_are_compared(
    rule: StratifiedSplit | GroupSplit,
) -> None:
    rows = make_rows(400)
    recipe = replace(SONGS_WITH_TIMES, split=rule)
    champion = plan_split(replace(recipe, split=replace(rule, test_fraction=0.2)), rows)
    both = select_test(champion, rows) & select_test(plan_split(recipe, rows), rows)
    found = compare(rule, then=rows, now=rows, champion_split=champion)
    assert found.rows == both.sum() > 60


def test_the_difference_is_the_models_figure_minus_the_champions() -> None:
    rows = make_rows(200)
    found = compare(BY_ROW, then=rows, now=rows)
    assert found.difference is not None
    metric = SONGS_WITH_TIMES.gate.metric
    test = take_rows(
        rows, select_test(plan_split(replace(SONGS_WITH_TIMES, split=BY_ROW), rows), rows)
    )
    ours, theirs = (
        float(
            measure(
                metric, pair_predictions("binary", test, answer(test, shift), naive_error=None)
            )[0]
        )
        for shift in (0.5, 3.0)
    )
    assert found.difference.value == pytest.approx(ours - theirs, abs=1e-12)
    assert (found.reason, found.blocks) == (None, False)


def test_too_few_new_rows_of_a_class_block_the_model() -> None:
    rows = make_rows(150)
    found = compare(BY_TIME, then=rows, now=take_rows(rows, np.arange(138)))
    assert (found.difference, found.rows, found.blocks) == (None, 18, True)
    assert found.reason == ("only 18 of the test rows are new to the champion, too few of a class")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"same": True}, "the champion is this same model"),
        ({"alike": False}, "the champion reads other features"),
        (
            {"champion_split": SplitRecord(rule=BY_ROW)},
            "the champion's rows were split by another rule",
        ),
    ],
    ids=["same", "features", "rule"],
)
def test_what_cannot_be_compared_is_said_and_does_not_block(
    changed: dict[str, object], reason: str
) -> None:
    rows = make_rows(150)
    found = compare(BY_TIME, then=rows, now=rows, **changed)  # type: ignore[arg-type] # one table
    assert (found.difference, found.reason, found.blocks) == (None, reason, False)
