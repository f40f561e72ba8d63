"""A model against the present champion, on the test rows that the champion was not trained on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dropcast.recipe import Recipe
from dropcast.recipe.training import Split
from dropcast.training.measure import (
    Interval,
    ScoredRows,
    estimate_difference,
    pair_predictions,
)
from dropcast.training.rows import FeatureRows, take_rows
from dropcast.training.split import (
    MIN_CLASS_ROWS,
    SplitRecord,
    find_classes,
    have_same_identity,
    select_unseen,
)


@dataclass(frozen=True, kw_only=True)
class ChampionModel:
    """The present champion: its program's file and, from its card, its split.

    The split is ``None`` where the card is of another release.
    """

    model: str
    program: bytes
    split: SplitRecord | None


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


def compare_with_champion(
    champion: ChampionModel,
    *,
    recipe: Recipe,
    same: bool,
    alike: bool,
    test: FeatureRows,
    ours: ScoredRows,
    score: Callable[[FeatureRows], ScoredRows],
    rule: Split,
    seed: int,
) -> Comparison:
    """Return the comparison.

    ``same``   the champion is this very model; ``alike``  it reads the same features
    ``score``  the function from rows to the champion's predictions for them
    """
    if same:
        return skip_comparison(champion, "the champion is this same model")
    if not alike:
        return skip_comparison(champion, "the champion reads other features")
    if champion.split is None or not have_same_identity(rule, champion.split.rule):
        return skip_comparison(champion, "the champion's rows were split by another rule")
    unseen = select_unseen(champion.split, test)
    rows = take_rows(test, unseen)
    classes = find_classes(rows, len(recipe.target.labels))
    if min(np.bincount(classes, minlength=max(1, len(recipe.target.labels)))) < MIN_CLASS_ROWS:
        reason = f"only {len(rows):,} of the test rows are new to the champion, too few of a class"
        return skip_comparison(champion, reason, rows=len(rows), blocks=True)
    mine = pair_predictions(
        recipe.target.task, rows, ours.predictions[unseen], naive_error=ours.naive_error
    )
    return Comparison(
        champion=champion.model,
        rows=len(rows),
        difference=estimate_difference(
            recipe.gate.metric, mine, score(rows), seed=seed, groups=rows.group_id
        ),
        reason=None,
        blocks=False,
    )


def skip_comparison(
    champion: ChampionModel, reason: str, *, rows: int = 0, blocks: bool = False
) -> Comparison:
    """Return the record of a comparison that was not made, and why."""
    return Comparison(
        champion=champion.model, rows=rows, difference=None, reason=reason, blocks=blocks
    )
