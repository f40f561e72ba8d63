"""Checks that the bodies of all small JSON objects share."""

from collections.abc import Collection, Mapping

from dropcast.contracts.errors import Problem, describe_unknown, list_field_problems


def is_storable(text: str) -> bool:
    r"""Return whether a text can be encoded as UTF-8: an escape may be a lone surrogate.

    >>> is_storable("\u00fc"), is_storable("\ud800")
    (True, False)
    """
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def find_unknown_fields(body: Mapping[str, object], known: Collection[str]) -> list[Problem]:
    """Return the problems of the fields that are not known, as ``list_field_problems`` does."""
    unknown = [name for name in body if name not in known]
    return list_field_problems(unknown, lambda shown: describe_unknown("field", shown, known))
