"""Fit trial as the Map calls it: one candidate, training rows only, one row of the leaderboard."""

import numpy as np
import pytest

from dropcast.contracts.documents import read_document
from dropcast.contracts.errors import DocumentError, ObjectNotFoundError
from dropcast.contracts.messages import RowsSplit, TrialEnded, TrialsProposed
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.search.leaderboard import LeaderboardRow
from tests.functions.steps import propose_round, run_trial
from tests.search.runs import make_split


def write_training_rows(
    split: RowsSplit, dependencies: Dependencies, *, informative: bool = True
) -> None:
    """Write rows whose first feature gives the target, or of one class only."""
    recipe = dependencies.find_recipe(split.run.dataset)
    random = np.random.default_rng(7)
    count = split.train_rows
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]] = {
        feature.name: random.normal(size=count) for feature in recipe.features
    }
    first = columns[recipe.features[0].name]
    target = np.asarray(first, dtype=np.float64) + random.normal(size=count) * 0.3 > 0
    dependencies.arrays.write(
        split.train_key,
        {
            **columns,
            "_row_id": random.permutation(count).astype(np.uint64),
            "_target": target.astype(np.int64) * int(informative),
        },
    )


@pytest.fixture
def proposed(dependencies: Dependencies) -> TrialsProposed:
    return propose_round(to_document(make_split(dependencies)), dependencies)


def try_trial(proposed: TrialsProposed, number: int, dependencies: Dependencies) -> TrialEnded:
    event = {"split": proposed.split, "trial": proposed.trials[number]}
    return run_trial(to_document(event), dependencies)


def read_row(proposed: TrialsProposed, number: int, dependencies: Dependencies) -> LeaderboardRow:
    return read_document(dependencies.lake, LeaderboardRow, proposed.trials[number].row_key)


def test_a_trial_leaves_its_figures_and_reads_training_rows_alone(
    dependencies: Dependencies, proposed: TrialsProposed
) -> None:
    # Neither test rows nor their truth are there: a trial that read them would fail.
    write_training_rows(proposed.split, dependencies)
    assert try_trial(proposed, 0, dependencies) == TrialEnded(number=0, error=None)
    row = read_row(proposed, 0, dependencies)
    assert (row.number, row.entry, row.error) == (0, 0, None)
    assert row.candidate.model == "logistic_regression"
    assert row.mean is not None
    assert row.mean > 0.9
    assert row.mean == pytest.approx(np.mean(row.fold_scores))


def test_a_trial_run_again_leaves_the_same_row(
    dependencies: Dependencies, proposed: TrialsProposed
) -> None:
    write_training_rows(proposed.split, dependencies)
    try_trial(proposed, 0, dependencies)
    first = read_row(proposed, 0, dependencies)
    try_trial(proposed, 0, dependencies)
    assert read_row(proposed, 0, dependencies) == first


def test_a_fit_that_fails_leaves_a_row_that_says_why(
    dependencies: Dependencies, proposed: TrialsProposed
) -> None:
    write_training_rows(proposed.split, dependencies, informative=False)
    assert try_trial(proposed, 0, dependencies) == TrialEnded(number=0, error=None)
    row = read_row(proposed, 0, dependencies)
    assert row.mean is None
    assert row.error


def test_a_trial_without_its_rows_or_with_another_message_is_refused(
    dependencies: Dependencies, proposed: TrialsProposed
) -> None:
    with pytest.raises(ObjectNotFoundError):
        try_trial(proposed, 0, dependencies)
    with pytest.raises(DocumentError, match="missing fields"):
        run_trial({"split": to_document(proposed.split)}, dependencies)
