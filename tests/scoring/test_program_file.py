"""The program's file: one spelling, read back the same, and refused when it is damaged."""

import hashlib
import json
import struct
from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dropcast.contracts.errors import ProgramError
from dropcast.contracts.serialization.canonical import encode_canonical
from dropcast.recipe import Feature, Series, col, number, text, timestamp
from dropcast.scoring import FittedFrom, Program, program_file, read_program, write_program
from dropcast.scoring.program_file import MAGIC, MAX_HEAD_BYTES
from tests.scoring.examples import EXAMPLES, make_example
from tests.scoring.programs import make_forest, make_logistic

HEAD_START = len(MAGIC) + 8


def edit_head(body: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    (length,) = struct.unpack_from("<Q", body, len(MAGIC))
    head = json.loads(body[HEAD_START : HEAD_START + length])
    edit(head)
    spelled = encode_canonical(head)
    return MAGIC + struct.pack("<Q", len(spelled)) + spelled + body[HEAD_START + length :]


def make_rich() -> Program:
    """Return a program whose head has something in every field."""
    feature = Feature("size", col("town").look_up_number("towns", key="name", value="size"))
    return replace(
        make_example("boosted"),
        columns=(text("town"), number("x1"), timestamp("at", formats=("epoch_seconds",))),
        features=(replace(feature, fill="median"), Feature("x1", col("x1").lag(2))),
        unit="USD",
        relative_to=col("x1") * 2,
        series=Series(time="at", keys=("town",), longest_step_seconds=60),
        rows_needed=3,
        references={"towns": {"name": ("ulm", None), "size": (3.0, None)}},
        fitted_from=FittedFrom(
            dataset_version="a" * 64, recipe_hash="b" * 64, references={"towns": "c" * 64}
        ),
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_program_is_read_back_as_it_was(name: str) -> None:
    program = make_example(name)
    body = write_program(program)
    read = read_program(body, sha256=hashlib.sha256(body).hexdigest())
    # NaN is not itself, so the numbers are held to their bytes.
    found = {key: (v.typecode, v.tobytes()) for key, v in read.arrays.items()}
    assert found == {key: (v.typecode, v.tobytes()) for key, v in program.arrays.items()}
    assert replace(read, arrays={}) == replace(program, arrays={})
    assert write_program(read) == body


def test_a_head_with_something_in_every_field_comes_back() -> None:
    assert read_program(write_program(make_rich())) == make_rich()


def test_the_bytes_of_version_3_do_not_change() -> None:
    """A change here is a new format: old programs in the registry must stay readable."""
    body = write_program(make_logistic())
    assert body.startswith(b"DROPCAST-PROGRAM 3\n")
    found = [(s["name"], s["typecode"], s["count"]) for s in json.loads(body[27:-72])["arrays"]]
    assert found == [
        ("0.deviation", "d", 2),
        ("0.mean", "d", 2),
        ("1.background", "d", 2),
        ("1.coefficients", "d", 2),
        ("1.intercept", "d", 1),
    ]
    assert body[-72:] == struct.pack("<9d", 2.0, 0.25, 1.0, 0.5, 0.0, 0.0, 1.0, -2.0, 0.5)


def test_equal_programs_have_one_spelling_whatever_the_order_of_their_arrays() -> None:
    program = make_forest()
    turned = replace(program, arrays=dict(sorted(program.arrays.items(), reverse=True)))
    assert write_program(turned) == write_program(program)


def test_another_file_than_the_registered_one_is_refused() -> None:
    with pytest.raises(ProgramError, match="not the registered"):
        read_program(write_program(make_forest()), sha256="0" * 64)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda _: b"", "does not begin with"),
        (lambda _: b"\x80\x04pickle", "does not begin with"),
        (lambda body: body.replace(b"PROGRAM 3", b"PROGRAM 2"), "does not begin with"),
        (lambda body: body[:20], "ends inside the head's length"),
        (lambda body: body[: HEAD_START + 9], "ends inside its head"),
        (lambda body: body[:-1], "arrays need"),
        (lambda body: body + b"\0", "arrays need"),
        (lambda body: body[: len(MAGIC)] + b"\xff" * 8 + body[HEAD_START:], "head is larger"),
        (
            lambda _: MAGIC + struct.pack("<Q", MAX_HEAD_BYTES + 1) + b" " * (MAX_HEAD_BYTES + 1),
            "head is larger",
        ),
        (lambda _: MAGIC + struct.pack("<Q", 60_000) + b"[" * 60_000, "not JSON"),
        (lambda _: MAGIC + struct.pack("<Q", 2) + b"{}", "missing fields"),
        (lambda body: edit_head(body, lambda h: h.update(task="pickle")), "expected one of"),
        (lambda body: edit_head(body, lambda h: h["steps"][0].update(kind="x")), "expected one of"),
        (lambda body: edit_head(body, lambda h: h.update(code="exit()")), "unknown fields"),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(count=-1)), "negative"),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(typecode="O")), "expected"),
        (lambda body: edit_head(body, lambda h: h["arrays"].reverse()), "in order"),
        (
            lambda body: edit_head(body, lambda h: h["arrays"].insert(0, h["arrays"][0])),
            "once each",
        ),
        (
            lambda body: edit_head(body, lambda h: h["columns"][0].update(minimum=10**400)),
            "not JSON of a sound kind",
        ),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(name="0")), "expected {"),
        (lambda body: body.replace(b'"dataset":"songs"', b'"dataset": "song"'), "canonical"),
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(
    damage: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(ProgramError, match=sentence):
        read_program(damage(write_program(make_forest())))


def test_every_truncation_is_refused() -> None:
    body = write_program(make_logistic())
    for length in range(len(body)):
        with pytest.raises(ProgramError):
            read_program(body[:length])


def test_an_array_of_a_type_that_the_format_lacks_is_not_written() -> None:
    program = make_forest()
    arrays = {**program.arrays, "0.width": array("q", [2])}
    with pytest.raises(ProgramError, match="typecode"):
        write_program(replace(program, arrays=arrays))


def test_a_program_above_the_size_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_file, "MAX_PROGRAM_BYTES", 100)
    with pytest.raises(ProgramError, match="larger than 100 bytes"):
        write_program(make_forest())
