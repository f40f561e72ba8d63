from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.file_facts import FileFacts
from dropcast.contracts.messages import PartRead
from dropcast.contracts.serialization.codec import from_document, to_document


@dataclass(frozen=True)
class Circle:
    tagged: ClassVar[bool] = True
    radius: float


@dataclass(frozen=True)
class Square:
    tagged: ClassVar[bool] = True
    side: float


@dataclass(frozen=True, kw_only=True)
class Drawing:
    shapes: tuple[Circle | Square, ...]
    size: tuple[int, int]
    colours: dict[str, int | float | bool | str | None]
    style: Literal["plain", "bold"] = "plain"
    note: str | None = None


DRAWING = Drawing(
    shapes=(Circle(1.0), Square(2.5)),
    size=(3, 4),
    colours={"red": 1, "green": 0.5, "blue": True, "name": "x", "none": None},
)


def test_a_dataclass_comes_back_from_its_document_with_the_same_types() -> None:
    found = from_document(Drawing, to_document(DRAWING))
    assert found == DRAWING
    assert [type(v) for v in found.colours.values()] == [int, float, bool, str, type(None)]


def test_a_union_member_carries_its_class_name() -> None:
    assert to_document(DRAWING)["shapes"][1] == {"kind": "Square", "side": 2.5}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size": [1]}, "Drawing.size: expected 2 items, got 1"),
        ({"size": [1, "4"]}, r"Drawing.size\[1\]: expected int, got '4'"),
        ({"size": [1, True]}, r"Drawing.size\[1\]: expected int, got True"),
        ({"style": "loud"}, "Drawing.style: expected one of"),
        ({"shapes": [{"kind": "Star", "points": 5}]}, r"Drawing.shapes\[0\].*fits none of"),
        ({"shapes": [{"kind": "Circle", "side": 5}]}, r"unknown fields \['side'\], missing"),
        ({"extra": 1}, r"unknown fields \['extra'\]"),
        ({"colours": []}, "Drawing.colours: expected an object"),
    ],
)
def test_a_document_of_another_shape_is_refused_and_says_where(
    change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(DocumentError, match=sentence):
        from_document(Drawing, {**to_document(DRAWING), **change})


def test_a_missing_field_is_named() -> None:
    document = to_document(DRAWING)
    del document["size"]
    with pytest.raises(DocumentError, match=r"missing fields \['size'\] for Drawing"):
        from_document(Drawing, document)


@dataclass(frozen=True)
class Facts:
    inlined: ClassVar[bool] = True
    encoding: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    key: str
    facts: Facts


def test_the_fields_of_an_inlined_dataclass_stand_beside_those_of_its_owner() -> None:
    part = Part("k", Facts("utf-8", ("a",)))
    document = to_document(part)
    assert document == {"key": "k", "encoding": "utf-8", "notes": ["a"]}
    assert from_document(Part, document) == part
    # An older document may lack what has a default, and nothing else.
    assert from_document(Part, {"key": "k", "encoding": "x"}) == Part("k", Facts("x"))
    with pytest.raises(DocumentError, match=r"Part.facts: .*missing fields \['encoding'\]"):
        from_document(Part, {"key": "k"})
    with pytest.raises(DocumentError, match=r"unknown fields \['other'\]"):
        from_document(Part, {**document, "other": 1})


def test_the_record_of_a_part_keeps_the_shape_that_it_is_stored_in() -> None:
    stored = {
        "key": "clean/songs/a.parquet",
        "sha256": "a" * 64,
        "rows_accepted": 2,
        "rows_quarantined": 1,
        "quarantine_key": "quarantine/songs/a.csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "ignored_columns": ["x (field 1)"],
        "reason_counts": {"too few fields": 1},
        "format": "csv",
        "missing_cells": 0,
        "notes": [],
    }
    part = from_document(PartRead, stored)
    assert part.facts == FileFacts(
        encoding="utf-8",
        delimiter=",",
        ignored_columns=("x (field 1)",),
        reason_counts={"too few fields": 1},
    )
    assert to_document(part) == stored
