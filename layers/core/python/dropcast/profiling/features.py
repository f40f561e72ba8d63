"""What a model sees of each column, as the vocabulary's source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from dropcast.profiling.roles import ColumnRole

MOST_ONE_HOT = 12
_SKEWED = 50
_MONTHS_FROM_DAYS = 730


@dataclass(frozen=True, kw_only=True)
class FeatureGuess:
    """One entry of the recipe's features and a sentence on it; ``column`` is what it reads."""

    column: str
    source: str
    why: str


def guess_features(roles: Sequence[ColumnRole]) -> tuple[FeatureGuess, ...]:
    """Return the features, in the columns' order."""
    return tuple(feature for role in roles for feature in _guess(role))


def _guess(role: ColumnRole) -> Iterator[FeatureGuess]:
    if role.role == "time":
        yield from _guess_calendar(role.facts.name, role.facts.values)
    elif role.role == "feature":
        yield _guess_text(role) if role.facts.kind == "text" else _guess_number(role)


def _guess_calendar(name: str, instants: pd.Series) -> Iterator[FeatureGuess]:
    present = instants.dropna()
    if present.dt.day_of_week.nunique() > 1:
        yield FeatureGuess(
            column=name,
            source=f'*cyclic("{name}_weekday", col("{name}").weekday(), 7)',
            why="Sunday stands beside Monday. The year is left out: the next one is always new.",
        )
    if present.dt.hour.nunique() > 1:
        yield FeatureGuess(
            column=name,
            source=f'*cyclic("{name}_hour", col("{name}").hour(), 24)',
            why="The hour in UTC; name the zone in hour(...) if the times are local.",
        )
    if (present.max() - present.min()).days >= _MONTHS_FROM_DAYS:
        yield FeatureGuess(
            column=name,
            source=f'*cyclic("{name}_month", col("{name}").month(), 12)',
            why="Two years and more: a month of the test has been seen in training.",
        )


def _guess_text(role: ColumnRole) -> FeatureGuess:
    facts = role.facts
    spelled = facts.values.str.casefold().nunique()
    if spelled <= MOST_ONE_HOT:
        encoding, why = "one_hot", f"{spelled} values: a column of 0 and 1 each."
    else:
        encoding = "target_mean"
        why = f"{spelled:,} values, too many for a column each: the mean target of each."
    if facts.missing:
        why += " A missing one needs no fill; the encoding knows it."
    return FeatureGuess(
        column=facts.name,
        source=f'Feature("{facts.name}", col("{facts.name}").clean(), encoding="{encoding}")',
        why=why,
    )


def _guess_number(role: ColumnRole) -> FeatureGuess:
    facts = role.facts
    fill, why = "", ""
    if facts.missing:
        fill = ', fill="median"'
        why = f"Of {facts.missing:,} missing ones the median of the training rows stands in."
    name, expression = facts.name, f'col("{facts.name}")'
    if _is_skewed(facts.values):
        name, expression = f"log_{name}", f"{expression}.log1p()"
        why += " A long tail: its logarithm lies closer together."
    return FeatureGuess(
        column=facts.name, source=f'Feature("{name}", {expression}{fill})', why=why.strip()
    )


def _is_skewed(values: pd.Series) -> bool:
    middle = float(values.median())
    return bool(values.min() >= 0 and 0 < middle * _SKEWED < values.max() and values.max() > 100)
