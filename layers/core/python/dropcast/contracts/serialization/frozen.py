"""Frozen dataclasses at a twentieth of their cost to make.

``dataclasses`` imports ``inspect`` and compiles six functions for each class: 8 ms, and 0.8 ms a
class, of a cold start that may take 20 (``docs/adr/0014``). What answers predictions makes its
classes with the :func:`dataclass` here instead. For a type checker it is ``dataclasses.dataclass``
itself; at run time its classes share six functions written once.

They differ from the library's in one thing: making an instance takes 2 microseconds instead of 1.
``fields``, ``replace``, ``asdict`` and a library's dataclass derived from one work, through
``__dataclass_fields__``, which imports the library when it is first read.

>>> @dataclass(frozen=True, kw_only=True)
... class Point:
...     x: float
...     y: float = 0.0
>>> Point(x=1.0), Point(x=1.0) == Point(x=1.0, y=0.0)
(Point(x=1.0, y=0.0), True)
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

T = TypeVar("T")
_SPEC = "__frozen_spec__"
_STANDARD = "__dataclass_fields__"


class _Spec:
    """A class's fields: every name in order, those that may be given by place, and defaults."""

    def __init__(
        self, names: tuple[str, ...], placed: tuple[str, ...], defaults: dict[str, Any]
    ) -> None:
        self.names = names
        self.known = frozenset(names)
        self.placed = placed
        self.defaults = defaults


def find_fields(cls: type) -> Mapping[str, bool] | None:
    """Return name -> whether it must be given, in order, of either kind of dataclass.

    Returns ``None`` for any other class.
    """
    spec = cls.__dict__.get(_SPEC)
    if spec is not None:
        return {name: name not in spec.defaults for name in spec.names}
    if not hasattr(cls, _STANDARD):
        return None
    import dataclasses  # noqa: PLC0415 - 8 ms, and no class of the serving path comes here

    missing = dataclasses.MISSING
    return {
        f.name: f.default is missing and f.default_factory is missing
        for f in dataclasses.fields(cls)
    }


def find_default_values(cls: type) -> Mapping[str, object]:
    """Return the default values by field of a dataclass of either make."""
    spec = cls.__dict__.get(_SPEC)
    if spec is not None:
        return dict(spec.defaults)
    import dataclasses  # noqa: PLC0415 - 8 ms, and no class of the serving path comes here

    missing = dataclasses.MISSING
    return {
        field.name: field.default if field.default_factory is missing else field.default_factory()
        for field in dataclasses.fields(cls)
        if not (field.default is missing and field.default_factory is missing)
    }


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - for others to import
else:

    def dataclass(*, frozen: bool, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
        """Return the decorator; ``frozen`` must be True, as for every message."""
        if not frozen:
            raise TypeError(
                "dropcast.contracts.serialization.frozen makes frozen classes: say frozen=True"
            )
        return lambda cls: _make_frozen(cls, kw_only=kw_only)


def _make_frozen(cls: type[T], *, kw_only: bool) -> type[T]:
    names: dict[str, None] = {}
    placed: dict[str, None] = {}
    defaults: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        spec = base.__dict__.get(_SPEC)
        if spec is not None:
            names |= dict.fromkeys(spec.names)
            placed |= dict.fromkeys(spec.placed)
            defaults |= spec.defaults
        elif _STANDARD in base.__dict__:
            raise TypeError(f"{cls.__name__} is made here and its base {base.__name__} is not")
    for name, hint in _own_hints(cls).items():
        if getattr(hint, "__origin__", None) is ClassVar:
            continue
        names[name] = None
        if not kw_only:
            placed[name] = None
        if name in cls.__dict__:
            defaults[name] = cls.__dict__[name]
    setattr(cls, _SPEC, _Spec(tuple(names), tuple(placed), defaults))
    for name, function in _SHARED.items():
        if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
            setattr(cls, name, function)
    return cls


def _own_hints(cls: type) -> dict[str, Any]:
    hints: dict[str, Any] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - see the module
    return hints


def _init(self: Any, *args: Any, **values: Any) -> None:
    spec: _Spec = getattr(type(self), _SPEC)
    if args:
        given = dict(zip(spec.placed, args, strict=False))
        if len(given) < len(args) or not given.keys().isdisjoint(values):
            raise _explain(type(self), spec, len(args), values)
        values |= given
    if len(values) < len(spec.names):
        values = {**spec.defaults, **values}
    if values.keys() != spec.known:
        raise _explain(type(self), spec, len(args), values)
    vars(self).update(values)
    check = getattr(self, "__post_init__", None)
    if check is not None:
        check()


def _explain(cls: type, spec: _Spec, placed: int, values: Mapping[str, Any]) -> TypeError:
    unknown = sorted(values.keys() - spec.known)
    missing = [name for name in spec.names[placed:] if name not in values]
    return TypeError(
        f"{cls.__name__}() takes {', '.join(spec.names)} ({len(spec.placed)} of them by place); "
        f"{placed} are given by place, unknown: {unknown}, missing: {missing}, "
        f"by name: {sorted(values)}"
    )


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in getattr(self, _SPEC).names)
    return f"{type(self).__qualname__}({shown})"


def _list_values(value: Any) -> tuple[Any, ...]:
    here = vars(value)
    return tuple(here[name] for name in getattr(value, _SPEC).names)


def _eq(self: Any, other: object) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return _list_values(self) == _list_values(other)


def _hash(self: Any) -> int:
    return hash(_list_values(self))


def _refuse_change(self: Any, name: str, value: object = None) -> None:
    del self, value
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only where something is wrong

    raise FrozenInstanceError(f"cannot change field '{name}': the value is frozen")


class _Standard:
    """An attribute that the library reads of its own dataclasses, made when it is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses  # noqa: PLC0415 - see the module: its cost is why this file is there

        made = next(base for base in owner.__mro__ if _SPEC in base.__dict__)
        spec: _Spec = made.__dict__[_SPEC]
        hints: dict[str, Any] = {}
        for base in reversed(made.__mro__):
            hints |= _own_hints(base)
        body: dict[str, Any] = {"__annotations__": {name: hints[name] for name in spec.names}}
        for name in spec.names:
            default = spec.defaults.get(name, dataclasses.MISSING)
            body[name] = dataclasses.field(default=default, kw_only=name not in spec.placed)
        body["__doc__"] = made.__doc__ or made.__name__
        twin: type = dataclasses.dataclass(frozen=True)(type(made.__name__, (), body))
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            setattr(made, name, getattr(twin, name))
        return getattr(made, self._name)


_SHARED: dict[str, Any] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_change,
    "__delattr__": _refuse_change,
    "__dataclass_fields__": _Standard("__dataclass_fields__"),
    "__dataclass_params__": _Standard("__dataclass_params__"),
}
