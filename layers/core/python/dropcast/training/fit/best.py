"""The best candidate of the leaderboard fitted on all training rows and compiled. Test rows and their
truth are no argument of anything here."""

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
from dropcast.training.compile.pipeline import compile_program
from dropcast.training.fit.answers import answer_in_units, find_learned
from dropcast.training.fit.candidates import FIT_ERRORS, answer_rows, fit_pipeline
from dropcast.training.fit.importance import measure_importance
from dropcast.training.fit.trials import describe_error
from dropcast.training.measure.curves import Importance
from dropcast.training.rows import FeatureRows, Floats, sort_rows
from dropcast.training.split.plan import SplitRecord, select_train

# The most that a program's answer may differ from its pipeline's; of a number, relative to it.
TOLERANCE = 1e-9
_CHECKED_ROWS = 100
_PACKAGES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "imbalanced-learn")


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """All that later steps need to know of a fit, as JSON. ``packages`` are name -> version,
    ``references`` the versions of the reference tables."""

    model: str
    dataset: str
    dataset_version: str
    references: dict[str, str]
    recipe_hash: str
    seed: int
    candidate: Candidate
    leaderboard: Leaderboard
    importance: tuple[Importance, ...]
    features: tuple[str, ...]
    split: SplitRecord
    program_sha256: str
    program_bytes: int
    packages: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PipelineScores:
    """The pipeline's own answers for the test rows, in their order: class probabilities, or one
    number in the target's unit."""

    answers: tuple[tuple[float, ...], ...]


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
    """Return the leaderboard's best candidate, fitted on all training rows. The same rows, leaderboard and
    seed give the same program.

    Raises ``DocumentError`` if there are other rows than training rows, ``NoCandidateError`` if
    every candidate failed, ``ProgramDisagreesError`` if the program is not the pipeline.
    """
    if not select_train(split, rows).all():
        raise DocumentError("there are rows that are no training rows, by the split's record")
    rows = sort_rows(rows)
    candidate = _choose(recipe, leaderboard)
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
        packages=list_packages(),
    )
    return Fitted(pipeline=pipeline, program=program, record=record)


def score_with_pipeline(pipeline: Pipeline, rows: FeatureRows) -> PipelineScores:
    """Return the pipeline's answers for rows."""
    return PipelineScores(answers=tuple(map(tuple, answer_in_units(pipeline, rows).tolist())))


def name_model(dataset: str, program_sha256: str) -> str:
    """Return a model's name: its dataset and the first 16 hex digits of its program's sha256."""
    return f"{dataset}-{program_sha256[:16]}"


def list_packages() -> dict[str, str]:
    """Return the versions of what a fit depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def measure_difference(found: Floats, expected: Floats) -> float:
    """Return the largest difference of two tables of answers; of numbers above 1 the relative. It
    is infinite where one of both is no finite number and the other is not the same."""
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    # A difference that is not a number would be lost among the others, and smaller than any bound.
    return float(np.nan_to_num(np.where(same, 0.0, differences), nan=np.inf, posinf=np.inf).max())


def _choose(recipe: Recipe, leaderboard: Leaderboard) -> Candidate:
    best = find_best(leaderboard)
    if best is None:
        reasons = "; ".join(f"{row.candidate.model}: {row.error}" for row in leaderboard.rows)
        raise NoCandidateError(
            f"dataset '{recipe.dataset}': no candidate could be fitted: {reasons}"
        )
    return best.candidate


def _fit_on_all(recipe: Recipe, candidate: Candidate, rows: FeatureRows, seed: int) -> Pipeline:
    try:
        return fit_pipeline(recipe, candidate, rows.values, find_learned(rows), seed)
    except FIT_ERRORS as error:
        raise NoCandidateError(
            f"the best candidate, {candidate.model}, could be fitted on every fold but not on all "
            f"training rows: {describe_error(error)}"
        ) from error


def _require_agreement(program: Program, pipeline: Pipeline, values: Floats) -> None:
    """Find a compiler's mistake while the pipeline is at hand; the gate judges all test rows."""
    score = build_value_scorer(program)
    found = np.array([score(row) for row in values.tolist()])
    difference = measure_difference(found, answer_rows(pipeline, values))
    if difference > TOLERANCE:
        raise ProgramDisagreesError(
            f"the program is {difference:.3g} away from its pipeline on training rows; at most "
            f"{TOLERANCE:g} is allowed"
        )
