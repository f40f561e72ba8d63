"""What a program must hold so that a scorer can trust it.

Expressions over columns that are there, and a chain of steps whose arrays fit each other
(``scoring.check.steps``).
"""

import re
from collections.abc import Iterator

from dropcast.contracts.errors import ProgramError
from dropcast.contracts.keys import DATASET_PATTERN
from dropcast.contracts.limits import MAX_ROWS
from dropcast.recipe import Call, Expression
from dropcast.recipe.check.expressions import (
    KIND_OF_COLUMN,
    MAX_READS,
    count_reads,
    find_setting_problems,
    find_zone_problems,
)
from dropcast.recipe.expressions import ColumnRef, Constant
from dropcast.recipe.features import find_kind
from dropcast.recipe.vocabulary import OPERATIONS, REFERENCE_OPERATIONS, Kind
from dropcast.scoring.check.steps import find_chain_problems
from dropcast.scoring.program import Program

MAX_EXPRESSION_DEPTH = 64


def check_program(program: Program) -> None:
    """Raise ``ProgramError`` with every problem that is found."""
    problems = list(_find_head_problems(program)) or list(find_chain_problems(program))
    if problems:
        raise ProgramError("the scoring program cannot be used: " + "; ".join(problems[:20]))


def _find_head_problems(program: Program) -> Iterator[str]:
    if not re.fullmatch(DATASET_PATTERN, program.dataset):
        yield "its dataset's name is not one"
    if not program.features:
        yield "it has no features"
    labels = {"binary": 2, "regression": 0}.get(program.task, max(3, len(program.labels)))
    if len(program.labels) != labels or len(set(program.labels)) != labels:
        yield f"its labels do not fit a {program.task} task"
    if len({f.name for f in program.features}) < len(program.features):
        yield "two features have one name"
    if len({column.name for column in program.columns}) < len(program.columns):
        yield "two columns have one name"
    if not 1 <= program.rows_needed <= MAX_ROWS:
        yield (
            f"the number of rows it needs is out of bounds: it is {program.rows_needed:,}, and a "
            f"request carries 1 to {MAX_ROWS:,}"
        )
    yield from _find_column_problems(program)
    lengths = [{len(cells) for cells in table.values()} for table in program.references.values()]
    if any(len(found) > 1 for found in lengths):
        yield "a reference table has columns of several lengths"
    yield from _find_value_problems(program)


def _find_column_problems(program: Program) -> Iterator[str]:
    for column in program.columns:
        if column.kind == "timestamp":
            for problem in find_zone_problems(column.timezone or "UTC"):
                yield f"column '{column.name}' {problem}"
    if program.series is None:
        return
    kinds = {column.name: column.kind for column in program.columns}
    if kinds.get(program.series.time) != "timestamp":
        yield f"its series' time '{program.series.time}' is no timestamp column"
    yield from (
        f"its series' key '{k}' is no column" for k in program.series.keys if k not in kinds
    )


def _find_value_problems(program: Program) -> Iterator[str]:
    kinds = {column.name: KIND_OF_COLUMN[column.kind] for column in program.columns}
    named = [(f"feature '{f.name}'", f.expression) for f in program.features]
    base = program.relative_to
    if base is not None:
        named.append(("what its prediction is relative to", base))
        if program.task != "regression":
            yield "only a regression's prediction is relative to something"
    reads = 0
    for where, expression in named:
        problems = list(_find_expression_problems(program, expression, kinds, 1))
        yield from (f"{where}: {problem}" for problem in problems)
        reads += 0 if problems else count_reads(expression)
        kind = None if problems else find_kind(expression, kinds)
        if kind == "instant" or (kind == "text" and expression is base):
            yield f"{where} is a {kind}"
    if reads > MAX_READS:
        yield f"its windows, one within another, read {reads:,} values; at most {MAX_READS:,} are"


def _find_expression_problems(
    program: Program, expression: Expression, kinds: dict[str, Kind], depth: int
) -> Iterator[str]:
    if depth > MAX_EXPRESSION_DEPTH:
        yield f"nested deeper than {MAX_EXPRESSION_DEPTH}"
    elif isinstance(expression, ColumnRef):
        if expression.name not in kinds:
            yield f"no column '{expression.name}'"
    elif isinstance(expression, Call):
        yield from _find_call_problems(program, expression, kinds, depth)
    else:
        assert isinstance(expression, Constant)


def _find_call_problems(
    program: Program, call: Call, kinds: dict[str, Kind], depth: int
) -> Iterator[str]:
    operation = OPERATIONS.get(call.operation)
    if operation is None or len(operation.takes) != len(call.arguments):
        yield f"no operation '{call.operation}' of {len(call.arguments)} arguments"
        return
    problems = [
        problem
        for argument in call.arguments
        for problem in _find_expression_problems(program, argument, kinds, depth + 1)
    ]
    problems += [f"{call.operation} {problem}" for problem in find_setting_problems(call)]
    yield from problems
    if problems:
        return
    if tuple(find_kind(argument, kinds) for argument in call.arguments) != operation.takes:
        yield f"{call.operation} takes {', '.join(operation.takes)}"
    if call.operation == "lead":
        yield "it looks ahead"
    if call.operation in REFERENCE_OPERATIONS:
        yield from _find_reference_problems(program, call)


def _find_reference_problems(program: Program, call: Call) -> Iterator[str]:
    """Cells of another type are passed over where they are read, so only names matter here."""
    table, first, second = (str(setting) for setting in call.settings)
    columns = program.references.get(table, {})
    for name in (first, second):
        if name not in columns:
            yield f"no column '{name}' of a reference table '{table}'"
    wanted = {"look_up_number": float, "look_up_text": str}.get(call.operation)
    if wanted and not all(isinstance(c, wanted | None) for c in columns.get(second, ())):
        yield f"column '{second}' of '{table}' holds values of another kind"
