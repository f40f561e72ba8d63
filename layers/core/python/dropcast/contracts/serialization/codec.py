"""Frozen dataclasses to JSON documents and back, by their type hints.

One mechanism carries every message, card and recipe: a dataclass becomes an object with its
field names; a member of a union of dataclasses also carries its class name as ``kind``, and the
fields of a dataclass that is ``inlined`` stand beside those of the one that has it.
Decoding refuses unknown and missing fields, so a document of another release fails with a
sentence and is never loaded in part.
"""

import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.serialization.frozen import find_default_values, find_fields

T = TypeVar("T")
_AS_THEY_ARE = frozenset({str, float, int, bool, type(None)})


def to_document(value: object) -> Any:
    """Return ``value`` as JSON types: dataclass -> object, tuple -> array."""
    cls: Any = type(value)
    if cls in _AS_THEY_ARE:
        return value
    names = _fields(cls)
    if names is not None:
        hints = _hints(cls)
        fields: dict[str, Any] = {}
        for name in names:
            document = to_document(_widen(getattr(value, name), hints[name]))
            fields |= document if _is_inlined(hints[name]) else {name: document}
        return {"kind": cls.__name__, **fields} if is_tagged(cls) else fields
    if isinstance(value, tuple | list):
        return [to_document(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_document(item) for key, item in value.items()}
    return value


def from_document(cls: type[T], document: object) -> T:
    """Return the ``cls`` that ``document`` holds; raise :class:`DocumentError` saying where."""
    decoded = _decode(cls, document, cls.__name__)
    return typing.cast("T", decoded)


def list_values(value: object) -> dict[str, object] | None:
    """Return a dataclass's values by field as documents have them; ``None`` of another value."""
    cls: Any = type(value)
    names = _fields(cls)
    if names is None:
        return None
    hints = _hints(cls)
    return {name: _widen(getattr(value, name), hints[name]) for name in names}


@cache
def find_defaults(cls: type) -> Mapping[str, object]:
    """Return a dataclass's default values by field as documents have them."""
    hints = _hints(cls)
    return {name: _widen(value, hints[name]) for name, value in find_default_values(cls).items()}


def is_tagged(cls: type) -> bool:
    """Return whether the class writes its name: members of a union set ``tagged = True``."""
    return bool(getattr(cls, "tagged", False))


def _is_inlined(hint: Any) -> bool:
    """Return whether a dataclass's fields stand beside its owner's: it sets ``inlined``."""
    return bool(getattr(hint, "inlined", False))


def _widen(value: object, hint: Any) -> object:
    """Return a whole number in a float's place as a float: equal values have one document."""
    return float(value) if type(value) is int and hint in (float, float | None) else value


@cache
def _fields(cls: type) -> Mapping[str, bool] | None:
    return find_fields(cls)


@cache
def _hints(cls: type) -> dict[str, Any]:
    """Return the fields' types. Those in quotes take the library's way, which compiles them."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        hints |= base.__dict__.get("__annotations__", {})  # noqa: RUF063 - it imports inspect
    if all(map(_is_written_out, hints.values())):
        return hints
    return typing.get_type_hints(cls)


def _is_written_out(hint: Any) -> bool:
    if isinstance(hint, str | typing.ForwardRef):
        return False
    origin = typing.get_origin(hint)
    if origin is None or origin is typing.Literal:
        return True
    return all(map(_is_written_out, typing.get_args(hint)))


def _decode(hint: Any, value: object, where: str) -> object:
    if type(value) is hint and hint in _AS_THEY_ARE:
        return value
    if isinstance(hint, type) and _fields(hint) is not None:
        return _decode_dataclass(hint, value, where)
    decode = _BY_ORIGIN.get(typing.get_origin(hint))
    return decode(hint, value, where) if decode else _decode_scalar(hint, value, where)


def _decode_tuple(hint: Any, value: object, where: str) -> object:
    if not isinstance(value, list | tuple):
        raise DocumentError(f"{where}: expected an array, got {value!r}")
    items = typing.get_args(hint)
    if len(items) == 2 and items[1] is Ellipsis:
        items = (items[0],) * len(value)
    if len(items) != len(value):
        raise DocumentError(f"{where}: expected {len(items)} items, got {len(value)}")
    pairs = enumerate(zip(items, value, strict=True))
    return tuple(_decode(item, v, f"{where}[{i}]") for i, (item, v) in pairs)


def _decode_mapping(hint: Any, value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise DocumentError(f"{where}: expected an object, got {value!r}")
    item = typing.get_args(hint)[1]
    return {str(k): _decode(item, v, f"{where}.{k}") for k, v in value.items()}


def _decode_literal(hint: Any, value: object, where: str) -> object:
    if value not in typing.get_args(hint):
        raise DocumentError(f"{where}: expected one of {typing.get_args(hint)}, got {value!r}")
    return value


def _decode_scalar(hint: Any, value: object, where: str) -> object:
    if hint is Any or hint is object:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, bool):
        raise DocumentError(f"{where}: expected int, got {value!r}")
    if isinstance(value, hint):
        return value
    raise DocumentError(f"{where}: expected {hint.__name__}, got {value!r}")


def _decode_union(hint: Any, value: object, where: str) -> object:
    members = typing.get_args(hint)
    if type(value) in _AS_THEY_ARE and type(value) in members:
        return value
    if isinstance(value, Mapping):
        for member in members:
            tag = getattr(member, "__name__", "")
            if is_tagged(member) and value.get("kind") == tag:
                return _decode_dataclass(member, value, where)
    members = tuple(m for m in members if m is not type(None))
    for member in members:
        try:
            return _decode(member, value, where)
        except DocumentError:
            if len(members) == 1:
                raise
    raise DocumentError(f"{where}: {value!r} fits none of {[str(m) for m in members]}")


def _decode_dataclass(cls: Any, value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise DocumentError(f"{where}: expected an object for {cls.__name__}, got {value!r}")
    found = {k: v for k, v in value.items() if not (k == "kind" and is_tagged(cls))}
    fields, hints = _fields(cls) or {}, _hints(cls)
    for name in fields:
        if _is_inlined(hints[name]):
            owned = (_fields(hints[name]) or {}).keys() & found.keys()
            found[name] = {field: found.pop(field) for field in owned}
    unknown = sorted(found.keys() - fields.keys())
    missing = sorted(name for name, needed in fields.items() if needed and name not in found)
    if unknown or missing:
        raise DocumentError(
            f"{where}: unknown fields {unknown}, missing fields {missing} for {cls.__name__}"
        )
    return cls(**{k: _decode(hints[k], v, f"{where}.{k}") for k, v in found.items()})


_BY_ORIGIN: dict[Any, Callable[[Any, object, str], object]] = {
    types.UnionType: _decode_union,
    typing.Union: _decode_union,
    tuple: _decode_tuple,
    dict: _decode_mapping,
    Mapping: _decode_mapping,
    typing.Literal: _decode_literal,
}
