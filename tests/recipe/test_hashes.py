"""A recipe's three hashes: which fields move which, and that a new default moves none."""

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, make_dataclass, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.serialization.codec import find_defaults, to_document
from dropcast.recipe import (
    Candidate,
    Feature,
    Recipe,
    Requirement,
    Slice,
    Source,
    Table,
    candidate,
    col,
)
from dropcast.recipe.columns import Group
from dropcast.recipe.hashes import hash_groups, select_fields
from dropcast.recipes import RECIPES
from tests.recipe.defaults import DEFAULTS
from tests.recipe.prices import PRICES
from tests.recipe.texts import describe_columns, replace_texts

ALL_GROUPS: tuple[Group, ...] = ("columns", "training", "operations")
each_recipe = pytest.mark.parametrize(
    "recipe", [*RECIPES.values(), PRICES], ids=lambda recipe: recipe.dataset
)


def list_dataclasses(hint: Any, seen: set[type]) -> Iterator[type]:
    """Yield the dataclasses that a value of this type may hold, each once."""
    if isinstance(hint, type) and is_dataclass(hint):
        if hint not in seen:
            seen.add(hint)
            yield hint
            for inner in typing.get_type_hints(hint).values():
                yield from list_dataclasses(inner, seen)
        return
    for inner in typing.get_args(hint):
        yield from list_dataclasses(inner, seen)


def list_hashes(recipe: Recipe) -> dict[Group, str]:
    return {
        "columns": recipe.columns_hash,
        "training": recipe.training_hash,
        "operations": recipe.operations_hash,
    }


@pytest.mark.parametrize("cls", list(list_dataclasses(Recipe, set())), ids=lambda cls: cls.__name__)
def test_every_field_belongs_to_one_group(cls: type) -> None:
    groups: Mapping[str, Group] | None = getattr(cls, "groups", None)
    if groups is None:
        assert not issubclass(cls, Table)
        return
    assert groups.keys() == {field.name for field in fields(typing.cast("Any", cls))}
    assert set(groups.values()) <= set(ALL_GROUPS)


def test_a_field_without_a_group_is_refused_with_what_to_say() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Later(Recipe):
        pause_seconds: float = 0.0

    later = Later(**vars_of(PRICES))
    with pytest.raises(TypeError, match=r"Later\.groups has no entry for 'pause_seconds': say wh"):
        _ = later.training_hash


def test_every_default_is_the_one_that_it_always_was() -> None:
    found = {
        cls.__name__: {name: to_document(value) for name, value in find_defaults(cls).items()}
        for cls in list_dataclasses(Recipe, set())
    }
    assert {name: defaults for name, defaults in found.items() if defaults} == DEFAULTS


def vars_of(recipe: Recipe) -> dict[str, Any]:
    return {field.name: getattr(recipe, field.name) for field in fields(recipe)}


@each_recipe
@pytest.mark.parametrize("group", ALL_GROUPS)
def test_a_new_field_with_a_default_changes_no_hash_and_then_only_its_own(
    recipe: Recipe, group: Group
) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Later(Recipe):
        groups: ClassVar[Mapping[str, Group]] = {**Recipe.groups, "pause_seconds": group}
        pause_seconds: float = 0.0

    later = Later(**vars_of(recipe))
    assert list_hashes(later) == list_hashes(recipe)
    moved = list_hashes(replace(later, pause_seconds=60.0))
    # A model depends on its columns.
    follows = {group, "training"} if group == "columns" else {group}
    assert {name for name, found in moved.items() if found != list_hashes(recipe)[name]} == follows


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
_FIELDS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(_VALUES, _VALUES, st.booleans(), st.sampled_from(ALL_GROUPS)),
    max_size=6,
)
_Fields = dict[str, tuple[Any, Any, bool, Group]]


def make_value(declared: _Fields) -> Any:
    """Return an instance of a dataclass with fields of (value, default, has a default, group)."""
    cls = make_dataclass(
        "Made",
        [
            (name, Any, default) if optional else (name, Any)
            for name, (_, default, optional, _) in declared.items()
        ],
        frozen=True,
        kw_only=True,
        namespace={"groups": {name: group for name, (*_, group) in declared.items()}},
    )
    return cls(**{name: value for name, (value, *_) in declared.items()})


@given(declared=_FIELDS, default=_VALUES, group=st.sampled_from(ALL_GROUPS))
def test_a_new_default_changes_no_hash_at_any_depth(
    declared: _Fields, default: Any, group: Group
) -> None:
    before = make_value(declared)
    after = make_value({**declared, "added": (default, default, True, group)})
    for groups in (("columns",), ("columns", "training"), ("operations",)):
        assert hash_groups(before, *groups) == hash_groups(after, *groups)
        assert hash_groups((before,), *groups) == hash_groups((after,), *groups)


