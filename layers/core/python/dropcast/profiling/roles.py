"""What each column is used for, and why.

It is the target, a feature, the time or the group of the split, or not used.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from dropcast.profiling.columns import ColumnFacts
from dropcast.profiling.leaks import is_leak
from dropcast.profiling.target import TargetGuess

Role = Literal["target", "feature", "time", "group", "unused"]

# With more missing than this a column says little and mostly how the file was made.
MOST_MISSING = 0.5
# A column of the split must have a value in every row; rows without one are quarantined.
MOST_MISSING_IN_SPLIT = 0.05
LEAST_INSTANTS = 20
LEAST_GROUPS = 20
LEAST_ROWS_A_GROUP = 1.2
LARGEST_GROUP = 0.2
# Without a telling name a text is an entity, not a category, from this many values on.
_LEAST_UNNAMED_GROUPS = 50
_LEAST_UNNAMED_SHARE = 0.02
_LEAST_ROWS_AN_UNNAMED_GROUP = 2.0
_LEAST_ROWS_A_CATEGORY = 5
_UNIQUE = 0.98
_LEAST_GROUPS_TO_TEST = 100

_IS_ID = re.compile(r"(^|_)(id|ids|uuid|guid|key|code|number|no|nr|num|index|idx|row|ref|serial)$")
_IS_ENTITY = re.compile(
    r"(^|_)(id|uuid|customer|client|user|account|member|patient|person|student|employee|artist|"
    r"artists|author|seller|vendor|supplier|store|shop|device|machine|sensor|vehicle|player|team|"
    r"company|household|subject|driver|owner|host)(_|$)"
)
_IS_NO_EVENT = re.compile(r"(^|_)(birth|born|birthday|dob|expires?|expiry|due|until|deadline)(_|$)")
_IS_LATER = re.compile(r"(^|_)(updated|modified|changed|closed|ended|end|finished|exported)(_|$)")


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnRole:
    """A column, what it is for, and a sentence on why."""

    facts: ColumnFacts
    role: Role
    why: str


def assign_roles(columns: Sequence[ColumnFacts], target: TargetGuess) -> tuple[ColumnRole, ...]:
    """Return each column's role, in the file's order.

    At most one is the time of the split; if none is, at most one is its group.
    """
    others = [facts for facts in columns if facts.name != target.facts.name]
    time = _choose_time(others, target)
    entity = _choose_group(others, target)
    sample = _take_one_row_a_group(entity, target)
    roles = []
    for facts in columns:
        if facts.name == target.facts.name:
            role = ColumnRole(facts=facts, role="target", why=target.why)
        elif time is not None and facts.name == time.name:
            role = ColumnRole(facts=facts, role="time", why="Orders the rows: what is split by.")
        elif time is None and entity is not None and facts.name == entity.name:
            why = f"{facts.distinct:,} values that come again: entities, kept apart by the split."
            role = ColumnRole(facts=facts, role="group", why=why)
        else:
            role = _judge(facts, target, sample, by_time=time is not None)
        roles.append(role)
    return tuple(roles)


def list_entities(roles: Sequence[ColumnRole]) -> tuple[str, ...]:
    """Return the columns whose values come again as entities do, the target aside."""
    return tuple(r.facts.name for r in roles if r.role != "target" and _is_entity(r.facts))


def is_unique(facts: ColumnFacts) -> bool:
    """Return whether nearly every value stands once."""
    return facts.distinct >= _UNIQUE * (facts.rows - facts.missing)


def _judge(
    facts: ColumnFacts, target: TargetGuess, sample: "pd.Index[int]", *, by_time: bool
) -> ColumnRole:
    reason = next(_find_reasons_against(facts, target, sample), "")
    if by_time and facts.name == "year":
        reason = "The test's year is always new."
    if reason:
        return ColumnRole(facts=facts, role="unused", why=f"Not used. {reason}")
    return ColumnRole(facts=facts, role="feature", why="")


def _find_reasons_against(
    facts: ColumnFacts, target: TargetGuess, sample: "pd.Index[int]"
) -> Iterator[str]:
    if facts.missing == facts.rows:
        yield "It has no value at all."
        return
    if facts.missing > MOST_MISSING * facts.rows:
        yield "More than half of it is missing."
    if facts.distinct < 2:
        yield "It has the same value in every row."
    if facts.kind == "timestamp":
        yield "A second time; whether it is known when an answer is asked for is not sure."
    if _is_identity(facts):
        yield "It names a row; nothing that is learned from it holds for another."
    values, answers = facts.values.loc[sample], target.answers.loc[sample]
    if is_leak(values, answers, regression=target.task == "regression"):
        yield (
            "It tells the target nearly by itself, as what is known only afterwards does. If it "
            "is known beforehand, make it a feature."
        )
    if facts.kind == "text" and facts.distinct * _LEAST_ROWS_A_CATEGORY > facts.rows:
        yield "Too many different texts, each too rare to learn from."


def _is_identity(facts: ColumnFacts) -> bool:
    if facts.kind == "text":
        return is_unique(facts)
    if facts.kind not in ("integer", "number") or not facts.values.dropna().mod(1).eq(0).all():
        return False
    steps = facts.values.dropna().diff().iloc[1:]
    counts_up = bool(steps.eq(1).mean() >= _UNIQUE)
    return counts_up or bool(
        _IS_ID.search(facts.name) and facts.distinct * _LEAST_ROWS_A_CATEGORY > facts.rows
    )


def _choose_time(columns: Sequence[ColumnFacts], target: TargetGuess) -> ColumnFacts | None:
    """Return the time of what a row tells: not a birthday, rather the opening than the closing."""
    fitting = [
        facts
        for facts in columns
        if facts.kind == "timestamp"
        and _is_whole(facts)
        and facts.distinct >= LEAST_INSTANTS
        and not _IS_NO_EVENT.search(facts.name)
        and _has_every_class(facts, target)
    ]
    return min(fitting, key=lambda facts: bool(_IS_LATER.search(facts.name)), default=None)


def _has_every_class(facts: ColumnFacts, target: TargetGuess, least: int = 10) -> bool:
    """Return whether every class is in the latest fifth and in what lies before it."""
    answers = target.answers[facts.values.sort_values(kind="stable").index].dropna()
    cut = len(answers) * 4 // 5
    return all(
        min(int((side == index).sum()) for side in (answers.iloc[:cut], answers.iloc[cut:])) > least
        for index in range(len(target.labels))
    )


def _choose_group(columns: Sequence[ColumnFacts], target: TargetGuess) -> ColumnFacts | None:
    """Return what repeats as entities do.

    Of several it is the one with the fewest values, as that keeps apart the most.
    """
    fitting = [facts for facts in columns if _is_entity(facts) and _parts_classes(facts, target)]
    named = [facts for facts in fitting if _IS_ENTITY.search(facts.name)]
    return min(named or fitting, key=lambda facts: facts.distinct, default=None)


def _is_entity(facts: ColumnFacts) -> bool:
    named = bool(_IS_ENTITY.search(facts.name))
    if not (facts.kind == "text" or (facts.kind == "integer" and _IS_ID.search(facts.name))):
        return False
    least, rows = LEAST_GROUPS, LEAST_ROWS_A_GROUP
    if not named:
        least = max(_LEAST_UNNAMED_GROUPS, int(_LEAST_UNNAMED_SHARE * facts.rows))
        rows = _LEAST_ROWS_AN_UNNAMED_GROUP
    if not _is_whole(facts) or not least <= facts.distinct <= facts.rows / rows:
        return False
    return bool(facts.values.value_counts().iloc[0] <= LARGEST_GROUP * facts.rows)


def _parts_classes(facts: ColumnFacts, target: TargetGuess) -> bool:
    """Return whether every class is met in enough entities to be on both sides."""
    groups = facts.values.groupby(target.answers).nunique()
    return not target.labels or bool(groups.min() >= LEAST_GROUPS / 2)


def _is_whole(facts: ColumnFacts) -> bool:
    return facts.missing + facts.odd <= MOST_MISSING_IN_SPLIT * facts.rows


def _take_one_row_a_group(entity: ColumnFacts | None, target: TargetGuess) -> "pd.Index[int]":
    """Return the rows that leaks are looked for in.

    What is the same in all rows of an entity names the entity, and through it the target: of each
    there is one row.
    """
    rows = target.answers.index
    if entity is None or entity.distinct < _LEAST_GROUPS_TO_TEST:
        return rows
    return rows[~entity.values.duplicated()]
