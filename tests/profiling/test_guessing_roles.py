import random
from pathlib import Path
from typing import Any

import pytest

from dropcast.profiling import DatasetPlan, ProfileError
from dropcast.profiling.rendering import render_recipe
from tests.profiling.tables import (
    AGES,
    CUSTOMERS,
    DAYS,
    ROWS,
    SHARES,
    YES_NO,
    Column,
    draw,
    find_role,
    plan_table,
)

BASE: dict[str, Column] = {"answer": YES_NO, "age": AGES, "share": SHARES}
GAPS = ["" if number % 3 else number for number in range(ROWS)]


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("Order ID", [f"A-{number}" for number in range(ROWS)], "names a row"),
        ("counter", list(range(100, 100 + ROWS)), "names a row"),
        ("row_number", random.Random(2).sample(range(10**6), ROWS), "names a row"),
        ("constant", ["same"] * ROWS, "same value"),
        ("empty", [""] * ROWS, "no value"),
        ("sparse", GAPS, "More than half"),
        ("copy", YES_NO, "tells the target"),
        ("code", [7 if value == "yes" else 3 for value in YES_NO], "tells the target"),
        ("grown", [900 + n if v == "yes" else n for n, v in enumerate(YES_NO)], "tells the target"),
        ("closed", ["x" if value == "yes" else "" for value in YES_NO], "tells the target"),
        ("note", draw(lambda chance, _: f"note {chance.randrange(300)}"), "too rare"),
    ],
)
def test_a_column_that_teaches_nothing_is_not_used_and_can_cost_no_row(
    tmp_path: Path, name: str, column: Column, why: str
) -> None:
    plan = plan_table(tmp_path, {**BASE, name: column})
    role = find_role(plan, name.casefold().replace(" ", "_"))
    assert role.role == "unused"
    if name != "closed":
        assert why in role.why
    assert [feature.column for feature in plan.features] == ["age", "share"]


def test_columns_that_only_help_are_features(tmp_path: Path) -> None:
    chance = random.Random(3)
    hints = [value if chance.random() < 0.8 else "no" for value in YES_NO]
    plan = plan_table(tmp_path, {**BASE, "hint": hints, "price": draw(lambda c, _: c.random())})
    assert [feature.column for feature in plan.features] == ["age", "share", "hint", "price"]


@pytest.mark.parametrize(
    ("columns", "split"),
    [
        ({}, "StratifiedSplit(test_fraction=0.3"),
        ({"customer": CUSTOMERS}, 'GroupSplit(column="customer"'),
        ({"day": DAYS}, 'TimeSplit(column="day"'),
        ({"customer": CUSTOMERS, "day": DAYS}, 'TimeSplit(column="day"'),
        ({"birth_date": DAYS}, "StratifiedSplit"),
        ({"updated_on": DAYS, "opened_on": DAYS}, 'TimeSplit(column="opened_on"'),
        ({"day": ["", "", *DAYS[2:]]}, 'TimeSplit(column="day"'),
        ({"day": [*[""] * 40, *DAYS[40:]]}, "StratifiedSplit"),
        ({"day": ["2024-01-01", "2024-01-02"] * 200}, "StratifiedSplit"),
        ({"country": draw(lambda c, _: c.choice(("CO", "ES", "MX")))}, "StratifiedSplit"),
        ({"customer": ["C1"] * 300 + CUSTOMERS[:100]}, "StratifiedSplit"),
        ({"user_id": draw(lambda c, _: c.randrange(90))}, 'GroupSplit(column="user_id"'),
        (
            {"song": [f"s{n // 2}" for n in range(ROWS)], "artist": CUSTOMERS},
            'GroupSplit(column="artist"',
        ),
    ],
)
def test_the_split_is_by_time_then_by_entity_then_by_class(
    tmp_path: Path, columns: dict[str, Column], split: str
) -> None:
    assert plan_table(tmp_path, {**BASE, **columns}).split.startswith(split)


def test_an_outcome_that_only_old_rows_have_is_not_tested_by_time(tmp_path: Path) -> None:
    days = [
        f"{2020 if value == 'yes' else 2024}{str(day)[4:]}"
        for value, day in zip(YES_NO, DAYS, strict=True)
    ]
    assert plan_table(tmp_path, {**BASE, "day": days}).split.startswith("StratifiedSplit")


