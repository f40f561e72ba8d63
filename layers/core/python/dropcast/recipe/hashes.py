"""Hash a recipe in three parts, by what must follow when a field changes.

Each field of a recipe belongs to one of three groups, declared beside the fields (``groups``):

``columns``
    How a file is read. A changed field makes other clean parts, so kept files are read again.
``training``
    How a model is trained and judged. A changed field makes another model of the same parts.
``operations``
    What neither a part nor a model depends on, such as texts for people. Nothing is made again.

A field inside a field belongs to the later group of the two: the description of a column is in
``operations``, and the columns of a reference table are in ``training``, as the dataset's own
parts do not depend on them. A class without ``groups`` belongs to the group of the field that
holds it.

A field that has its default value is left out of what is hashed, at every depth. So a new field
with a default changes no hash, and a default must never change: a test holds them all
(``docs/adr/0026``).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from dropcast.contracts.serialization.canonical import encode_canonical, hash_canonical
from dropcast.contracts.serialization.codec import find_defaults, is_tagged, list_values
from dropcast.recipe.columns import Group

# In this order: a field inside another belongs to the later group of the two.
_ORDER: tuple[Group, ...] = ("columns", "training", "operations")
# What has no place in the groups that are hashed; None is a value that fields have.
_NOTHING = object()


def hash_groups(value: object, *groups: Group) -> str:
    """Return the lower-case hex sha256 of a value's fields that belong to the groups.

    >>> from dropcast.recipe.columns import number
    >>> plain, described = number("price"), number("price", description="Paid, with tax")
    >>> hash_groups(plain, "columns") == hash_groups(described, "columns")
    True
    >>> hash_groups(plain, "operations") == hash_groups(described, "operations")
    False
    """
    selected = select_fields(value, *groups)
    return hash_canonical(selected)


def select_fields(value: object, *groups: Group) -> Any:
    """Return as JSON types what is hashed of a value: fields of the groups, without defaults.

    >>> from dropcast.recipe.columns import number
    >>> select_fields(number("price", unit="EUR", minimum=0), "columns")
    {'name': 'price', 'kind': 'number', 'minimum': 0.0}
    """
    selected = _select(value, "columns", frozenset(groups))
    return None if selected is _NOTHING else selected


def find_group(cls: type, field: str, outer: Group) -> Group:
    """Return the group of a class's field, where an instance stands in a field of ``outer``.

    Raises ``TypeError`` if the class declares groups and none for this field.
    """
    groups: Mapping[str, Group] | None = getattr(cls, "groups", None)
    if groups is None:
        return outer
    if field not in groups:
        raise TypeError(
            f"{cls.__name__}.groups has no entry for '{field}': say whether the field belongs to "
            f"{', '.join(_ORDER[:-1])} or {_ORDER[-1]}"
        )
    return max(outer, groups[field], key=_ORDER.index)


def _select(value: object, group: Group, wanted: frozenset[Group]) -> Any:
    values = list_values(value)
    if values is not None:
        return _select_of_dataclass(type(value), values, group, wanted)
    if isinstance(value, tuple | list):
        items = [_select(item, group, wanted) for item in value]
        if group not in wanted and all(item is _NOTHING for item in items):
            return _NOTHING
        # An item without a wanted field keeps its place, so that two items are not mixed up.
        return [None if item is _NOTHING else item for item in items]
    if isinstance(value, Mapping):
        found = {key: _select(item, group, wanted) for key, item in value.items()}
        kept = {key: item for key, item in found.items() if item is not _NOTHING}
        return kept if kept or group in wanted else _NOTHING
    return value if group in wanted else _NOTHING


def _select_of_dataclass(
    cls: type, values: Mapping[str, object], group: Group, wanted: frozenset[Group]
) -> Any:
    selected: dict[str, Any] = {"kind": cls.__name__} if is_tagged(cls) else {}
    found = False
    for name, value in values.items():
        inner = find_group(cls, name, group)
        part = _select(value, inner, wanted)
        if part is not _NOTHING and encode_canonical(part) != _encode_default(
            cls, name, inner, wanted
        ):
            selected[name] = part
            found = True
    return selected if found or group in wanted else _NOTHING


@cache
def _encode_default(cls: type, name: str, group: Group, wanted: frozenset[Group]) -> bytes | None:
    """Return what would be hashed of a field's default, ``None`` where it has no default."""
    defaults = find_defaults(cls)
    if name not in defaults:
        return None
    part = _select(defaults[name], group, wanted)
    return None if part is _NOTHING else encode_canonical(part)
