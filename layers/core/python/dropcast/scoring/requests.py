"""The body of a prediction request -> checked rows, or every problem of every row at once.

A body is ``{"rows": [{...}, ...]}`` or one bare row. A row is checked by the schema's columns: what
the features read must be there and sound, other declared columns may be there and are not
looked at. Of a series the rows are one case: the last rows of one series, oldest first, and the
prediction is for the last of them.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, pairwise

from dropcast.contracts.errors import InvalidRequestError, RequestTooLargeError
from dropcast.contracts.limits import MAX_PROBLEMS
from dropcast.recipe.columns import Column
from dropcast.recipe.request import RequestSchema, Series
from dropcast.scoring.expressions import Row, Value
from dropcast.scoring.values import build_taker, check_value, shorten, show_value

_NO_SUCH_FIELD = "no such field"
_SECOND_MICROSECONDS = 1_000_000

Checker = Callable[[object], list[list[Row]]]
# A row's place, a field and a sentence; the first two where there is one.
_Problem = tuple[int | None, str | None, str]


def check_rows(body: object, *, schema: RequestSchema, max_rows: int) -> list[list[Row]]:
    """Check one body; see :func:`build_checker`."""
    return build_checker(schema, max_rows=max_rows)(body)


def build_checker(schema: RequestSchema, *, max_rows: int) -> Checker:
    """Return the function from a body to the cases to predict.

    A case is the rows that it is predicted from, oldest first (one row where the recipe has no
    series), under their columns' own names, and only what a prediction is computed from. A missing
    number is NaN, a missing text ``None``, an instant microseconds since 1970.

    The function raises ``InvalidRequestError`` listing at most :data:`MAX_PROBLEMS` problems and
    how many more there are, and ``RequestTooLargeError`` for more than ``max_rows`` rows.
    """
    names = _name_fields(schema)
    take_sound = build_taker(schema.columns, schema.hidden)

    def check(body: object) -> list[list[Row]]:
        rows = _list_rows(body)
        if len(rows) > max_rows:
            raise RequestTooLargeError(
                f"{len(rows):,} rows in one request; at most {max_rows:,} are taken, send the "
                f"rest in another"
            )
        checked: list[dict[str, Value]] = []
        for row in rows:
            sound = take_sound(row)
            if sound is None:
                checked = _check_closely(rows, schema, names)
                break
            checked.append(sound)
        if schema.series is None:
            return [[row] for row in checked]
        problems = _find_series_problems(checked, schema)
        _refuse_all(problems, schema, names)
        return [list(checked)]

    return check


def _check_closely(
    rows: list[object], schema: RequestSchema, names: Mapping[str, Column]
) -> list[dict[str, Value]]:
    """Return the rows checked; raise ``InvalidRequestError`` with what is wrong."""
    checked: list[dict[str, Value]] = [{} for _ in rows]
    _refuse_all(_find_problems(rows, schema, names, checked), schema, names)
    return checked


def _refuse_all(
    problems: Iterator[_Problem], schema: RequestSchema, names: Mapping[str, Column]
) -> None:
    listed = list(islice(problems, MAX_PROBLEMS))
    if listed:
        raise InvalidRequestError(
            _describe(listed, sum(1 for _ in problems), sorted({*names, *schema.ignored}))
        )


def _list_rows(body: object) -> list[object]:
    if not isinstance(body, dict):
        raise _refuse(
            f"the body is {show_value(body)}; send a row as a JSON object or a list in 'rows'"
        )
    if "rows" not in body:
        return [body]
    rows = body["rows"]
    if len(body) > 1:
        others = ", ".join(sorted(shorten(str(name)) for name in body if name != "rows"))
        raise _refuse(f"fields beside 'rows' are not understood: {shorten(others)}")
    if not isinstance(rows, list) or not rows:
        raise _refuse("'rows' must be a list of at least one row")
    return rows


def _name_fields(schema: RequestSchema) -> dict[str, Column]:
    return {name: column for column in schema.columns for name in (column.name, *column.aliases)}


def _find_problems(
    rows: list[object],
    schema: RequestSchema,
    names: Mapping[str, Column],
    checked: list[dict[str, Value]],
) -> Iterator[_Problem]:
    """Yield the problems and, on the way, fill ``checked`` with what is sound."""
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            yield index, None, f"a row is a JSON object, not {show_value(row)}"
            continue
        for field, sentence in _find_row_problems(row, schema, names, checked[index]):
            yield index, field, sentence


def _find_row_problems(
    row: Mapping[str, object],
    schema: RequestSchema,
    names: Mapping[str, Column],
    checked: dict[str, Value],
) -> Iterator[tuple[str, str]]:
    given: dict[str, str] = {}
    for field in row:
        column = names.get(field)
        if field in schema.hidden:
            yield field, f"'{field}' is what is predicted; leave it out"
        elif column is None:
            if field not in schema.ignored:
                yield field, _NO_SUCH_FIELD
        elif column.name in given:
            yield field, f"'{given[column.name]}' and '{field}' are one column; send one of them"
        else:
            given[column.name] = field
    for column in schema.columns:
        if column.name not in given and not column.nullable:
            yield column.name, f"{column.name}: is missing"
            continue
        sent_as = given.get(column.name, column.name)
        value, problem = check_value(row.get(sent_as), column)
        if problem is not None:
            yield sent_as, f"{sent_as}: {problem}"
        else:
            checked[column.name] = value


def _find_series_problems(
    rows: list[dict[str, Value]], schema: RequestSchema
) -> Iterator[_Problem]:
    """Yield why rows are not the last rows of one series, oldest first and without a gap."""
    series = schema.series
    assert series is not None
    needed = schema.rows_needed
    if len(rows) < needed:
        sentence = (
            f"{needed} rows of the series are needed, oldest first, and {len(rows)} are here; "
            f"the prediction is for the last one"
        )
        yield None, "rows", sentence
    for index, (row, following) in enumerate(pairwise(rows), start=1):
        for name in series.keys:
            if row[name] != following[name]:
                yield index, name, f"{name}: another series than the row before; send one series"
        step = float(following[series.time] or 0) - float(row[series.time] or 0)
        if step <= 0:
            yield index, series.time, explain_late(series)
        elif index > len(rows) - needed and not _fits_series(series, step):
            yield index, series.time, explain_gap(series, step, needed)


def explain_late(series: Series) -> str:
    """Return what is wrong with a row that does not follow the row before."""
    return f"{series.time}: not later than the row before; oldest first"


def explain_gap(series: Series, step_microseconds: float, needed: int) -> str:
    """Return what is wrong with a row too soon or too long after the row before."""
    return (
        f"{series.time}: {step_microseconds / _SECOND_MICROSECONDS:,.0f} seconds after the row "
        f"before; a prediction needs {needed} rows of the series without a gap, each "
        f"{series.shortest_step_seconds:,.0f} to {series.longest_step_seconds:,.0f} "
        "seconds after the one before"
    )


def _fits_series(series: Series, step_microseconds: float) -> bool:
    seconds = step_microseconds / _SECOND_MICROSECONDS
    return series.shortest_step_seconds <= seconds <= series.longest_step_seconds


def _describe(listed: list[_Problem], more: int, names: list[str]) -> list[dict[str, object]]:
    problems: list[dict[str, object]] = [
        {
            "row": row,
            "field": None if field is None else shorten(field),
            "problem": _suggest(field or "", names) if sentence == _NO_SUCH_FIELD else sentence,
        }
        for row, field, sentence in listed
    ]
    if more:
        problems.append({"row": None, "field": None, "problem": f"and {more:,} more problem(s)"})
    return problems


def _suggest(field: str, names: list[str]) -> str:
    import difflib  # noqa: PLC0415 - 1 ms of a cold start, for a row with a wrong field only

    near = difflib.get_close_matches(shorten(field), names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(names)}"
    return f"{shorten(field)}: {_NO_SUCH_FIELD}{hint}"


def _refuse(sentence: str) -> InvalidRequestError:
    return InvalidRequestError([{"row": None, "field": None, "problem": sentence}])
