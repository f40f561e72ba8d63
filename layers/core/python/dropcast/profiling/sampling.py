"""The generator of a made-up sample: the columns, kinds and ranges of the file, none of its rows.

No text of the file is written but the target's classes; any other becomes a numbered one.
"""

import math
from collections.abc import Iterator, Sequence

from dropcast.profiling.bounds import find_bounds
from dropcast.profiling.columns import ColumnFacts
from dropcast.profiling.plan import DatasetPlan
from dropcast.profiling.roles import ColumnRole, is_unique
from dropcast.profiling.target import TargetGuess, quote

LEAST_ROWS = 600
LEAST_CLASS_ROWS = 100
MOST_VALUES = 30
ROWS_A_GROUP = 8
_SEED = 20_260_101
_PULLING = 3
_ISLICE = "from itertools import islice\n"

_TEMPLATE = '''"""Writes the generated sample of ``@dataset@``: no real row is in it.

Columns, kinds and ranges are those of the file that the recipe was guessed from; the values are
drawn. The target follows a few of the columns, and chance.

``python -m tests.samples.@dataset@.generate`` writes both files again, byte for byte.
"""

import csv
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).with_name("generated_sample.csv")
REQUEST = SAMPLE.with_name("request.json")
SEED = @seed@
ROWS = @rows@
REQUEST_ROWS = 2
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
TARGET = @target@
HEADER = (@header@,)
# Header name -> how a value of the numbered row is drawn.
DRAWS: dict[str, Callable[[random.Random, int], Any]] = {@draws@}
# Columns that the target follows -> their value as 0-1.
PULLS: dict[str, Callable[[Any], float]] = {@pulls@}
# Share of a column's values that is left out.
MISSING: dict[str, float] = {@missing@}
# How a file spells a time.
FORMATS: dict[str, str] = {@formats@}
# Columns that a request carries, and what they are called there.
FIELDS = (@fields@)
@answers@


def generate_rows() -> list[dict[str, Any]]:
    """Return made-up rows, whole."""
    chance = random.Random(SEED)
    rows = [{name: draw(chance, number) for name, draw in DRAWS.items()} for number in range(ROWS)]
    pulls = []
    for row in rows:
        drawn = [pull(row[name]) for name, pull in PULLS.items()]
        pulls.append((sum(drawn) / max(1, len(drawn)) + 0.2 * chance.random()) / 1.2)
@answering@
    return rows


def spell(name: str, value: Any) -> object:
    """Return a value as a file has it."""
    if isinstance(value, datetime):
        form = FORMATS[name]
        return int(value.timestamp()) if form == "epoch_seconds" else value.strftime(form)
    return value


def spell_field(name: str, value: Any) -> object:
    """Return a value as a request has it."""
    if isinstance(value, datetime) and FORMATS[name] != "epoch_seconds":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return spell(name, value)


def render_sample() -> str:
    """Return the whole file as text."""
    chance = random.Random(SEED + 1)
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=@delimiter@, lineterminator="\\n")
    writer.writerow(HEADER)
    for number, row in enumerate(generate_rows()):
        shown = {name: spell(name, value) for name, value in row.items()}
        for name, share in MISSING.items():
            if chance.random() < share:
                shown[name] = ""
        writer.writerow([shown.get(name, number) for name in HEADER])
    return buffer.getvalue()


def render_request() -> str:
    """Return a request that asks for the first rows."""
    rows = [
        {field: spell_field(name, row[name]) for name, field in FIELDS}
        for row in generate_rows()[:REQUEST_ROWS]
    ]
    return json.dumps({"rows": rows}, indent=2) + "\\n"


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\\n")
    REQUEST.write_text(render_request(), newline="\\n")
'''
_CLASSES = """# A class as a file writes it -> its rows.
CLASSES = {@classes@}
"""
_CLASS_ANSWERS = """    order = iter(sorted(range(ROWS), key=lambda number: pulls[number]))
    for answer, count in CLASSES.items():
        for number in islice(order, count):
            rows[number][TARGET] = answer"""
_AMOUNTS = """LOWEST, HIGHEST = @lowest@, @highest@
"""
_AMOUNT_ANSWERS = """    for row, pull in zip(rows, pulls, strict=True):
        row[TARGET] = round(LOWEST + (HIGHEST - LOWEST) * pull@digits@)"""


def render_generator(plan: DatasetPlan) -> str:
    """Return the source of the sample's generator; ``ruff format`` has yet to lay it out."""
    table = plan.table
    drawn = [role for role in plan.roles if role.role != "target"]
    used = {feature.column for feature in plan.features}
    parts = {
        "dataset": plan.dataset,
        "seed": f"{_SEED:_}",
        "rows": str(sum(_count_class_rows(plan.target)) or LEAST_ROWS),
        "target": quote(plan.target.facts.header),
        "header": ", ".join(quote(header) for header in table.headers),
        "draws": _join(f"{quote(r.facts.header)}: {_draw(r)}" for r in drawn),
        "pulls": _join(_list_pulls(drawn)),
        "missing": _join(
            f"{quote(r.facts.header)}: {r.facts.missing / r.facts.rows:.3g}"
            for r in plan.roles
            if r.role in ("feature", "target") and r.facts.missing
        ),
        "formats": _join(
            f"{quote(r.facts.header)}: {quote(r.facts.formats[0])}"
            for r in plan.roles
            if r.facts.formats
        ),
        "fields": _join(
            f"({quote(r.facts.header)}, {quote(r.facts.name)})"
            for r in plan.roles
            if r.facts.name in used
        ),
        "delimiter": quote(table.delimiter or ","),
        **_render_answers(plan.target),
    }
    text = _TEMPLATE
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    unused = (("timedelta(", "datetime, timedelta", "datetime"), ("islice(", _ISLICE, ""))
    for use, imported, instead in unused:
        text = text if use in text else text.replace(imported, instead)
    return text


