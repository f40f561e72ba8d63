"""What a pipeline learns from rows, and what its answers mean in the target's own terms."""

from array import array
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Feature, Task, col
from dropcast.scoring import Program, Step, build_scorer
from dropcast.training.fit.candidates import answer_rows
from dropcast.training.measure.metrics import ScoredRows
from dropcast.training.rows import FeatureRows, Floats, require_target


def find_learned(rows: FeatureRows) -> NDArray[Any]:
    """Return what is learned, (n,): the class, the number, or ln(number / base)."""
    target = require_target(rows)
    return target if rows.base is None else np.log(target / rows.base)


def answer_in_units(pipeline: Pipeline, rows: FeatureRows) -> Floats:
    """Return a fitted pipeline's answers: class probabilities (n, k), or numbers (n, 1) in the
    target's unit."""
    answers = answer_rows(pipeline, rows.values)
    return answers if rows.base is None else rows.base[:, np.newaxis] * np.exp(answers)


def finish_as_served(program: Program, rows: FeatureRows, answers: Floats) -> Floats:
    """Return what the prediction door makes of a program's last values (n, k): class probabilities,
    or numbers in the target's unit; NaN where the door would refuse to answer."""
    if rows.base is None:
        return answers
    finish = build_scorer(
        replace(
            program,
            features=(Feature("answer", col("answer"), fill=0.0),),
            relative_to=col("base"),
            references={},
            steps=(Step(kind="gather"),),
            arrays={"0.inputs": array("i", [0])},
        )
    )

    def finish_one(answer: float, base: float) -> list[float]:
        try:
            return finish([{"answer": answer, "base": base}])
        except InvalidRequestError:
            return [np.nan]

    pairs = zip(answers[:, 0].tolist(), rows.base.tolist(), strict=True)
    return np.array([finish_one(answer, base) for answer, base in pairs]).reshape(-1, 1)


def measure_naive_error(rows: FeatureRows) -> float | None:
    """Return the mean absolute error of the naive forecast on rows; ``None`` without one."""
    if rows.base is None:
        return None
    return float(np.abs(require_target(rows) - rows.base).mean())


def make_scored(
    task: Task, rows: FeatureRows, answers: Floats, *, naive_error: float | None
) -> ScoredRows:
    """Return rows with their answers, ready to be measured."""
    return ScoredRows(
        task=task, target=require_target(rows), answers=answers, naive_error=naive_error
    )
