"""Whatever is done to a program's bytes, reading them ends in a program or a ``ProgramError``."""

import contextlib
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import InvalidRequestError, ProgramError
from dropcast.scoring import build_value_scorer, read_program, write_program
from dropcast.scoring.program_file import MAGIC
from tests.scoring.programs import make_boosting, make_forest, make_logistic

BODIES = [write_program(make()) for make in (make_logistic, make_forest, make_boosting)]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "ColumnRef", "Call", "sin", "random_forest", "d", "energy"]),
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


def read_or_refuse(body: bytes) -> None:
    """Read the bytes and, if they are a program, score with it: no other error may come out."""
    with contextlib.suppress(ProgramError):
        program = read_program(body)
        assert write_program(program) == body
        score = build_value_scorer(program)
        for value in (0.0, 1e308, math.nan):
            with contextlib.suppress(InvalidRequestError):
                assert len(score([value] * len(program.features))) == 2


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


@pytest.mark.parametrize("depth", [100, 1_000, 40_000])
def test_an_endless_expression_is_refused(depth: int) -> None:
    start = len(MAGIC) + 8
    (length,) = struct.unpack_from("<Q", BODIES[1], len(MAGIC))
    plain = b'{"kind":"ColumnRef","name":"energy"}'
    opened = b'{"arguments":[' * depth
    closed = b'],"kind":"Call","operation":"sin"}' * depth
    nested = opened + plain + closed
    head = BODIES[1][start : start + length].replace(plain, nested, 1)
    body = MAGIC + struct.pack("<Q", len(head)) + head + BODIES[1][start + length :]
    with pytest.raises(ProgramError):
        read_program(body)
