"""Columns -> predictions: what the row scorer does for one case, for a whole batch at once."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.features.columns import ColumnTable, Floats, evaluate_columns, make_feature
from dropcast.ingest import Reason
from dropcast.recipe import Feature
from dropcast.scoring import Program
from dropcast.scoring.batch import build_batch_scorer
from dropcast.scoring.rows import (
    MOST_EXPONENT,
    NO_BASE,
    NOT_FINITE,
    explain_undefined,
    list_needed,
)

Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Predictions for some rows, and why others have none.

    ``predictions``  float64 (rows, labels) or (rows, 1); that of a row with a problem means nothing
    ``problems``     row -> reasons
    """

    predictions: Floats
    problems: Mapping[int, tuple[Reason, ...]]


TableScorer = Callable[[ColumnTable, Places], Predictions]


def build_table_scorer(program: Program) -> TableScorer:
    """Return the function that predicts for rows of a table.

    It takes the table and the places of the rows, int64 (rows,), and keeps their order.
    """
    score_values = build_batch_scorer(program)
    needed = list_needed(program)

    def score(table: ColumnTable, places: Places) -> Predictions:
        predictions = np.full((len(places), max(1, len(program.labels))), np.nan)
        if not len(places):
            return Predictions(predictions=predictions, problems={})
        features = [
            make_feature(evaluate_columns(feature.expression, table))[places]
            for feature in program.features
        ]
        values = np.column_stack(features)
        problems = _find_undefined(values, needed)
        sound = np.ones(len(places), dtype=bool)
        sound[list(problems)] = False
        if program.relative_to is not None:
            base = np.asarray(evaluate_columns(program.relative_to, table))[places]
            unfounded = sound & ~(np.isfinite(base) & (base > 0))
            problems |= _explain(unfounded, NO_BASE)
            sound &= ~unfounded
            predictions[sound] = _raise_base(base[sound], score_values(values[sound]))
        else:
            predictions[sound] = score_values(values[sound])
        problems |= _explain(sound & ~np.isfinite(predictions).all(axis=1), NOT_FINITE)
        return Predictions(predictions=predictions, problems=problems)

    return score


def _find_undefined(
    values: Floats, needed: list[tuple[int, Feature]]
) -> dict[int, tuple[Reason, ...]]:
    undefined = ~np.isfinite(values[:, [index for index, _ in needed]])
    reasons = [_make_reason(explain_undefined(feature)) for _, feature in needed]
    return {
        row: tuple(reasons[at] for at in np.flatnonzero(undefined[row]).tolist())
        for row in np.flatnonzero(undefined.any(axis=1)).tolist()
    }


def _raise_base(base: Floats, predictions: Floats) -> Floats:
    """Return base * e^prediction. ``min`` before ``exp``, in floats: as the row scorer has it."""
    powers = [
        [math.exp(min(prediction, MOST_EXPONENT)) for prediction in row]
        for row in predictions.tolist()
    ]
    with np.errstate(over="ignore"):
        return np.asarray(base[:, np.newaxis] * np.array(powers).reshape(predictions.shape))


def _explain(flags: NDArray[np.bool_], sentence: str) -> dict[int, tuple[Reason, ...]]:
    return dict.fromkeys(np.flatnonzero(flags).tolist(), (_make_reason(sentence),))


def _make_reason(sentence: str) -> Reason:
    """Return a reason whose sentence shows no value, so that rows are counted by it."""
    return Reason(rule=sentence, sentence=sentence)