@given(declared=_FIELDS, data=st.data())
def test_another_value_moves_the_hash_of_its_group_alone(
    declared: _Fields, data: st.DataObject
) -> None:
    if not declared:
        return
    name = data.draw(st.sampled_from(sorted(declared)))
    value, default, optional, group = declared[name]
    # As JSON types: True is no 1.
    other = data.draw(_VALUES.filter(lambda drawn: repr(drawn) != repr(value)))
    before, after = (
        make_value({**declared, name: (v, default, optional, group)}) for v in (value, other)
    )
    for hashed in ALL_GROUPS:
        assert (hash_groups(before, hashed) != hash_groups(after, hashed)) == (hashed == group)


def _change_first_column(recipe: Recipe, **changes: Any) -> Recipe:
    first, *others = recipe.columns
    return replace(recipe, columns=(replace(first, **changes), *others))


CHANGES: dict[str, tuple[Group, Callable[[Recipe], Recipe]]] = {
    "title": ("operations", lambda r: replace(r, title="Other")),
    "summary": ("operations", lambda r: replace(r, summary="Other")),
    "descriptions": ("operations", lambda r: replace(r, columns=describe_columns(r.columns))),
    "an alias": ("columns", lambda r: _change_first_column(r, aliases=("another_header",))),
    "source": ("columns", lambda r: replace(r, source=replace(r.source, missing=("?",)))),
    "a unit": ("training", lambda r: _change_first_column(r, unit="furlongs")),
    "features": ("training", lambda r: replace(r, features=r.features[::-1])),
    "candidates": ("training", lambda r: replace(r, candidates=r.candidates[:1])),
    "gate": ("training", lambda r: replace(r, gate=replace(r.gate, champion_margin=0.5))),
    "search": ("training", lambda r: replace(r, search=replace(r.search, trials=9))),
    "random_state": ("training", lambda r: replace(r, random_state=1)),
}


@given(
    recipe=st.sampled_from([*RECIPES.values(), PRICES]),
    names=st.lists(st.sampled_from(sorted(CHANGES)), unique=True),
)
def test_a_recipes_changes_move_what_must_follow_and_no_more(
    recipe: Recipe, names: list[str]
) -> None:
    changed, moved = recipe, set[Group]()
    for name in names:
        group, change = CHANGES[name]
        changed = change(changed)
        moved |= {group, "training"} if group == "columns" else {group}
    before, after = list_hashes(recipe), list_hashes(changed)
    assert {group for group in ALL_GROUPS if before[group] != after[group]} == moved


@each_recipe
def test_texts_for_people_move_neither_columns_nor_training(recipe: Recipe) -> None:
    other = replace_texts(recipe)
    assert other != recipe
    assert other.columns_hash == recipe.columns_hash
    assert other.training_hash == recipe.training_hash
    assert other.operations_hash != recipe.operations_hash


def test_a_reference_tables_columns_are_read_by_models_and_not_by_the_datasets_own_parts() -> None:
    (towns,) = PRICES.references
    other = replace(PRICES, references=(replace(towns, source=Source(missing=("?",))),))
    assert other.columns_hash == PRICES.columns_hash
    assert other.training_hash != PRICES.training_hash
    assert other.references[0].columns_hash != towns.columns_hash


def test_what_is_hashed_has_no_defaults_at_any_depth() -> None:
    assert select_fields(candidate("random_forest"), "training") is None
    assert select_fields(candidate("random_forest"), "columns") == {
        "model": "random_forest",
        "parameters": {},
        "search": {},
    }
    assert select_fields(Feature("x", col("energy").log1p()), "columns") == {
        "name": "x",
        "expression": {
            "kind": "Call",
            "operation": "log1p",
            "arguments": [{"kind": "ColumnRef", "name": "energy"}],
        },
    }


def test_equal_numbers_of_two_types_are_two_parameters() -> None:
    """``max_features=1`` is one feature and ``1.0`` all of them."""
    one, all_of_them = (
        Candidate(model="random_forest", parameters={"max_features": value}, search={})
        for value in (1, 1.0)
    )
    hashes = {
        replace(RECIPES["spotify_preference"], candidates=(tried,)).training_hash
        for tried in (one, all_of_them)
    }
    assert len(hashes) == 2


def test_a_whole_number_in_a_floats_place_is_that_float() -> None:
    songs = RECIPES["spotify_preference"]
    gates = (
        replace(songs.gate, requirements=(Requirement(metric="roc_auc", bound=bound),))
        for bound in (1, 1.0)
    )
    assert len({replace(songs, gate=gate).training_hash for gate in gates}) == 1


def test_slices_are_of_the_training() -> None:
    sliced = replace(PRICES, slices=(Slice(name="dear", expression=col("close") > 9),))
    assert sliced.training_hash != PRICES.training_hash
    assert sliced.columns_hash == PRICES.columns_hash


def test_the_hashes_of_a_recipe_are_the_same_in_every_release() -> None:
    assert list_hashes(PRICES) == {
        "columns": "a13d9a75c4654c57bca591939d6afbea55cedee409250bc90ae7e5658912ee2a",
        "training": "60b55ddd6c3a7b424ecdcfaafc37adf25fd4564b9452cf7f6afed79f29fdfc6b",
        "operations": "7b36152b474de9a5ea4654ff8b1ba1d4b808213b539827e8cfeaead168926e57",
    }
