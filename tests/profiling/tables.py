"""Small made-up tables, as files and as the plans that are guessed from them."""

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dropcast.profiling import DatasetPlan, plan_dataset, read_table
from dropcast.profiling.roles import ColumnRole

ROWS = 400
Column = Sequence[object]


def draw(make: Callable[[random.Random, int], object], seed: int = 1) -> list[object]:
    """Return a column of 400 drawn values."""
    chance = random.Random(seed)
    return [make(chance, number) for number in range(ROWS)]


# Columns that say nothing of one another.
YES_NO = draw(lambda chance, _: chance.choice(("yes", "no")), seed=11)
AGES = draw(lambda chance, _: chance.randint(18, 79), seed=12)
SHARES = draw(lambda chance, _: round(chance.random(), 4), seed=13)
CUSTOMERS = draw(lambda chance, _: f"C{chance.randrange(90):03}", seed=14)
DAYS = draw(
    lambda chance, _: f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}", seed=15
)


def write_table(path: Path, columns: Mapping[str, Column], delimiter: str = ",") -> Path:
    """Write columns as a file and return its path."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def plan_table(
    folder: Path, columns: Mapping[str, Column], target: str = "answer", delimiter: str = ","
) -> DatasetPlan:
    """Return what is guessed from columns."""
    path = write_table(folder / "table.csv", columns, delimiter)
    return plan_dataset(read_table(path), dataset="made_up", target=target)


def find_role(plan: DatasetPlan, name: str) -> ColumnRole:
    """Return what one column was taken for."""
    (role,) = [role for role in plan.roles if role.facts.name == name]
    return role
