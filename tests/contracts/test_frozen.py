"""Classes made by contracts.frozen behave as the library's dataclasses."""

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from dropcast.contracts.serialization import frozen
from dropcast.contracts.serialization.frozen import find_fields


@frozen.dataclass(frozen=True)
class Point:
    """Two of its fields by place."""

    tagged: ClassVar[bool] = True
    x: float
    y: float = 0.5


@frozen.dataclass(frozen=True, kw_only=True)
class Named(Point):
    """A field more, by name."""

    name: str
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Library(Named):
    """The library's own, derived from one of ours."""

    more: int


@dataclasses.dataclass(frozen=True)
class Twin:
    x: float
    y: float = 0.5


def test_values_are_equal_hashed_and_shown_by_their_fields() -> None:
    assert Point(1.0) == Point(x=1.0, y=0.5) != Point(1.0, 1.0)
    assert hash(Point(1.0)) == hash(Point(1.0, 0.5)) == hash(Twin(1.0))
    assert repr(Point(1.0)) == repr(Twin(1.0)).replace("Twin", "Point")
    twin: object = Twin(1.0)
    assert Point(1.0) != twin
    assert repr(Named(1.0, name="a")) == "Named(x=1.0, y=0.5, name='a', notes=())"


def test_values_do_not_change() -> None:
    point: Any = Point(1.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        point.x = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.new = 1


@pytest.mark.parametrize(
    ("placed", "named"),
    [
        ((), {}),
        ((1.0, 2.0, 3.0), {}),
        ((1.0,), {"x": 1.0}),
        ((1.0,), {"z": 1.0}),
        ((), {"y": 1.0}),
    ],
)
def test_a_call_that_does_not_fit_is_refused_as_the_library_does(
    placed: tuple[float, ...], named: dict[str, float]
) -> None:
    makers: list[Any] = [Point, Twin]
    for make in makers:
        with pytest.raises(TypeError):
            make(*placed, **named)


def test_a_field_by_name_cannot_come_by_place() -> None:
    make: Any = Named
    with pytest.raises(TypeError, match="2 of them by place"):
        make(1.0, 2.0, "a")


def test_what_the_library_does_with_dataclasses_works() -> None:
    value = Named(1.0, name="a")
    assert dataclasses.is_dataclass(Named)
    assert [f.name for f in dataclasses.fields(Named)] == ["x", "y", "name", "notes"]
    assert dataclasses.replace(value, y=2.0) == Named(1.0, 2.0, name="a")
    assert dataclasses.asdict(value) == {"x": 1.0, "y": 0.5, "name": "a", "notes": ()}
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - its own bytes


def test_the_librarys_own_may_derive_from_one() -> None:
    value = Library(1.0, name="a", more=3)
    assert dataclasses.replace(value, more=4).more == 4
    assert value == Library(1.0, 0.5, name="a", more=3)
    assert find_fields(Library) == {**(find_fields(Named) or {}), "more": True}


def test_fields_are_listed_with_whether_they_must_be_given() -> None:
    assert find_fields(Named) == {"x": True, "y": False, "name": True, "notes": False}
    assert find_fields(Twin) == {"x": True, "y": False}
    assert find_fields(str) is None


def test_one_cannot_derive_from_the_librarys_nor_change() -> None:
    make: Any = frozen.dataclass
    with pytest.raises(TypeError, match="its base Twin is not"):
        make(frozen=True)(type("Derived", (Twin,), {"__annotations__": {"z": float}}))
    with pytest.raises(TypeError, match="frozen=True"):
        make(frozen=False)


def test_a_check_after_making_is_run() -> None:
    @frozen.dataclass(frozen=True)
    class Positive:
        x: float

        def __post_init__(self) -> None:
            if self.x <= 0:
                raise ValueError("not positive")

    assert Positive(1.0).x == 1.0
    with pytest.raises(ValueError, match="not positive"):
        Positive(-1.0)
