"""Cross-validation folds keep apart what the recipe's split keeps apart."""

from dataclasses import replace

import numpy as np
import pytest

from dropcast.recipe import GroupSplit, TimeSplit
from dropcast.training.fit.folds import FOLDS, make_folds
from tests.training.test_split import DAY, RULES, make_days, make_rows


@pytest.mark.parametrize("name", ["stratified", "group"])
def test_every_row_is_validated_once_and_never_by_its_own_model(name: str) -> None:
    rows = make_rows(500, distinct=400)
    folds = make_folds(RULES[name], rows, labels=2, seed=3)
    assert sorted(np.concatenate([validated for _, validated in folds]).tolist()) == [*range(500)]
    for fitted, validated in folds:
        assert sorted([*fitted, *validated]) == [*range(500)]


def test_equal_rows_are_in_one_fold() -> None:
    rows = make_rows(1000, distinct=900)
    for fitted, validated in make_folds(RULES["stratified"], rows, labels=2, seed=3):
        assert not set(rows.row_id[fitted].tolist()) & set(rows.row_id[validated].tolist())


def test_the_classes_are_spread_evenly() -> None:
    rows = replace(make_rows(1003), target=(np.arange(1003) < 103).astype(np.int64))
    assert rows.target is not None
    folds = make_folds(RULES["stratified"], rows, labels=2, seed=3)
    assert sorted(int(rows.target[validated].sum()) for _, validated in folds) == [
        20,
        20,
        21,
        21,
        21,
    ]
    assert sorted(len(validated) for _, validated in folds) == [200, 200, 201, 201, 201]


def test_a_group_is_in_one_fold_and_the_folds_are_of_a_size() -> None:
    rows = make_rows(1000)
    assert rows.group_id is not None
    folds = make_folds(
        GroupSplit(column="artist", test_fraction=0.3, seed=1), rows, labels=2, seed=3
    )
    for fitted, validated in folds:
        assert not set(rows.group_id[fitted].tolist()) & set(rows.group_id[validated].tolist())
        assert 170 < len(validated) < 230


def test_a_fold_of_time_is_validated_by_a_model_of_earlier_rows() -> None:
    rows = make_rows(600)
    assert rows.observed_at is not None
    folds = make_folds(TimeSplit(column="played_at", test_fraction=0.3), rows, labels=2, seed=3)
    assert len(folds) == FOLDS
    for fitted, validated in folds:
        assert rows.observed_at[fitted].max() < rows.observed_at[validated].min()
        assert 90 < len(validated) < 110


def test_folds_follow_the_seed() -> None:
    rows = make_rows(300)
    first, again, other = (
        make_folds(RULES["stratified"], rows, labels=2, seed=seed) for seed in (1, 1, 2)
    )
    assert [f.tolist() for _, f in first] == [f.tolist() for _, f in again]
    assert [f.tolist() for _, f in first] != [f.tolist() for _, f in other]


def test_a_fold_of_time_keeps_the_gap_and_the_lag_of_labels() -> None:
    rows = make_days(120)
    assert rows.observed_at is not None
    rule = TimeSplit(column="played_at", test_fraction=0.3, gap_days=3, maturity_days=7)
    for fitted, validated in make_folds(rule, rows, labels=2, seed=1):
        between = rows.observed_at[validated].min() - rows.observed_at[fitted].max()
        assert between == 8 * DAY
