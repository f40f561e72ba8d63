"""The body of a prediction request -> checked rows, or every problem of every row at once.

A body is ``{"rows": [{...}, ...]}`` or one bare row. A row is checked by the recipe's columns: what
the features read must be there and sound, other declared columns may be there and are not
looked at.
"""

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from dropcast.contracts.errors import InvalidRequestError, RequestTooLargeError
from dropcast.recipe import Column, Feature, Recipe
from dropcast.recipe.expressions import Call
from dropcast.scoring.expressions import Row, Value, compile_expression

MAX_PROBLEMS = 100
_SHOWN_CHARACTERS = 60
_INT64 = 2**63
_NO_SUCH_FIELD = "no such field"

# A row's place, a field and a sentence; the first two where there is one.
_Problem = tuple[int | None, str | None, str]


def check_rows(body: object, *, recipe: Recipe, max_rows: int) -> list[dict[str, Value]]:
    """Return the rows under their columns' own names, only what the features read.

    Raises ``InvalidRequestError`` listing at most :data:`MAX_PROBLEMS` problems and how many more
    there are, and ``RequestTooLargeError`` for more than ``max_rows`` rows.
    """
    rows = _list_rows(body)
    if len(rows) > max_rows:
        raise RequestTooLargeError(
            f"{len(rows):,} rows in one request; at most {max_rows:,} are answered, send the rest "
            f"in another"
        )
    names = _name_fields(recipe)
    checked: list[dict[str, Value]] = [{} for _ in rows]
    problems = _find_problems(rows, recipe, names, checked)
    listed = list(islice(problems, MAX_PROBLEMS))
    if listed:
        raise InvalidRequestError(_describe(listed, sum(1 for _ in problems), sorted(names)))
    return checked


def _list_rows(body: object) -> list[object]:
    if not isinstance(body, dict):
        raise _refuse(f"the body is {_show(body)}; send a row as a JSON object or a list in 'rows'")
    if "rows" not in body:
        return [body]
    rows = body["rows"]
    if len(body) > 1:
        others = ", ".join(sorted(_shorten(str(name)) for name in body if name != "rows"))
        raise _refuse(f"fields beside 'rows' are not understood: {_shorten(others)}")
    if not isinstance(rows, list) or not rows:
        raise _refuse("'rows' must be a list of at least one row")
    return rows


def _name_fields(recipe: Recipe) -> dict[str, Column]:
    return {name: column for column in recipe.columns for name in (column.name, *column.aliases)}


def _find_problems(
    rows: list[object],
    recipe: Recipe,
    names: Mapping[str, Column],
    checked: list[dict[str, Value]],
) -> Iterator[_Problem]:
    """Yield the problems and, on the way, fill ``checked`` with what is sound."""
    derived = [f for f in recipe.features if isinstance(f.expression, Call)]
    functions = [(feature, compile_expression(feature.expression)) for feature in derived]
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            yield index, None, f"a row is a JSON object, not {_show(row)}"
            continue
        sound = True
        for field, sentence in _find_row_problems(row, recipe, names, checked[index]):
            sound = False
            yield index, field, sentence
        if sound:
            for field, sentence in _find_undefined(checked[index], functions):
                yield index, field, sentence


def _find_row_problems(
    row: Mapping[str, object],
    recipe: Recipe,
    names: Mapping[str, Column],
    checked: dict[str, Value],
) -> Iterator[tuple[str, str]]:
    given: dict[str, str] = {}
    for field in row:
        column = names.get(field)
        if column is None:
            yield field, _NO_SUCH_FIELD
        elif column.name in given:
            yield field, f"'{given[column.name]}' and '{field}' are one column; send one of them"
        elif column.name == recipe.target.column:
            given[column.name] = field
            yield field, f"'{field}' is what is predicted; leave it out"
        else:
            given[column.name] = field
    for column in recipe.input_columns:
        if column.name not in given:
            yield column.name, f"{column.name}: is missing"
            continue
        field = given[column.name]
        value, problem = _check_value(row[field], column)
        if problem is not None:
            yield field, f"{field}: {problem}"
        elif value is not None:
            checked[column.name] = value


def _find_undefined(
    row: Row, functions: list[tuple[Feature, Callable[[Row], float]]]
) -> Iterator[tuple[str, str]]:
    for feature, function in functions:
        if not math.isfinite(function(row)):
            yield feature.name, f"feature '{feature.name}' is undefined for these values"


def _check_value(value: object, column: Column) -> tuple[Value | None, str | None]:
    """Return the value as the column's type, or what is wrong with it."""
    if value is None:
        return None, "is null and must have a value"
    converted, expected = _CONVERTERS[column.kind](value)
    if converted is None:
        return None, f"{_show(value)} is not {expected}"
    if column.minimum is not None and converted < column.minimum:
        return None, f"{_show(value)} is below the minimum {column.minimum:.15g}"
    if column.maximum is not None and converted > column.maximum:
        return None, f"{_show(value)} is above the maximum {column.maximum:.15g}"
    if column.categories and str(converted) not in column.categories:
        return None, f"{_show(value)} is not one of {', '.join(column.categories)}"
    return converted, None


def _convert_number(value: object) -> tuple[float | None, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None, "a finite number"
        return (number if math.isfinite(number) else None), "a finite number"
    return None, "a number"


def _convert_integer(value: object) -> tuple[int | None, str]:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value if -_INT64 <= value < _INT64 else None), "a 64-bit integer"
    return None, "a whole number"


def _convert_boolean(value: object) -> tuple[bool | None, str]:
    return (value if isinstance(value, bool) else None), "true or false"


# A feature reads numeric columns only, so a request's values are of these kinds.
_CONVERTERS: dict[str, Callable[[object], tuple[Any, str]]] = {
    "number": _convert_number,
    "integer": _convert_integer,
    "boolean": _convert_boolean,
}


def _describe(listed: list[_Problem], more: int, names: list[str]) -> list[dict[str, object]]:
    problems: list[dict[str, object]] = [
        {
            "row": row,
            "field": None if field is None else _shorten(field),
            "problem": _suggest(field or "", names) if sentence == _NO_SUCH_FIELD else sentence,
        }
        for row, field, sentence in listed
    ]
    if more:
        problems.append({"row": None, "field": None, "problem": f"and {more:,} more problem(s)"})
    return problems


def _suggest(field: str, names: list[str]) -> str:
    near = difflib.get_close_matches(_shorten(field), names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(names)}"
    return f"{_shorten(field)}: {_NO_SUCH_FIELD}{hint}"


def _refuse(sentence: str) -> InvalidRequestError:
    return InvalidRequestError([{"row": None, "field": None, "problem": sentence}])


def _show(value: object) -> str:
    """Return a JSON value as an error shows it: short, whatever was sent."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return "an integer of more than 75 digits"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _shorten(repr(value))


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
