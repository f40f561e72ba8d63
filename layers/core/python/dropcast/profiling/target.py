"""What is predicted: two classes, several, or a number; and how the vocabulary says so."""

from dataclasses import dataclass

import pandas as pd

from dropcast.contracts.errors import describe_unknown
from dropcast.profiling.columns import ColumnFacts
from dropcast.profiling.reading import ProfileError, RawTable
from dropcast.recipe import Task

LEAST_ROWS = 100
LEAST_CLASS_ROWS = 20
MOST_MISSING = 0.9
MOST_CLASSES = 20
# More whole numbers than this are an amount, fewer are kinds or grades.
MOST_NUMBERED_CLASSES = 10
_LONGEST_LABEL = 60
# Of two texts that one is the positive class, which a person would ask about.
_POSITIVE = frozenset(
    {"yes", "y", "true", "t", "1", "positive", "pos", "paid", "won", "success", "churned", "fraud"}
)


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetGuess:
    """The target's column and what is made of it.

    ``classes``   the values of each class as files write them, in the order of the classes; none:
                  a regression
    ``labels``    the classes' names for people
    ``expression`` its source
    ``answers``   the class' index or the number, by row; NA where it is missing
    ``categories`` the only values a file may have; none: any
    """

    facts: ColumnFacts
    task: Task
    classes: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    expression: str
    answers: pd.Series
    categories: tuple[str, ...]
    why: str

    @property
    def class_rows(self) -> tuple[int, ...]:
        """The rows of each class."""
        return tuple(int((self.answers == index).sum()) for index in range(len(self.labels)))


def find_target(table: RawTable, target: str) -> str:
    """Return the declared name of the column that a person means."""
    names = list(table.names.values())
    by_header = {table.headers[at]: name for at, name in table.names.items()}
    if target in by_header:
        return by_header[target]
    if target in names:
        return target
    known = describe_unknown("column", target, by_header)
    raise ProfileError(f"{table.path}: {known}; say which with TARGET=<column>")


def guess_target(facts: ColumnFacts, where: str) -> TargetGuess:
    """Return what is predicted; raise :class:`ProfileError` if nothing can be learned from it."""
    _refuse_poor(facts, where)
    if facts.kind == "timestamp":
        raise ProfileError(
            f"{where} is a time; predict a number instead, such as the hours until then"
        )
    guess = _guess_text(facts, where) if facts.kind == "text" else _guess_values(facts)
    _refuse_rare(guess, where)
    return guess


def _guess_values(facts: ColumnFacts) -> TargetGuess:
    if facts.kind == "boolean":
        return _make_classes(
            facts,
            groups=(("false",), ("true",)),
            answers=facts.values,
            expression=f'col("{facts.name}")',
            labels=(f"not {facts.name}", facts.name),
            why="True or false: two classes, of which true is the positive one.",
        )
    distinct = sorted(facts.values.dropna().unique().tolist())
    few = facts.kind == "integer" and len(distinct) <= MOST_NUMBERED_CLASSES
    if few or len(distinct) == 2:
        return _guess_numbers(facts, distinct)
    return TargetGuess(
        facts=facts,
        task="regression",
        classes=(),
        labels=(),
        expression=f'col("{facts.name}")',
        answers=facts.values,
        categories=(),
        why=f"{len(distinct):,} different numbers: an amount, so a regression.",
    )


def _refuse_poor(facts: ColumnFacts, where: str) -> None:
    present = facts.rows - facts.missing
    if facts.rows < LEAST_ROWS:
        raise ProfileError(
            f"{where}: the file has {facts.rows:,} different whole rows, and an honest test needs "
            f"{LEAST_ROWS} at least; bring more rows"
        )
    if facts.missing > MOST_MISSING * facts.rows or present < LEAST_ROWS:
        raise ProfileError(
            f"{where} is missing in {facts.missing:,} of {facts.rows:,} rows, which leaves too few "
            f"to learn from; bring rows that have it, or name another target"
        )
    if facts.distinct < 2:
        raise ProfileError(
            f"{where} has the same value in every row, so there is nothing to learn; bring rows "
            f"with another outcome, or name another target"
        )


