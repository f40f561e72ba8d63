"""The one look at the test rows: the program's figures with intervals, beside a dummy's and the
champion's, and whether the program answers as its pipeline did."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.recipe.training import Metric
from dropcast.scoring import Program, build_value_scorer, read_program
from dropcast.training.bootstrap import Interval, estimate_difference, estimate_metrics
from dropcast.training.fit import PipelineScores, name_model
from dropcast.training.metrics import (
    METRICS,
    ScoredRows,
    count_confusion,
    make_scored_rows,
    measure,
)
from dropcast.training.rows import FeatureRows, require_target, take_rows
from dropcast.training.split import (
    MIN_CLASS_ROWS,
    SplitRecord,
    have_same_identity,
    select_test,
)


@dataclass(frozen=True, kw_only=True)
class ChampionModel:
    """The present champion: its program's file and, from its card, its split."""

    model: str
    program: bytes
    split: SplitRecord


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The program against its pipeline on the test rows."""

    rows: int
    largest_difference: float
    different_labels: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The model against the champion on the test rows that the champion was not trained on.

    ``difference``  model minus champion in the gate's metric, paired; None: not compared
    ``reason``      why not, as a sentence
    ``blocks``      whether being not compared speaks against the model
    """

    champion: str
    rows: int
    difference: Interval | None
    reason: str | None
    blocks: bool


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What the test rows say. ``confusion`` is [truth][predicted] in rows."""

    model: str
    program_sha256: str
    rows: int
    metrics: dict[str, Interval]
    confusion: tuple[tuple[int, int], tuple[int, int]]
    baseline: dict[str, float]
    agreement: Agreement
    comparison: Comparison | None


def evaluate_model(
    *,
    program: bytes,
    test: FeatureRows,
    scores: PipelineScores,
    split: SplitRecord,
    metric: Metric,
    champion: ChampionModel | None,
    seed: int,
) -> Evaluation:
    """Return the evaluation of a program on test rows with their truth.

    ``scores``  the pipeline's answers for the same rows in the same order
    ``split``   the record of the run's split; its count of training rows is all the dummy knows
    ``metric``  the gate's, by which the champion is compared

    Raises ``DocumentError`` if the rows and the scores, or the rows and the program, do not match,
    ``ProgramError`` for a damaged program.
    """
    loaded = read_program(program)
    _require_match(loaded, test, scores)
    scored = score_rows(loaded, test)
    sha256 = hashlib.sha256(program).hexdigest()
    model = name_model(loaded.dataset, sha256)
    return Evaluation(
        model=model,
        program_sha256=sha256,
        rows=len(test),
        metrics=estimate_metrics(list(METRICS), scored, seed=seed),
        confusion=_count_cells(scored),
        baseline=measure_dummy(scored.target, split.train_classes),
        agreement=_compare_with_pipeline(scored, scores),
        comparison=None
        if champion is None
        else _compare_with_champion(
            champion,
            model=model,
            program=loaded,
            split=split,
            test=test,
            scored=scored,
            metric=metric,
            seed=seed,
        ),
    )


def score_rows(program: Program, rows: FeatureRows) -> ScoredRows:
    """Return the rows as the row scorer, which serves, answers them."""
    score = build_value_scorer(program)
    probabilities = np.array([score(values) for values in rows.values.tolist()])
    return make_scored_rows(require_target(rows), probabilities)


def measure_dummy(target: NDArray[np.int64], train_classes: tuple[int, int]) -> dict[str, float]:
    """Return every metric of a model that answers each row with the training rows' class shares
    (scikit-learn's ``DummyClassifier(strategy="prior")``)."""
    shares = np.array(train_classes) / sum(train_classes)
    scored = make_scored_rows(target, np.tile(shares, (len(target), 1)))
    return {metric: float(measure(metric, scored)[0]) for metric in METRICS}


def _require_match(program: Program, test: FeatureRows, scores: PipelineScores) -> None:
    if test.names != tuple(feature.name for feature in program.features):
        raise DocumentError("the test rows have other features than the program")
    if not len(scores.probabilities) == len(scores.labels) == len(test):
        raise DocumentError(
            f"{len(test):,} test rows and {len(scores.probabilities):,} scores of the pipeline"
        )


def _compare_with_pipeline(scored: ScoredRows, scores: PipelineScores) -> Agreement:
    differences = np.abs(scored.probability - np.array(scores.probabilities))
    return Agreement(
        rows=len(differences),
        largest_difference=float(differences.max()),
        different_labels=int((scored.label != np.array(scores.labels)).sum()),
    )


def _compare_with_champion(
    champion: ChampionModel,
    *,
    model: str,
    program: Program,
    split: SplitRecord,
    test: FeatureRows,
    scored: ScoredRows,
    metric: Metric,
    seed: int,
) -> Comparison:
    if champion.model == model:
        return _skip_comparison(champion, "the champion is this same model")
    other = read_program(champion.program)
    if other.features != program.features:
        return _skip_comparison(champion, "the champion reads other features")
    if not have_same_identity(split.rule, champion.split.rule):
        return _skip_comparison(champion, "the champion's rows were split by another rule")
    unseen = select_test(champion.split, test)
    rows = take_rows(test, unseen)
    if min(np.bincount(require_target(rows), minlength=2)) < MIN_CLASS_ROWS:
        reason = f"only {len(rows):,} of the test rows are new to the champion, too few of a class"
        return _skip_comparison(champion, reason, rows=len(rows), blocks=True)
    ours = ScoredRows(
        target=scored.target[unseen],
        probability=scored.probability[unseen],
        label=scored.label[unseen],
    )
    return Comparison(
        champion=champion.model,
        rows=len(rows),
        difference=estimate_difference(metric, ours, score_rows(other, rows), seed=seed),
        reason=None,
        blocks=False,
    )


def _skip_comparison(
    champion: ChampionModel, reason: str, *, rows: int = 0, blocks: bool = False
) -> Comparison:
    return Comparison(
        champion=champion.model, rows=rows, difference=None, reason=reason, blocks=blocks
    )


def _count_cells(scored: ScoredRows) -> tuple[tuple[int, int], tuple[int, int]]:
    found = count_confusion(scored, np.ones((1, len(scored.target))))
    tn, fp, fn, tp = (int(cell[0]) for cell in found)
    return (tn, fp), (fn, tp)