def test_what_is_the_same_in_all_rows_of_an_entity_is_no_leak(tmp_path: Path) -> None:
    chance = random.Random(5)
    people = [(f"P{n}", chance.random(), chance.choice(("yes", "no"))) for n in range(150)]
    rows = [people[number % 150] for number in range(1_500)]
    person, income, answer = zip(*rows, strict=True)
    repeated: dict[str, Column] = {"patient": person, "income": income, "answer": answer}
    plan = plan_table(tmp_path, {**repeated, "n": [chance.random() for _ in rows]})
    assert plan.split.startswith('GroupSplit(column="patient"')
    assert find_role(plan, "income").role == "feature"


def test_a_function_of_an_amount_is_a_leak_and_a_hint_of_it_is_not(tmp_path: Path) -> None:
    amounts = draw(lambda chance, _: round(chance.uniform(0, 1000), 2), seed=8)
    doubled = [2 * float(str(amount)) + 1 for amount in amounts]
    hinting = [float(str(a)) + 90 * float(str(s)) for a, s in zip(amounts, SHARES, strict=True)]
    columns: dict[str, Column] = {"answer": amounts, "doubled": doubled, "hinting": hinting}
    plan = plan_table(tmp_path, columns)
    assert find_role(plan, "doubled").role == "unused"
    assert find_role(plan, "hinting").role == "feature"


def test_features_follow_kind_gaps_and_number_of_values(tmp_path: Path) -> None:
    cities = draw(lambda chance, _: f"City {chance.randrange(40)}")
    plan = plan_table(
        tmp_path,
        {
            "answer": YES_NO,
            "age": ["" if number % 9 == 0 else age for number, age in enumerate(AGES)],
            "income": draw(lambda chance, _: round(10 ** chance.uniform(0, 6), 2)),
            "city": cities,
            "channel": draw(lambda chance, _: chance.choice(("web", "Web", "shop"))),
            "day": DAYS,
        },
    )
    assert [feature.source for feature in plan.features] == [
        'Feature("age", col("age"), fill="median")',
        'Feature("log_income", col("income").log1p())',
        'Feature("city", col("city").clean(), encoding="target_mean")',
        'Feature("channel", col("channel").clean(), encoding="one_hot")',
        '*cyclic("day_weekday", col("day").weekday(), 7)',
    ]


def test_a_file_whose_columns_all_teach_nothing_is_refused_with_each_reason(tmp_path: Path) -> None:
    columns: dict[str, Column] = {"answer": YES_NO, "same": [1] * ROWS, "id": list(range(ROWS))}
    with pytest.raises(ProfileError, match="no other column can be a feature") as refused:
        plan_table(tmp_path, columns)
    assert "same: Not used. It has the same value" in str(refused.value)


def test_entities_too_few_to_keep_apart_are_named_as_mixed(tmp_path: Path) -> None:
    answers = [
        "yes" if customer in {"C001", "C002", "C003", "C004", "C005", "C006"} else "no"
        for customer in CUSTOMERS
    ]
    plan = plan_table(tmp_path, {**BASE, "answer": answers, "customer": CUSTOMERS})
    assert plan.split.endswith('mixes=("customer",))')
    assert plan.entities == ("customer",)
    assert '("customer") is met in too few' in plan.split_why
    recipe = make_recipe(plan)
    assert recipe.split_rule.mixes == recipe.entities == ("customer",)


def test_entities_beside_the_group_are_named_as_mixed(tmp_path: Path) -> None:
    products = draw(lambda chance, _: f"P{chance.randrange(60):03}", seed=44)
    columns = {**BASE, "answer": YES_NO, "customer": CUSTOMERS, "product_id": products}
    plan = plan_table(tmp_path, columns)
    assert plan.split_why.endswith('Others ("customer") stand on both sides.')
    recipe = make_recipe(plan)
    assert recipe.split_rule.column == "product_id"
    assert recipe.split_rule.mixes == ("customer",)
    assert recipe.entities == ("customer", "product_id")


def make_recipe(plan: DatasetPlan) -> Any:
    """Return the recipe that `make new` would write."""
    made: dict[str, Any] = {}
    exec(render_recipe(plan), made)  # noqa: S102 - our own source
    return made["RECIPE"]