def _guess_text(facts: ColumnFacts, where: str) -> TargetGuess:
    spellings: dict[str, list[str]] = {}
    for text in sorted(facts.values.dropna().unique().tolist()):
        spellings.setdefault(" ".join(text.casefold().split()), []).append(text)
    if len(spellings) < 2:
        raise ProfileError(
            f"{where} has one text only, in several spellings; bring rows with another outcome"
        )
    if len(spellings) > MOST_CLASSES or max(map(len, spellings)) > _LONGEST_LABEL:
        raise ProfileError(
            f"{where} has {len(spellings):,} different texts and at most {MOST_CLASSES} short ones "
            f"are classes; name another target, or (if they are numbers with a decimal comma or a "
            f"unit) export them as plain numbers with a point"
        )
    rows = facts.values.map(lambda text: " ".join(text.casefold().split()), na_action="ignore")
    order = sorted(spellings)
    why = f"{len(order)} texts: a class each, in alphabetical order."
    if len(order) == 2:
        # The rarer one is mostly what is asked about; a word that says yes is surer.
        counts = rows.value_counts()
        order.sort(key=lambda text: (text in _POSITIVE, -int(counts[text]), text))
        why = "Two texts; the second label is the positive class, by its word or as the rarer one."
    if any(len(own) > 1 for own in spellings.values()):
        why += " Spellings that differ in case or blanks are one class."
    terms = [
        f"{'' if index == 1 else f'{index} * '}"
        f'col("{facts.name}").is_in({", ".join(quote(text) for text in spellings[own])})'
        for index, own in enumerate(order)
        if index
    ]
    return _make_classes(
        facts,
        groups=tuple(tuple(spellings[own]) for own in order),
        answers=rows.map({own: float(index) for index, own in enumerate(order)}).astype("float64"),
        expression=" + ".join(terms),
        labels=tuple(spellings[own][0] for own in order),
        why=why,
    )


def _guess_numbers(facts: ColumnFacts, distinct: list[float]) -> TargetGuess:
    spelled = [f"{value:.15g}" for value in distinct]
    counting = distinct == list(range(len(distinct)))
    terms = [
        f'{"" if index == 1 else f"{index} * "}col("{facts.name}").equals({value})'
        for index, value in enumerate(spelled)
        if index
    ]
    why = "Two numbers: two classes, of which the greater is the positive one."
    if len(distinct) > 2:
        why = (
            f"{len(distinct)} whole numbers: a class each. If they are grades whose distance "
            f"counts, drop the labels and make it a regression."
        )
    return _make_classes(
        facts,
        groups=tuple((value,) for value in spelled),
        answers=facts.values.map({value: float(i) for i, value in enumerate(distinct)}),
        expression=f'col("{facts.name}")' if counting else " + ".join(terms),
        labels=tuple(f"{facts.name} {value}" for value in spelled),
        why=why,
    )


def _make_classes(
    facts: ColumnFacts,
    *,
    groups: tuple[tuple[str, ...], ...],
    answers: pd.Series,
    expression: str,
    labels: tuple[str, ...],
    why: str,
) -> TargetGuess:
    limited = facts.kind in ("text", "integer")
    return TargetGuess(
        facts=facts,
        task="binary" if len(labels) == 2 else "multiclass",
        classes=groups,
        labels=labels,
        expression=expression,
        answers=answers,
        categories=tuple(text for group in groups for text in group) if limited else (),
        why=why,
    )


def _refuse_rare(guess: TargetGuess, where: str) -> None:
    rare = {
        label: rows
        for label, rows in zip(guess.labels, guess.class_rows, strict=True)
        if rows < LEAST_CLASS_ROWS
    }
    if rare:
        named = ", ".join(f"'{label}' {rows:,}" for label, rows in rare.items())
        raise ProfileError(
            f"{where}: of each class a model needs {LEAST_CLASS_ROWS} rows at least, and there are "
            f"of {named}; bring more of them, leave those rows out, or join classes"
        )


def quote(text: str) -> str:
    """Return a text as Python source in double quotes.

    >>> print(quote('5" pipe'))
    '5" pipe'
    """
    literal = repr(text)
    return literal if '"' in text or literal[0] == '"' else f'"{literal[1:-1]}"'
