"""The recipe's candidates compared inside the training rows, the best one fitted on all of them
and compiled. Test rows and their truth are no argument of anything here."""

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from dropcast.contracts.errors import DocumentError, NoCandidateError, ProgramDisagreesError
from dropcast.recipe import Candidate, Recipe
from dropcast.scoring import Program, build_value_scorer, read_program, write_program
from dropcast.training.candidates import FIT_ERRORS, answer_rows, fit_pipeline
from dropcast.training.compile import compile_program
from dropcast.training.folds import make_folds
from dropcast.training.metrics import make_scored_rows, measure
from dropcast.training.rows import FeatureRows, require_target, sort_rows, take_rows
from dropcast.training.split import SplitRecord, select_test

# The most that a program's probability may differ from its pipeline's.
TOLERANCE = 1e-9
_CHECKED_ROWS = 100
_PACKAGES = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """How one candidate did in cross-validation: the gate's metric on each fold, their mean and
    population standard deviation; or why it could not be fitted."""

    candidate: Candidate
    fold_scores: tuple[float, ...]
    mean: float | None
    std: float | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """All that later steps need to know of a fit, as JSON. ``packages`` are name -> version."""

    model: str
    dataset: str
    dataset_version: str
    recipe_hash: str
    seed: int
    metric: str
    candidate: Candidate
    board: tuple[BoardRow, ...]
    features: tuple[str, ...]
    split: SplitRecord
    program_sha256: str
    program_bytes: int
    packages: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PipelineScores:
    """The pipeline's own answers for the test rows, in their order: the second class's
    probability and the likelier class, 0 or 1."""

    probabilities: tuple[float, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The fitted pipeline, its program as a file, and the record of the fit."""

    pipeline: Pipeline
    program: bytes
    record: FitRecord


def fit_best(
    recipe: Recipe, rows: FeatureRows, *, split: SplitRecord, seed: int, dataset_version: str
) -> Fitted:
    """Return the candidate with the best cross-validated mean of the gate's metric (the first of
    equals), fitted on all training rows. The same rows and seed give the same program.

    Raises ``DocumentError`` if there are test rows among the rows, ``NoCandidateError`` if every
    candidate failed, ``ProgramDisagreesError`` if the program is not the pipeline.
    """
    if select_test(split, rows).any():
        raise DocumentError("there are test rows, by the split's record, among the training rows")
    rows = sort_rows(rows)
    board = tuple(_try_candidate(tried, recipe, rows, seed) for tried in recipe.candidates)
    best = _choose_best(recipe, board)
    pipeline = _fit_on_all(best, rows, seed)
    program = write_program(compile_program(pipeline, recipe, dataset_version=dataset_version))
    _require_agreement(read_program(program), pipeline, rows.values[:_CHECKED_ROWS])
    sha256 = hashlib.sha256(program).hexdigest()
    record = FitRecord(
        model=name_model(recipe.dataset, sha256),
        dataset=recipe.dataset,
        dataset_version=dataset_version,
        recipe_hash=recipe.hash,
        seed=seed,
        metric=recipe.gate.metric,
        candidate=best,
        board=board,
        features=rows.names,
        split=split,
        program_sha256=sha256,
        program_bytes=len(program),
        packages=list_packages(),
    )
    return Fitted(pipeline=pipeline, program=program, record=record)


def score_with_pipeline(pipeline: Pipeline, values: NDArray[np.float64]) -> PipelineScores:
    """Return the pipeline's answers for feature values of shape (n, f)."""
    scored = make_scored_rows(np.zeros(len(values), np.int64), answer_rows(pipeline, values))
    return PipelineScores(
        probabilities=tuple(scored.probability.tolist()), labels=tuple(scored.label.tolist())
    )


def name_model(dataset: str, program_sha256: str) -> str:
    """Return a model's name: its dataset and the first 16 hex digits of its program's sha256."""
    return f"{dataset}-{program_sha256[:16]}"


def list_packages() -> dict[str, str]:
    """Return the versions of what a fit depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _try_candidate(candidate: Candidate, recipe: Recipe, rows: FeatureRows, seed: int) -> BoardRow:
    try:
        scores = _cross_validate(candidate, recipe, rows, seed)
    except FIT_ERRORS as error:
        return BoardRow(
            candidate=candidate, fold_scores=(), mean=None, std=None, error=_describe(error)
        )
    return BoardRow(
        candidate=candidate,
        fold_scores=tuple(scores),
        mean=float(np.mean(scores)),
        std=float(np.std(scores)),
        error=None,
    )


def _cross_validate(
    candidate: Candidate, recipe: Recipe, rows: FeatureRows, seed: int
) -> list[float]:
    scores = []
    for number, (fitted, validated) in enumerate(make_folds(recipe.split, rows, seed), start=1):
        train, validation = take_rows(rows, fitted), take_rows(rows, validated)
        pipeline = fit_pipeline(candidate, train.values, require_target(train), seed)
        probabilities = answer_rows(pipeline, validation.values)
        if probabilities.shape[1] != 2 or len(set(require_target(validation).tolist())) != 2:
            raise ValueError(f"fold {number} holds rows of one class only")
        scored = make_scored_rows(require_target(validation), probabilities)
        scores.append(float(measure(recipe.gate.metric, scored)[0]))
    return scores


def _choose_best(recipe: Recipe, board: tuple[BoardRow, ...]) -> Candidate:
    means = [(row.mean, row.candidate) for row in board if row.mean is not None]
    if not means:
        reasons = "; ".join(f"{row.candidate.model}: {row.error}" for row in board)
        raise NoCandidateError(
            f"dataset '{recipe.dataset}': no candidate could be fitted: {reasons}"
        )
    return max(means, key=lambda pair: pair[0])[1]


def _fit_on_all(candidate: Candidate, rows: FeatureRows, seed: int) -> Pipeline:
    try:
        return fit_pipeline(candidate, rows.values, require_target(rows), seed)
    except FIT_ERRORS as error:
        raise NoCandidateError(
            f"the best candidate, {candidate.model}, could be fitted on every fold but not on all "
            f"training rows: {_describe(error)}"
        ) from error


def _require_agreement(program: Program, pipeline: Pipeline, values: NDArray[np.float64]) -> None:
    """Find a compiler's mistake while the pipeline is at hand; the gate judges all test rows."""
    score = build_value_scorer(program)
    found = np.array([score(row) for row in values.tolist()])
    difference = float(np.abs(found - answer_rows(pipeline, values)).max())
    if difference > TOLERANCE:
        raise ProgramDisagreesError(
            f"the {program.model} program is {difference:.3g} away from its pipeline on training "
            f"rows; at most {TOLERANCE:g} is allowed"
        )


def _describe(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:500]}"
