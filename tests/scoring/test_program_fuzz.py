"""Whatever is done to a program, reading it ends in a ``ProgramError`` or in a program that
answers any values."""

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
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import InvalidRequestError, ProgramError
from dropcast.scoring import Program, Step, build_value_scorer, read_program, write_program
from dropcast.scoring.batch import build_batch_scorer
from dropcast.scoring.explain import build_explainer
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
PROGRAMS = [*(make_example(name) for name in EXAMPLES), make_logistic(), make_forest(), LONG]
BODIES = [write_program(program) for program in PROGRAMS]
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


def answer_anything(program: Program) -> None:
    """Score wild values one by one and in a block, and explain: numbers come out, or a refusal."""
    score, width = build_value_scorer(program), len(program.features)
    wild = itertools.islice(itertools.product(WILD, repeat=min(width, 2)), 81)
    rows = [[*values, *[1.0] * (width - len(values))] for values in wild]
    for values in rows:
        answers = score(values)
        assert len(answers) == max(1, len(program.labels))
        assert all(isinstance(answer, float) for answer in answers)
    in_a_block = build_batch_scorer(program)(np.array(rows))
    assert in_a_block.shape == (len(rows), max(1, len(program.labels)))
    with contextlib.suppress(InvalidRequestError):
        explain = build_explainer(program)
        assert set(explain(rows[0], 0).contributions) == {f.name for f in program.features}


def read_or_refuse(body: bytes) -> None:
    """Read the bytes and, if they are a program, score with it: no other error may come out."""
    with contextlib.suppress(ProgramError):
        program = read_program(body)
        assert write_program(program) == body
        answer_anything(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_answers_any_values(program: Program) -> None:
    answer_anything(program)


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


def change(program: Program, **changes: Any) -> None:
    """Write the changed program, if it is one, and score with it."""
    changed = replace(program, **changes)
    with contextlib.suppress(ProgramError):
        answer_anything(read_program(write_program(changed)))


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
