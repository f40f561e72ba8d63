"""Whatever is done to a program, reading it ends in a ``ProgramError`` or in a program that
scores any values."""

import contextlib
import itertools
import json
import math
import struct
from array import array
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts.errors import InvalidRequestError, ProgramError
from dropcast.recipe import Feature, Series, col, number, text, timestamp
from dropcast.scoring import (
    Program,
    Step,
    build_scorer,
    build_value_scorer,
    read_program,
    write_program,
)
from dropcast.scoring.batch import build_batch_scorer
from dropcast.scoring.explain import build_explainer
from dropcast.scoring.program import find_arrays
from dropcast.scoring.program_file import MAGIC
from dropcast.scoring.steps import MAKERS
from tests.scoring.examples import EXAMPLES, make_example
from tests.scoring.programs import ISOTONIC, make_forest, make_logistic, make_program, step

LONG = make_program(
    step("fill", values=[math.nan, 4]),
    step("one_hot", position=[0], keys=[7], missing=[1]),
    step("gather", inputs=[1, 0]),
    step("min_max_scale", factor=[2, 1], offset=[0, -3]),
    step("linear", coefficients=[1, 1], intercept=[-1]),
    step("calibrate_isotonic", **ISOTONIC),
)
WINDOWS = replace(
    make_program(step("linear", coefficients=[1, 1, 1], intercept=[0]), width=3, outputs=1),
    columns=(
        number("close", nullable=True),
        text("market", nullable=True),
        timestamp("at", formats=("epoch_seconds",)),
    ),
    features=(
        Feature("x0", col("close").rolling_mean(3).rolling_std(2).rolling_max(2), fill=0.0),
        Feature("x1", col("close").wilder_rsi(2, rows=4) - col("at").hour().lag(5), fill=0.0),
        Feature("x2", col("market"), encoding="ordinal"),
    ),
    series=Series(time="at", keys=("market",), longest_step_seconds=60.0),
    rows_needed=6,
    relative_to=col("close").rolling_min(2),
)
PROGRAMS = [
    *(make_example(name) for name in EXAMPLES),
    make_logistic(),
    make_forest(),
    LONG,
    WINDOWS,
]
BODIES = [write_program(program) for program in PROGRAMS]
MODELS = ("linear", "forest", "boosted", "boosted32", "constant")
# What a checked row may hold.
CELLS: dict[str, list[float | str | None]] = {
    "number": [1.0, -0.0, 1e308, -1e308, math.nan],
    "integer": [1, -7, 2**53],
    "boolean": [True, False],
    "text": ["", "a; b", "\ud800", None],
    "timestamp": [0.0, 1.7e15, -9e17, math.nan],
}
WILD = [0.0, -0.0, 1.0, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "ColumnRef", "Call", "sin", "forest", "d", "x0", "softmax"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["kind", "name", "value", "arguments"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def score_anything(program: Program) -> None:
    """Score wild values one by one and in a block, and explain: numbers come out, or a refusal."""
    score, width = build_value_scorer(program), len(program.features)
    wild = itertools.islice(itertools.product(WILD, repeat=min(width, 2)), 81)
    rows = [[*values, *[1.0] * (width - len(values))] for values in wild]
    predictions = [score(values) for values in rows]
    assert all(len(prediction) == max(1, len(program.labels)) for prediction in predictions)
    assert all(isinstance(number, float) for prediction in predictions for number in prediction)
    in_a_block = build_batch_scorer(program)(np.array(rows))
    assert np.array_equal(in_a_block, predictions, equal_nan=True)
    score_cells(program)
    explain_anything(program, rows)


def score_cells(program: Program) -> None:
    """Score a case of wild cells."""
    cells = [
        {c.name: CELLS[c.kind][(i + i // 5) % len(CELLS[c.kind])] for c in program.columns}
        for i in range(program.rows_needed)
    ]
    with contextlib.suppress(InvalidRequestError):
        assert all(map(math.isfinite, build_scorer(program)(cells)))


def explain_anything(program: Program, rows: list[list[float]]) -> None:
    """Explain every class: the score is the one before the link, or there is a refusal."""
    try:
        explain = build_explainer(program)
    except InvalidRequestError:
        return
    names = {feature.name for feature in program.features}
    kinds = [step.kind for step in program.steps]
    model = next(place for place, kind in enumerate(kinds) if kind in MODELS)
    score_alone = build_value_scorer(replace(program, steps=program.steps[: model + 1]))
    leaves = program.arrays.get(f"{model}.leaf_values", [0.0])
    for row, predicted in itertools.product(rows, range(max(1, len(program.labels)))):
        try:
            found = explain(row, predicted)
        except InvalidRequestError:
            continue
        assert set(found.contributions) == names
        scores = score_alone(row)
        spoken_of = 1 if len(program.labels) == 2 else predicted
        expected = scores[spoken_of if len(scores) > 1 else 0]
        if math.isfinite(expected):
            parts = [1.0, *leaves, found.base, *found.contributions.values()]
            assert found.score == pytest.approx(expected, abs=1e-6 * max(map(abs, parts)))


def read_or_refuse(body: bytes) -> None:
    """Read the bytes and, if they are a program, score with it: no other error may come out."""
    with contextlib.suppress(ProgramError):
        program = read_program(body)
        assert write_program(program) == body
        score_anything(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_answers_any_values(program: Program) -> None:
    score_anything(program)


@given(program=st.sampled_from(PROGRAMS), data=st.data())
def test_one_number_of_a_sound_program_is_another(program: Program, data: st.DataObject) -> None:
    full = sorted(name for name, values in program.arrays.items() if values)
    if not full:
        return
    name = data.draw(st.sampled_from(full))
    values = program.arrays[name][:]
    numbers: dict[str, st.SearchStrategy[Any]] = {
        "d": st.sampled_from(WILD) | st.floats(),
        "i": st.integers(-6, 6) | st.integers(-(2**31), 2**31 - 1),
        "B": st.integers(0, 255),
    }
    values[data.draw(st.integers(0, len(values) - 1))] = data.draw(numbers[values.typecode])
    change(program, arrays={**program.arrays, name: values})


@given(program=st.sampled_from(PROGRAMS), data=st.data())
def test_one_array_of_a_sound_program_is_longer_shorter_or_of_another_type(
    program: Program, data: st.DataObject
) -> None:
    if not program.arrays:
        return
    name = data.draw(st.sampled_from(sorted(program.arrays)))
    values = program.arrays[name]
    small = [1 if number != number else max(0, min(int(number), 9)) for number in values]  # noqa: PLR0124 - NaN
    others = [values[:-1], values + values, values + values[-1:], values[::-1]]
    others += [array(code, small) for code in "dBiqf"]
    change(program, arrays={**program.arrays, name: data.draw(st.sampled_from(others))})


@given(program=st.sampled_from(PROGRAMS), data=st.data())
def test_one_step_of_a_sound_program_is_another(program: Program, data: st.DataObject) -> None:
    steps = list(program.steps)
    place = data.draw(st.integers(0, len(steps) - 1))
    kind: Any = data.draw(st.sampled_from(sorted(MAKERS)))
    steps[place : place + data.draw(st.integers(0, 1))] = [Step(kind=kind)]
    change(program, steps=tuple(steps))


@given(program=st.sampled_from(PROGRAMS), other=st.sampled_from(PROGRAMS))
def test_a_program_has_the_labels_and_features_of_another(program: Program, other: Program) -> None:
    change(program, labels=other.labels, task=other.task)
    change(program, features=other.features, columns=other.columns)


@settings(max_examples=300)
@given(first=st.sampled_from(PROGRAMS), second=st.sampled_from(PROGRAMS), data=st.data())
def test_a_program_goes_on_as_another(first: Program, second: Program, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(first.steps)))
    skipped = data.draw(st.integers(0, len(second.steps) - 1))
    chain = [(first, i) for i in range(kept)]
    chain += [(second, i) for i in range(skipped, len(second.steps))]
    change(
        first,
        steps=tuple(program.steps[i] for program, i in chain),
        arrays={
            f"{place}.{name}": values
            for place, (program, i) in enumerate(chain)
            for name, values in find_arrays(program, i).items()
        },
        labels=second.labels,
        task=second.task,
        relative_to=None,
    )


def change(program: Program, **changes: Any) -> None:
    """Write the changed program, if it is one, and score with it."""
    changed = replace(program, **changes)
    with contextlib.suppress(ProgramError):
        score_anything(read_program(write_program(changed)))


@given(
    body=st.sampled_from(BODIES),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes(body: bytes, flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(body)
    for place, mask in flips:
        damaged[place % len(damaged)] ^= mask
    read_or_refuse(bytes(damaged))


@given(body=st.sampled_from(BODIES), start=st.integers(0, 3000), cut=st.integers(0, 3000))
def test_removed_bytes(body: bytes, start: int, cut: int) -> None:
    read_or_refuse(body[: start % len(body)] + body[(start + cut) % len(body) :])


@given(body=st.sampled_from(BODIES), data=st.data())
def test_edited_heads(body: bytes, data: st.DataObject) -> None:
    start = len(MAGIC) + 8
    (length,) = struct.unpack_from("<Q", body, len(MAGIC))
    head = json.loads(body[start : start + length])
    spot: Any = head
    while True:
        keys = sorted(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not spot[key] or not isinstance(spot[key], dict | list) or data.draw(st.booleans()):
            break
        spot = spot[key]
    spot[key] = data.draw(JSON)
    spelled = json.dumps(
        head, sort_keys=True, separators=(",", ":"), ensure_ascii=data.draw(st.booleans())
    ).encode(errors="surrogatepass")
    read_or_refuse(MAGIC + struct.pack("<Q", len(spelled)) + spelled + body[start + length :])


@given(noise=st.binary(max_size=200))
def test_noise_after_the_magic_line(noise: bytes) -> None:
    read_or_refuse(MAGIC + noise)


@pytest.mark.parametrize("depth", [100, 1_000, 20_000])
def test_an_endless_expression_is_refused(depth: int) -> None:
    start, body = len(MAGIC) + 8, write_program(make_logistic())
    (length,) = struct.unpack_from("<Q", body, len(MAGIC))
    plain = b'{"kind":"ColumnRef","name":"x0"}'
    assert plain in body
    opened = b'{"arguments":[' * depth
    closed = b'],"kind":"Call","operation":"sin","settings":[]}' * depth
    head = body[start : start + length].replace(plain, opened + plain + closed, 1)
    with pytest.raises(ProgramError):
        read_program(MAGIC + struct.pack("<Q", len(head)) + head + body[start + length :])
