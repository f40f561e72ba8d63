"""Declare the operations of expressions, with what each of them takes and gives.

Both evaluators, ``features.columns`` and ``scoring.expressions``, have exactly these names.
"""

from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass

Kind = Literal["number", "text", "instant"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What an operation takes and gives.

    Parameters
    ----------
    takes
        The kind of each argument.
    gives
        The kind of the result.
    settings
        The kind of each setting.
    repeats
        Whether the last setting may be given several times.
    window
        Whether the operation reads other rows of the series than the row itself.
    """

    takes: tuple[Kind, ...]
    gives: Kind = "number"
    settings: tuple[Literal["number", "text"], ...] = ()
    repeats: bool = False
    window: bool = False


_ONE: tuple[Kind, ...] = ("number",)
_TWO: tuple[Kind, ...] = ("number", "number")
_CALENDAR = Operation(takes=("instant",), settings=("text",))
_WINDOW = Operation(takes=_ONE, settings=("number",), window=True)

OPERATIONS: dict[str, Operation] = {
    "add": Operation(takes=_TWO),
    "subtract": Operation(takes=_TWO),
    "multiply": Operation(takes=_TWO),
    "divide": Operation(takes=_TWO),
    "modulo": Operation(takes=_TWO),
    "negate": Operation(takes=_ONE),
    "absolute": Operation(takes=_ONE),
    "log": Operation(takes=_ONE),
    "log1p": Operation(takes=_ONE),
    "sin": Operation(takes=_ONE),
    "cos": Operation(takes=_ONE),
    "less": Operation(takes=_TWO),
    "less_equal": Operation(takes=_TWO),
    "greater": Operation(takes=_TWO),
    "greater_equal": Operation(takes=_TWO),
    "equal": Operation(takes=_TWO),
    "bucket": Operation(takes=_ONE, settings=("number",), repeats=True),
    "minute": _CALENDAR,
    "hour": _CALENDAR,
    "weekday": _CALENDAR,
    "day": _CALENDAR,
    "month": _CALENDAR,
    "year": _CALENDAR,
    "clean": Operation(takes=("text",), gives="text"),
    "first_item": Operation(takes=("text",), gives="text", settings=("text",)),
    "after": Operation(takes=("text",), gives="text", settings=("text",)),
    "join": Operation(takes=("text", "text"), gives="text", settings=("text",)),
    "count_items": Operation(takes=("text",), settings=("text",)),
    "length": Operation(takes=("text",)),
    "is_in": Operation(takes=("text",), settings=("text",), repeats=True),
    "look_up_number": Operation(takes=("text",), settings=("text", "text", "text")),
    "look_up_text": Operation(takes=("text",), gives="text", settings=("text", "text", "text")),
    "nearest_metres": Operation(takes=_TWO, settings=("text", "text", "text")),
    "lag": _WINDOW,
    "lead": _WINDOW,
    "rolling_mean": _WINDOW,
    "rolling_std": _WINDOW,
    "rolling_min": _WINDOW,
    "rolling_max": _WINDOW,
    "wilder_rsi": Operation(takes=_ONE, settings=("number", "number"), window=True),
}
# Operations whose settings are (reference table, column, column).
REFERENCE_OPERATIONS = ("look_up_number", "look_up_text", "nearest_metres")
