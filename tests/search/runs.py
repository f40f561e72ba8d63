"""A run's messages, and its trials as the state machine has them done."""

from collections.abc import Callable

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.keys import FEATURES, SPLIT_RECORD, TEST_ROWS, TEST_TRUTH, TRAIN_ROWS
from dropcast.contracts.messages import RowsSplit, Run, TrialEnded, TrialsProposed, name_run
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event
from dropcast.search.leaderboard import Trial
from tests.functions.steps import propose_round
from tests.search.leaderboards import measure_trial


def make_split(dependencies: Dependencies) -> RowsSplit:
    (recipe,) = dependencies.recipes.values()
    run_id = name_run("a" * 64, recipe.training_hash, {})
    place = {"dataset": recipe.dataset, "run_id": run_id}
    run = Run(
        dataset=recipe.dataset,
        dataset_version="a" * 64,
        references={},
        recipe_hash=recipe.training_hash,
        run_id=run_id,
        features_key=FEATURES.format(**place),
    )
    return RowsSplit(
        run=run,
        train_key=TRAIN_ROWS.format(**place),
        test_key=TEST_ROWS.format(**place),
        truth_key=TEST_TRUTH.format(**place),
        record_key=SPLIT_RECORD.format(**place),
        train_rows=300,
        test_rows=100,
    )


def try_round(
    proposed: TrialsProposed, dependencies: Dependencies, measure: Callable[[Trial], float | None]
) -> Event:
    """Leave a row for every trial that measures something; return the next step's input."""
    outcomes = []
    for listed in proposed.trials:
        trial = read_document(dependencies.lake, Trial, listed.trial_key)
        mean = measure(trial)
        if mean is not None:
            write_document(dependencies.lake, listed.row_key, measure_trial(trial, mean))
        error = "Sandbox.Timedout" if mean is None else None
        outcomes.append(to_document(TrialEnded(number=trial.number, error=error)))
    return {**to_document(proposed), "outcomes": outcomes}


def search(
    dependencies: Dependencies, measure: Callable[[Trial], float | None]
) -> list[tuple[Event, TrialsProposed]]:
    """Go through a whole search; return each input of the step with its message."""
    event: Event = to_document(make_split(dependencies))
    steps = [(event, propose_round(event, dependencies))]
    while not steps[-1][1].ended:
        event = try_round(steps[-1][1], dependencies, measure)
        steps.append((event, propose_round(event, dependencies)))
    return steps
