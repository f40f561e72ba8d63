"""The split: planned from a hash, recorded, and the same for a row wherever it stands."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import DocumentError, TooFewRowsError
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.recipe import (
    GroupSplit,
    Recipe,
    StratifiedSplit,
    Target,
    TimeSplit,
    col,
    text,
    timestamp,
)
from dropcast.recipes import find_recipe
from dropcast.training.rows import FeatureRows, take_rows
from dropcast.training.split import (
    SplitRecord,
    have_same_identity,
    plan_split,
    select_test,
    select_train,
)

Rule = StratifiedSplit | GroupSplit | TimeSplit
DAY = 86_400_000_000
SONGS = find_recipe("spotify_preference")
SONGS_WITH_TIMES = replace(
    SONGS,
    columns=(
        *(column for column in SONGS.columns if column.name != "artist"),
        text("artist"),
        timestamp("played_at", formats=("%Y",)),
    ),
    split=None,
    entities=(),
)
MIXED = ("played_at",)
SEEDS = st.integers(0, 2**64 - 1)
RULES: dict[str, Rule] = {
    "stratified": StratifiedSplit(test_fraction=0.3, seed=7, mixes=MIXED),
    "group": GroupSplit(column="artist", test_fraction=0.3, seed=7, mixes=MIXED),
    "time": TimeSplit(column="played_at", test_fraction=0.3),
}


def split_by(rule: Rule, labels: tuple[str, ...] = ("no", "yes")) -> Recipe:
    """Return a recipe with this rule and these labels."""
    target = Target(expression=col("target"), labels=labels)
    return replace(SONGS_WITH_TIMES, split=rule, target=target)


def by_row(seed: int) -> StratifiedSplit:
    return StratifiedSplit(test_fraction=0.3, seed=seed, mixes=MIXED)


def make_rows(count: int, *, seed: int = 0, distinct: int | None = None) -> FeatureRows:
    """Return rows of one feature; ``distinct`` row ids, groups of about five, an instant each."""
    generator = np.random.default_rng(seed)
    identities = generator.integers(0, 2**63, size=distinct or count).astype(np.uint64)
    row_id = identities[generator.integers(0, len(identities), count)] if distinct else identities
    return FeatureRows(
        names=("x",),
        values=row_id.astype(np.float64)[:, np.newaxis],
        row_id=row_id,
        target=generator.integers(0, 2, count),
        group_id=generator.integers(0, count // 5 + 1, count).astype(np.uint64),
        observed_at=generator.integers(0, 10 * count, count),
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_about_the_asked_share_of_the_rows_is_test_rows(rule: Rule) -> None:
    rows = make_rows(2000)
    record = plan_split(split_by(rule), rows)
    assert 0.3 <= select_test(record, rows).mean() < 0.31
    assert sum(record.test_classes) == select_test(record, rows).sum()
    assert sum(record.train_classes) + sum(record.test_classes) == 2000


def test_a_stratified_split_takes_the_share_of_each_class() -> None:
    rows = make_rows(1000)
    assert rows.target is not None
    rare = replace(rows, target=(np.arange(1000) < 101).astype(np.int64))
    record = plan_split(split_by(StratifiedSplit(test_fraction=0.1, seed=1, mixes=MIXED)), rare)
    assert record.test_classes == (90, 11)


@given(seed=SEEDS, order_seed=st.integers(0, 2**32), rule=st.sampled_from(sorted(RULES)))
def test_the_order_of_the_rows_does_not_matter(seed: int, order_seed: int, rule: str) -> None:
    rows = make_rows(200, distinct=150, seed=order_seed)
    order = np.random.default_rng(order_seed).permutation(200)
    rule_drawn = RULES[rule]
    if not isinstance(rule_drawn, TimeSplit):
        rule_drawn = replace(rule_drawn, seed=seed)
    record = plan_split(split_by(rule_drawn), rows)
    shuffled = take_rows(rows, order)
    assert plan_split(split_by(rule_drawn), shuffled) == record
    assert (select_test(record, shuffled) == select_test(record, rows)[order]).all()


@given(seed=SEEDS, data_seed=st.integers(0, 2**32))
def test_equal_feature_rows_are_on_one_side_whatever_their_class(seed: int, data_seed: int) -> None:
    rows = make_rows(300, distinct=100, seed=data_seed)
    test = select_test(plan_split(split_by(by_row(seed)), rows), rows)
    assert not set(rows.row_id[test].tolist()) & set(rows.row_id[~test].tolist())


def test_a_row_between_the_cuts_that_has_both_classes_is_recorded() -> None:
    records = [
        plan_split(
            split_by(by_row(seed)),
            make_rows(300, distinct=60),
        )
        for seed in range(20)
    ]
    assert any(record.contested for record in records)


@given(seed=SEEDS, data_seed=st.integers(0, 2**32))
def test_a_group_is_on_one_side(seed: int, data_seed: int) -> None:
    rows = make_rows(300, seed=data_seed)
    rule = GroupSplit(column="artist", test_fraction=0.3, seed=seed, mixes=MIXED)
    test = select_test(plan_split(split_by(rule), rows), rows)
    assert rows.group_id is not None
    assert not set(rows.group_id[test].tolist()) & set(rows.group_id[~test].tolist())


def test_rows_of_one_instant_are_test_rows_together_and_later_than_all_others() -> None:
    rows = replace(make_rows(300), observed_at=np.arange(300) // 50)
    record = plan_split(split_by(TimeSplit(column="played_at", test_fraction=0.2)), rows)
    test = select_test(record, rows)
    assert record.test_span == (4, 5)
    assert record.train_span[1] == 3
    assert rows.observed_at is not None
    assert rows.observed_at[~test].max() < rows.observed_at[test].min()


def test_another_seed_chooses_other_rows() -> None:
    rows = make_rows(1000)
    first, second = (
        select_test(
            plan_split(split_by(by_row(s)), rows),
            rows,
        )
        for s in (1, 2)
    )
    assert 0.05 < (first & second).mean() < 0.13


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_row_keeps_its_side_under_a_record_when_rows_are_added(rule: Rule) -> None:
    many = make_rows(2000, distinct=1500)
    few = take_rows(many, np.arange(2000) % 3 > 0)
    record = plan_split(split_by(rule), few)
    assert (select_test(record, many)[np.arange(2000) % 3 > 0] == select_test(record, few)).all()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_record_survives_json(rule: Rule) -> None:
    record = plan_split(split_by(rule), make_rows(300, distinct=60))
    assert from_document(SplitRecord, to_document(record)) == record


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_too_few_rows_of_a_class_are_refused(rule: Rule) -> None:
    rows = make_rows(200)
    one_class = replace(rows, target=np.zeros(200, dtype=np.int64))
    scarce = replace(rows, target=(np.arange(200) < 21).astype(np.int64))
    with pytest.raises(TooFewRowsError, match="'no' 200, 'yes' 0"):
        plan_split(split_by(rule), one_class)
    with pytest.raises(TooFewRowsError, match="at least 10"):
        plan_split(split_by(rule), scarce)


def test_a_split_says_which_column_it_lacks() -> None:
    rows = replace(make_rows(300), group_id=None, observed_at=None)
    with pytest.raises(DocumentError, match="_group_id"):
        plan_split(split_by(RULES["group"]), rows)
    with pytest.raises(DocumentError, match="_observed_at"):
        plan_split(split_by(RULES["time"]), rows)
    with pytest.raises(DocumentError, match="no target"):
        plan_split(split_by(RULES["stratified"]), replace(rows, target=None))


def test_records_can_be_asked_about_rows_of_the_same_kind_only() -> None:
    stratified, group, time = RULES.values()
    assert have_same_identity(stratified, StratifiedSplit(test_fraction=0.1, seed=9))
    assert not have_same_identity(stratified, time)
    assert not have_same_identity(
        group, GroupSplit(column="album", test_fraction=0.3, seed=7, mixes=MIXED)
    )


def make_days(count: int) -> FeatureRows:
    """Return one row a day, the classes in turn."""
    return replace(
        make_rows(count),
        observed_at=np.arange(count) * DAY,
        target=np.arange(count) % 2,
    )


def list_days(record: SplitRecord, rows: FeatureRows) -> tuple[list[int], list[int]]:
    """Return the days of the training rows and of the test rows."""
    days = np.arange(len(rows))
    train, test = select_train(record, rows), select_test(record, rows)
    assert not (train & test).any()
    return days[train].tolist(), days[test].tolist()


@pytest.mark.parametrize(
    ("rule", "train", "test"),
    [
        ({"test_days": 30.0}, range(69), range(69, 100)),
        ({"test_fraction": 0.3}, range(70), range(70, 100)),
        ({"test_fraction": 0.3, "gap_days": 5.0}, range(65), range(70, 100)),
        ({"test_days": 30.0, "maturity_days": 10.0}, range(49), range(59, 90)),
        ({"test_days": 30.0, "window_days": 60.0}, range(39, 69), range(69, 100)),
        ({"test_fraction": 0.5, "window_days": 39.0}, range(60, 80), range(80, 100)),
    ],
)
def test_a_split_by_time_leaves_out_what_would_not_have_been_known(
    rule: dict[str, float], train: range, test: range
) -> None:
    rows = make_days(100)
    record = plan_split(split_by(TimeSplit(column="played_at", **rule)), rows)
    assert list_days(record, rows) == (list(train), list(test))
    assert sum(record.train_classes) == len(train)
    assert sum(record.test_classes) == len(test)


def test_rows_that_are_all_too_young_are_reported() -> None:
    rule = TimeSplit(column="played_at", test_days=5, maturity_days=400)
    with pytest.raises(TooFewRowsError, match="drop older rows"):
        plan_split(split_by(rule), make_days(100))


def test_three_classes_each_give_their_share() -> None:
    rows = replace(make_rows(1000), target=np.arange(1000) % 3)
    rule = StratifiedSplit(test_fraction=0.3, seed=1, mixes=MIXED)
    record = plan_split(split_by(rule, ("low", "medium", "high")), rows)
    assert record.test_classes == (101, 100, 100)
    assert record.train_classes == (233, 233, 233)


def test_a_regression_is_split_by_its_rows_and_remembers_what_the_dummy_needs() -> None:
    generator = np.random.default_rng(0)
    base = generator.uniform(1, 2, 200)
    rows = replace(make_days(200), target=base + 0.5, base=base)
    rule = TimeSplit(column="reported_on", test_fraction=0.2)
    record = plan_split(replace(find_recipe("sipsa_prices"), split=rule), rows)
    train = select_train(record, rows)
    assert (record.train_classes, record.test_classes) == ((160,), (40,))
    assert record.naive_error == pytest.approx(0.5)
    assert record.train_mean == pytest.approx((base + 0.5)[train].mean())
