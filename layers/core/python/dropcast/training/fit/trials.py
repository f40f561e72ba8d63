"""One trial: a candidate cross-validated inside the training rows."""

import numpy as np

from dropcast.recipe import Candidate, Recipe
from dropcast.search.leaderboard import LeaderboardRow, Trial
from dropcast.training.fit.folds import make_folds
from dropcast.training.measure import measure, pair_predictions
from dropcast.training.pipelines import FIT_ERRORS, fit_pipeline, predict_rows
from dropcast.training.rows import (
    FeatureRows,
    compute_learned_target,
    measure_naive_error,
    require_target,
    sort_rows,
    take_rows,
)

# A forest grows about as its rows do, and a fold has four fifths of them or fewer.
_FOLD_SIZE_SHARE = 0.7


def run_trial(recipe: Recipe, rows: FeatureRows, trial: Trial, *, seed: int) -> LeaderboardRow:
    """Return how a trial did on training rows.

    A candidate that cannot be fitted is a row with its error, and no error of the run.
    """
    scores: tuple[float, ...] = ()
    problem = None
    try:
        scores = tuple(cross_validate(recipe, rows, trial.candidate, seed=seed))
    except FIT_ERRORS as error:
        problem = describe_error(error)
    return LeaderboardRow(
        number=trial.number,
        entry=trial.entry,
        candidate=trial.candidate,
        fold_scores=scores,
        mean=float(np.mean(scores)) if scores else None,
        std=float(np.std(scores)) if scores else None,
        error=problem,
    )


def cross_validate(
    recipe: Recipe, rows: FeatureRows, candidate: Candidate, *, seed: int, metric: str | None = None
) -> list[float]:
    """Return the gate's metric (or another) on each fold of the recipe's own kind of split.

    Raises one of ``FIT_ERRORS`` if the candidate cannot be fitted on a fold.
    """
    rows = sort_rows(rows)
    labels = len(recipe.target.labels)
    scores = []
    folds = make_folds(recipe.split_rule, rows, labels=labels, seed=seed)
    for number, (fitted, validated) in enumerate(folds, start=1):
        train, validation = take_rows(rows, fitted), take_rows(rows, validated)
        if labels and len(np.unique(require_target(train))) < labels:
            raise ValueError(f"fold {number} has no training row of some class")
        # The best candidate is fitted again on all rows, of which a fold lacks a part.
        pipeline = fit_pipeline(
            recipe,
            candidate,
            train.values,
            compute_learned_target(train),
            seed,
            size_share=_FOLD_SIZE_SHARE,
        )
        scored = pair_predictions(
            recipe.target.task,
            validation,
            predict_rows(pipeline, validation),
            naive_error=measure_naive_error(train),
        )
        score = float(measure(metric or recipe.gate.metric, scored)[0])
        if np.isnan(score):
            raise ValueError(f"fold {number} has rows of one class only to validate with")
        scores.append(score)
    return scores


def describe_error(error: BaseException) -> str:
    """Return an error on one line.

    >>> describe_error(ValueError("no rows"))
    'ValueError: no rows'
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:500]}"
