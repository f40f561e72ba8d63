"""A model against the present champion, on the test rows that the champion was not trained on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dropcast.recipe import GroupSplit, Recipe, StratifiedSplit, TimeSplit
from dropcast.training.fit.answers import make_scored
from dropcast.training.measure.bootstrap import Interval, estimate_difference
from dropcast.training.measure.metrics import ScoredRows
from dropcast.training.rows import FeatureRows, take_rows
from dropcast.training.split.plan import (
    MIN_CLASS_ROWS,
    SplitRecord,
    find_classes,
    have_same_identity,
    select_unseen,
)


@dataclass(frozen=True, kw_only=True)
class ChampionModel:
    """The present champion: its program's file and, from its card, its split (``None`` where the
    card is of another release)."""

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
    rule: StratifiedSplit | GroupSplit | TimeSplit,
    seed: int,
) -> Comparison:
    """Return the comparison.

    ``same``   the champion is this very model; ``alike``  it reads the same features
    ``score``  the champion's answers for rows
    """
    if same:
        return _skip(champion, "the champion is this same model")
    if not alike:
        return _skip(champion, "the champion reads other features")
    if champion.split is None or not have_same_identity(rule, champion.split.rule):
        return _skip(champion, "the champion's rows were split by another rule")
    unseen = select_unseen(champion.split, test)
    rows = take_rows(test, unseen)
    classes = find_classes(rows, len(recipe.target.labels))
    if min(np.bincount(classes, minlength=max(1, len(recipe.target.labels)))) < MIN_CLASS_ROWS:
        reason = f"only {len(rows):,} of the test rows are new to the champion, too few of a class"
        return _skip(champion, reason, rows=len(rows), blocks=True)
    mine = make_scored(recipe.target.task, rows, ours.answers[unseen], naive_error=ours.naive_error)
    return Comparison(
        champion=champion.model,
        rows=len(rows),
        difference=estimate_difference(
            recipe.gate.metric, mine, score(rows), seed=seed, groups=rows.group_id
        ),
        reason=None,
        blocks=False,
    )


def _skip(
    champion: ChampionModel, reason: str, *, rows: int = 0, blocks: bool = False
) -> Comparison:
    return Comparison(
        champion=champion.model, rows=rows, difference=None, reason=reason, blocks=blocks
    )
