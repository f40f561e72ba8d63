"""The program's file: one spelling, read back the same, and refused when it is unsound."""

import hashlib
import json
import struct
from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dropcast.contracts.canonical import encode_canonical
from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Call, Constant, Expression, Feature, col, text
from dropcast.scoring import Program, program_file, read_program, write_program
from dropcast.scoring.program_file import MAGIC
from tests.scoring.programs import (
    BOOSTING,
    FOREST,
    make_boosting,
    make_forest,
    make_logistic,
    make_program,
)

MAKERS = (make_logistic, make_forest, make_boosting)
HEAD_START = len(MAGIC) + 8


def edit_head(body: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    (length,) = struct.unpack_from("<Q", body, len(MAGIC))
    head = json.loads(body[HEAD_START : HEAD_START + length])
    edit(head)
    spelled = encode_canonical(head)
    return MAGIC + struct.pack("<Q", len(spelled)) + spelled + body[HEAD_START + length :]


@pytest.mark.parametrize("make", MAKERS)
def test_a_program_is_read_back_as_it_was(make: Callable[[], Program]) -> None:
    body = write_program(make())
    read = read_program(body, sha256=hashlib.sha256(body).hexdigest())
    assert read == make()
    assert write_program(read) == body


def test_the_bytes_of_version_1_do_not_change() -> None:
    """A change here is a new format: old programs in the registry must stay readable."""
    body = write_program(make_logistic())
    assert body.startswith(b"DROPCAST-PROGRAM 1\n")
    found = [(s["name"], s["count"]) for s in json.loads(body[HEAD_START:-56])["arrays"]]
    assert found == [
        ("coefficients", 2),
        ("intercept", 1),
        ("scale_deviation", 2),
        ("scale_mean", 2),
    ]
    assert body[-56:] == struct.pack("<7d", 1.0, -2.0, 0.5, 2.0, 0.25, 1.0, 0.5)


def test_another_file_than_the_registered_one_is_refused() -> None:
    with pytest.raises(ProgramError, match="not the registered"):
        read_program(write_program(make_forest()), sha256="0" * 64)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda _: b"", "does not begin with"),
        (lambda _: b"\x80\x04pickle", "does not begin with"),
        (lambda body: body[:20], "ends inside the head's length"),
        (lambda body: body[: HEAD_START + 9], "ends inside its head"),
        (lambda body: body[:-1], "arrays need"),
        (lambda body: body + b"\0", "arrays need"),
        (lambda body: body[: len(MAGIC)] + b"\xff" * 8 + body[HEAD_START:], "head is larger"),
        (lambda _: MAGIC + struct.pack("<Q", 60_000) + b"[" * 60_000, "not JSON"),
        (lambda _: MAGIC + struct.pack("<Q", 2) + b"{}", "missing fields"),
        (lambda body: edit_head(body, lambda h: h.update(model="pickle")), "expected one of"),
        (lambda body: edit_head(body, lambda h: h.update(code="exit()")), "unknown fields"),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(count=-1)), "negative"),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(typecode="O")), "expected"),
        (lambda body: edit_head(body, lambda h: h["arrays"].reverse()), "in order"),
        (
            lambda body: edit_head(body, lambda h: h["columns"][0].update(minimum=10**400)),
            "not JSON of a sound kind",
        ),
        (lambda body: edit_head(body, lambda h: h["arrays"][0].update(name="a")), "expected {"),
        (lambda body: body.replace(b'"dataset":"songs"', b'"dataset": "song"'), "canonical"),
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(
    damage: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(ProgramError, match=sentence):
        read_program(damage(write_program(make_forest())))


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("roots", array("i"), "no trees"),
        ("roots", array("i", [0, 2]), "outside the trees"),
        ("roots", array("i", [0, ~4]), "outside the trees"),
        ("right", array("i", [2, ~2]), "outside the trees"),
        ("right", array("i", [0, ~2]), "does not come after its parent"),
        ("right", array("i", [1, 0]), "does not come after its parent"),
        ("right", array("i", [1]), "has 1 items, expected 2"),
        ("split_feature", array("i", [0, 2]), "a feature that is not there"),
        ("split_feature", array("i", [0, -1]), "a feature that is not there"),
        ("threshold", array("d", [1.0, float("nan")]), "not a number"),
        ("missing_left", array("B", [1, 2]), "other values than 0 and 1"),
        ("second_probability", array("d", [0.0, 0.75, 0.5, 1.5]), "no probability"),
        ("second_probability", array("d", [0.0, 0.75, 0.5]), "has 3 items, expected 4"),
        ("first_probability", array("d", [0.0, 0.75, 0.5, float("nan")]), "not finite"),
        ("first_probability", array("i", [0, 0, 0, 0]), "expected {"),
    ],
)
def test_unsound_trees_are_refused(name: str, values: "array[Any]", sentence: str) -> None:
    with pytest.raises(ProgramError, match=sentence):
        write_program(make_program("random_forest", FOREST | {name: values}))


def test_a_boosted_tree_may_split_by_missing_alone() -> None:
    thresholds = array("d", [float("inf"), 0.25])
    program = make_program("hist_gradient_boosting", BOOSTING | {"threshold": thresholds})
    assert read_program(write_program(program)) == program


def nest(depth: int) -> Expression:
    return nest(depth - 1) + 1 if depth else col("energy")


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ((), "no features"),
        ((Feature("a", col("seconds")), Feature("a", col("energy"))), "one name"),
        ((Feature("a", col("seconds")), Feature("b", col("artist"))), "no numeric column 'artist'"),
        ((Feature("a", col("seconds")), Feature("b", col("title"))), "no numeric column 'title'"),
        ((Feature("a", col("seconds")), Feature("b", Call("eval", ()))), "no operation 'eval'"),
        ((Feature("a", col("seconds")), Feature("b", Call("sin", ()))), "of 0 arguments"),
        ((Feature("a", col("seconds")), Feature("b", nest(80))), "nested deeper"),
        ((Feature("a", col("seconds")), Feature("b", Constant(float("inf")))), "written: its head"),
    ],
)
def test_unsound_features_are_refused(features: tuple[Feature, ...], sentence: str) -> None:
    program = make_forest()
    broken = replace(program, features=features, columns=(*program.columns, text("artist")))
    with pytest.raises(ProgramError, match=sentence):
        write_program(broken)


def test_a_scale_of_zero_is_refused() -> None:
    program = make_logistic()
    arrays = {**program.arrays, "scale_deviation": array("d", [1.0, 0.0])}
    with pytest.raises(ProgramError, match="not positive"):
        write_program(replace(program, arrays=arrays))


def test_a_program_above_the_size_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_file, "MAX_PROGRAM_BYTES", 100)
    with pytest.raises(ProgramError, match="larger than 100 bytes"):
        write_program(make_forest())
