"""The one look at the test rows: the program's figures with their intervals.

They stand beside a dummy's and the champion's, and it is checked that the program predicts as its
pipeline did.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from dropcast.contracts.errors import DocumentError, ProgramDisagreesError, ProgramError
from dropcast.recipe import Recipe
from dropcast.scoring import Program, read_program
from dropcast.training.judge.comparison import (
    ChampionModel,
    Comparison,
    compare_with_champion,
    skip_comparison,
)
from dropcast.training.judge.predictions import (
    predict_as_dummy,
    predict_by_rows,
    predict_in_blocks,
)
from dropcast.training.measure import (
    ClassReport,
    Curves,
    Interval,
    ScoredRows,
    count_confusion,
    describe_classes,
    draw_curves,
    estimate_difference,
    estimate_metrics,
    list_metrics,
    measure,
    measure_difference,
    pair_predictions,
)
from dropcast.training.records import PipelinePredictions, name_model
from dropcast.training.rows import FeatureRows, Floats, take_rows
from dropcast.training.split import SplitRecord


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The program against its pipeline on the test rows.

    Both the scorer that serves requests and the one that scores files are compared.
    """

    rows: int
    largest_difference: float
    different_labels: int


@dataclass(frozen=True, kw_only=True)
class SliceReport:
    """The figures on the test rows of one of the recipe's slices.

    Those that are undefined there (one class only) are left out.
    """

    name: str
    rows: int
    metrics: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A model's figures on the test rows.

    ``baseline``       the dummy's figures
    ``against_dummy``  the gate's metric minus the dummy's, on the same resamples
    ``confusion``      [truth][predicted] in rows, and ``classes`` what it means for each class;
                       both are empty for a regression
    """

    model: str
    program_sha256: str
    rows: int
    metrics: dict[str, Interval]
    baseline: dict[str, float]
    against_dummy: Interval
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassReport, ...]
    slices: tuple[SliceReport, ...]
    curves: Curves
    agreement: Agreement
    comparison: Comparison | None


def evaluate_model(
    *,
    recipe: Recipe,
    program: bytes,
    test: FeatureRows,
    predictions: PipelinePredictions,
    split: SplitRecord,
    champion: ChampionModel | None,
    seed: int,
) -> Evaluation:
    """Return the evaluation of a program on test rows with their truth.

    ``predictions``  the pipeline's for the same rows in the same order
    ``split``        the record of the run's split; the dummy knows the training rows from it

    Where the recipe splits by group, intervals draw whole groups, as their rows are alike.

    Raises ``DocumentError`` if the rows and the predictions, or the rows and the program, do not
    match, ``ProgramError`` for a damaged program, ``ProgramDisagreesError`` if it gives no number
    where the pipeline gives one.
    """
    loaded = read_program(program)
    _require_match(loaded, test, predictions)
    scored = predict_by_rows(recipe, loaded, test, split)
    sha256 = hashlib.sha256(program).hexdigest()
    model = name_model(loaded.dataset, sha256)
    names = _list_measured(recipe, split)
    dummy = predict_as_dummy(recipe, test, split)
    classes = recipe.target.labels
    return Evaluation(
        model=model,
        program_sha256=sha256,
        rows=len(test),
        metrics=estimate_metrics(names, scored, seed=seed, groups=test.group_id),
        baseline={name: float(measure(name, dummy)[0]) for name in names},
        against_dummy=estimate_difference(
            recipe.gate.metric, scored, dummy, seed=seed, groups=test.group_id
        ),
        confusion=count_confusion(scored) if classes else (),
        classes=describe_classes(scored) if classes else (),
        slices=tuple(_report_slices(recipe, test, scored, names)),
        curves=draw_curves(scored, test.observed_at),
        agreement=_compare_with_pipeline(
            [scored.predictions, predict_in_blocks(loaded, test)],
            np.array(predictions.predictions),
            labelled=bool(classes),
        ),
        comparison=None
        if champion is None
        else _compare(
            champion,
            recipe=recipe,
            model=model,
            program=loaded,
            test=test,
            scored=scored,
            split=split,
            seed=seed,
        ),
    )


def _list_measured(recipe: Recipe, split: SplitRecord) -> list[str]:
    """Return the names of the metrics of a recipe's task; without a naive forecast no MASE."""
    names = list_metrics(recipe.target.task)
    return [name for name in names if name != "mase" or split.naive_error]


def _require_match(program: Program, test: FeatureRows, predictions: PipelinePredictions) -> None:
    if test.names != tuple(feature.name for feature in program.features):
        raise DocumentError("the test rows have other features than the program")
    if len(predictions.predictions) != len(test):
        raise DocumentError(
            f"{len(test):,} test rows and {len(predictions.predictions):,} predictions of the "
            "pipeline"
        )


def _compare_with_pipeline(found: list[Floats], expected: Floats, *, labelled: bool) -> Agreement:
    different = 0
    if labelled:
        wrong = [table.argmax(axis=1) != expected.argmax(axis=1) for table in found]
        different = int(np.any(wrong, axis=0).sum())
    difference = max(measure_difference(table, expected) for table in found)
    if not math.isfinite(difference):
        raise ProgramDisagreesError(
            "the program gives no number on a test row where its pipeline gives one, or "
            "the other way round; look at how its steps treat values that are far off"
        )
    return Agreement(
        rows=len(expected),
        largest_difference=difference,
        different_labels=different,
    )


def _report_slices(
    recipe: Recipe, test: FeatureRows, scored: ScoredRows, names: list[str]
) -> list[SliceReport]:
    reports = []
    for index, piece in enumerate(recipe.slices):
        assert test.slices is not None
        inside = np.flatnonzero(test.slices[:, index])
        if not len(inside):
            reports.append(SliceReport(name=piece.name, rows=0, metrics={}))
            continue
        rows = pair_predictions(
            recipe.target.task,
            take_rows(test, inside),
            scored.predictions[inside],
            naive_error=scored.naive_error,
        )
        found = {name: float(measure(name, rows)[0]) for name in names}
        metrics = {name: value for name, value in found.items() if math.isfinite(value)}
        reports.append(SliceReport(name=piece.name, rows=len(inside), metrics=metrics))
    return reports


def _compare(
    champion: ChampionModel,
    *,
    recipe: Recipe,
    model: str,
    program: Program,
    test: FeatureRows,
    scored: ScoredRows,
    split: SplitRecord,
    seed: int,
) -> Comparison:
    try:
        other = read_program(champion.program)
    except ProgramError as error:
        reason = f"the champion's program cannot be read by this release: {error}"
        return skip_comparison(champion, reason)
    return compare_with_champion(
        champion,
        recipe=recipe,
        same=champion.model == model,
        alike=other.features == program.features,
        test=test,
        ours=scored,
        score=lambda rows: predict_by_rows(recipe, other, rows, split),
        rule=split.rule,
        seed=seed,
    )