def _render_answers(target: TargetGuess) -> dict[str, str]:
    if target.labels:
        counts = _count_class_rows(target)
        written = (quote(group[0]) for group in target.classes)
        classes = _join(f"{text}: {rows}" for text, rows in zip(written, counts, strict=True))
        return {
            "answers": _CLASSES.replace("@classes@", classes),
            "answering": _CLASS_ANSWERS,
        }
    facts = target.facts
    low, high = _find_range(facts)
    digits = "" if facts.kind == "integer" else f", {_count_digits(high - low)}"
    lowest, highest = _spell_seen(low, facts), _spell_seen(high, facts)
    return {
        "answers": _AMOUNTS.replace("@lowest@", lowest).replace("@highest@", highest),
        "answering": _AMOUNT_ANSWERS.replace("@digits@", digits),
    }


def _count_class_rows(target: TargetGuess) -> list[int]:
    """Return the made-up rows of each class: its share, and enough for a test."""
    known = sum(target.class_rows)
    return [max(LEAST_CLASS_ROWS, round(LEAST_ROWS * own / known)) for own in target.class_rows]


def _draw(role: ColumnRole) -> str:
    facts = role.facts
    if facts.kind == "boolean":
        return f"lambda chance, _: chance.random() < {float(facts.values.mean()):.2f}"
    if facts.kind == "timestamp":
        return _draw_moment(facts)
    if facts.kind in ("number", "integer") and facts.distinct:
        return _draw_number(role)
    if role.role == "group":
        return f'lambda _, number: f"entity {{number // {ROWS_A_GROUP}}}"'
    if facts.distinct > 1 and is_unique(facts):
        return 'lambda _, number: f"value {number}"'
    return f'lambda chance, _: f"value {{chance.randrange({_count_values(facts)})}}"'


def _count_values(facts: ColumnFacts) -> int:
    return max(1, min(MOST_VALUES, facts.distinct))


def _draw_moment(facts: ColumnFacts) -> str:
    span = facts.values.max() - facts.values.min()
    has_clock = facts.formats[0] == "epoch_seconds" or "%H" in facts.formats[0]
    has_clock = has_clock or "%I" in facts.formats[0]
    if has_clock:
        minutes = max(1, int(span.total_seconds()) // 60)
        return f"lambda chance, _: FIRST_DAY + timedelta(minutes=chance.randrange({minutes}))"
    return f"lambda chance, _: FIRST_DAY + timedelta(days=chance.randrange({max(1, span.days)}))"


def _draw_number(role: ColumnRole) -> str:
    facts = role.facts
    low, high = _find_range(facts)
    if role.role == "group":
        return f"lambda _, number: {int(low)} + number // {ROWS_A_GROUP}"
    lowest, highest = _spell_seen(low, facts), _spell_seen(high, facts)
    if facts.kind == "integer":
        return f"lambda chance, _: chance.randint({lowest}, {highest})"
    digits = _count_digits(high - low)
    return f"lambda chance, _: round(chance.uniform({lowest}, {highest}), {digits})"


def _list_pulls(roles: Sequence[ColumnRole]) -> Iterator[str]:
    fitting = [role for role in roles if role.role == "feature"]
    numbers = [role for role in fitting if role.facts.kind in ("number", "integer")]
    for role in numbers[:_PULLING]:
        low, high = (_spell_seen(v, role.facts) for v in _find_range(role.facts))
        yield f"{quote(role.facts.header)}: lambda value: (value - {low}) / ({high} - {low})"
    for role in [role for role in fitting if role not in numbers][
        : max(0, _PULLING - len(numbers))
    ]:
        header = quote(role.facts.header)
        if role.facts.kind == "boolean":
            yield f"{header}: float"
            continue
        values = _count_values(role.facts)
        yield f'{header}: lambda value: int(value.split(" ")[-1]) / {values}'


def _find_range(facts: ColumnFacts) -> tuple[float, float]:
    return float(facts.values.min()), float(facts.values.max())


def _spell_seen(value: float, facts: ColumnFacts) -> str:
    """Return a seen bound in four digits of the range, within what the recipe lets through."""
    low, high, _ = find_bounds(facts)
    first, last = _find_range(facts)
    rounded = min(high, max(low, round(value, _count_digits(last - first) - 1)))
    return str(int(rounded)) if facts.kind == "integer" else repr(rounded)


def _count_digits(span: float) -> int:
    return 4 - math.floor(math.log10(span)) if span > 0 else 2


def _join(parts: Iterator[str]) -> str:
    return "".join(f"{part}," for part in parts)
