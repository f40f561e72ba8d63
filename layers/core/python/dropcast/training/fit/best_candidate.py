"""The best candidate of the leaderboard, fitted on all training rows and compiled.

Test rows' truth is no argument of anything here.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from sklearn.pipeline import Pipeline

from dropcast.contracts.errors import DocumentError, NoCandidateError, ProgramDisagreesError
from dropcast.recipe import Candidate, Recipe
from dropcast.recipe.references import ReferenceColumns
from dropcast.scoring import Program, build_value_scorer, read_program, write_program
from dropcast.search.leaderboard import Leaderboard, find_best
from dropcast.training.compile import compile_program
from dropcast.training.fit.importance import measure_importance
from dropcast.training.fit.trials import describe_error
from dropcast.training.measure import TOLERANCE, measure_difference
from dropcast.training.pipelines import FIT_ERRORS, fit_pipeline, predict_rows, predict_values
from dropcast.training.records import FitRecord, PipelinePredictions, name_model
from dropcast.training.rows import FeatureRows, Floats, compute_learned_target, sort_rows
from dropcast.training.split import SplitRecord, select_train

_CHECKED_ROWS = 100
_PACKAGES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "imbalanced-learn")


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The fitted pipeline, its program as a file, and the record of the fit."""

    pipeline: Pipeline
    program: bytes
    record: FitRecord


def fit_best(
    recipe: Recipe,
    rows: FeatureRows,
    *,
    leaderboard: Leaderboard,
    split: SplitRecord,
    seed: int,
    dataset_version: str,
    references: Mapping[str, str],
    reference_columns: ReferenceColumns,
) -> Fitted:
    """Return the leaderboard's best candidate, fitted on all training rows.

    The same rows, leaderboard and seed give the same program.

    Raises ``DocumentError`` if there are other rows than training rows, ``NoCandidateError`` if
    every candidate failed, ``ProgramDisagreesError`` if the program is not the pipeline.
    """
    if not select_train(split, rows).all():
        raise DocumentError("there are rows that are no training rows, by the split's record")
    rows = sort_rows(rows)
    candidate = _choose_candidate(recipe, leaderboard)
    pipeline = _fit_on_all(recipe, candidate, rows, seed)
    program = write_program(
        compile_program(
            pipeline,
            recipe,
            dataset_version=dataset_version,
            references=references,
            reference_columns=reference_columns,
            values=rows.values,
        )
    )
    _require_agreement(read_program(program), pipeline, rows.values[:_CHECKED_ROWS])
    sha256 = hashlib.sha256(program).hexdigest()
    record = FitRecord(
        model=name_model(recipe.dataset, sha256),
        dataset=recipe.dataset,
        dataset_version=dataset_version,
        references=dict(references),
        recipe_hash=recipe.training_hash,
        seed=seed,
        candidate=candidate,
        leaderboard=leaderboard,
        importance=measure_importance(recipe, rows, candidate, seed=seed),
        features=rows.names,
        split=split,
        program_sha256=sha256,
        program_bytes=len(program),
        packages=_list_packages(),
    )
    return Fitted(pipeline=pipeline, program=program, record=record)


def predict_with_pipeline(pipeline: Pipeline, rows: FeatureRows) -> PipelinePredictions:
    """Return the pipeline's predictions for rows, as a document."""
    found = predict_rows(pipeline, rows).tolist()
    return PipelinePredictions(predictions=tuple(map(tuple, found)))


def _list_packages() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a fit depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _choose_candidate(recipe: Recipe, leaderboard: Leaderboard) -> Candidate:
    best = find_best(leaderboard)
    if best is None:
        reasons = "; ".join(f"{row.candidate.model}: {row.error}" for row in leaderboard.rows)
        raise NoCandidateError(
            f"dataset '{recipe.dataset}': no candidate could be fitted: {reasons}"
        )
    return best.candidate


def _fit_on_all(recipe: Recipe, candidate: Candidate, rows: FeatureRows, seed: int) -> Pipeline:
    try:
        return fit_pipeline(recipe, candidate, rows.values, compute_learned_target(rows), seed)
    except FIT_ERRORS as error:
        raise NoCandidateError(
            f"the best candidate, {candidate.model}, could be fitted on every fold but not on all "
            f"training rows: {describe_error(error)}"
        ) from error


def _require_agreement(program: Program, pipeline: Pipeline, values: Floats) -> None:
    """Find a compiler's mistake while the pipeline is at hand; the gate judges all test rows."""
    score = build_value_scorer(program)
    found = np.array([score(row) for row in values.tolist()])
    difference = measure_difference(found, predict_values(pipeline, values))
    if difference > TOLERANCE:
        raise ProgramDisagreesError(
            f"the program is {difference:.3g} away from its pipeline on training rows; at most "
            f"{TOLERANCE:g} is allowed"
        )
