"""What is tried next: everything written first, then what the leaderboard says is worth it."""

import math
from collections.abc import Callable

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts.documents import decode_document, encode_document
from dropcast.recipe import Candidate, Choices, Floats, Integers, Recipe, candidate
from dropcast.recipe.training import Metric, Parameter
from dropcast.search.leaderboard import Leaderboard, Trial
from dropcast.search.propose import propose_trials
from tests.search.leaderboards import (
    BOOSTED,
    FOREST,
    PLAIN,
    extend_leaderboard,
    make_recipe,
    start_leaderboard,
)

SEED = 7


def play(
    recipe: Recipe, measure: Callable[[Trial], float | None], *, seed: int = SEED
) -> list[tuple[Trial, ...]]:
    """Return the rounds of a whole search."""
    leaderboard = start_leaderboard(recipe)
    rounds: list[tuple[Trial, ...]] = []
    while trials := propose_trials(recipe, leaderboard, round=len(rounds), seed=seed):
        rounds.append(trials)
        leaderboard = extend_leaderboard(leaderboard, trials, measure)
    return rounds


def measure_flat(trial: Trial) -> float:
    return 0.7 + trial.number * 1e-6


def measure_boosted(trial: Trial) -> float:
    """A score with its peak at a learning rate of 0.03."""
    rate = trial.candidate.parameters.get("learning_rate")
    return 0.6 if not isinstance(rate, float) else 0.8 - 0.1 * abs(math.log(rate / 0.03))


def holds(within: Integers | Floats | Choices, value: Parameter) -> bool:
    if isinstance(within, Choices):
        return any(type(o) is type(value) and o == value for o in within.options)
    kind = int if isinstance(within, Integers) else float
    return type(value) is kind and within.low <= value <= within.high


def test_the_first_round_tries_every_candidate_as_it_is_written() -> None:
    recipe = make_recipe()
    trials = propose_trials(recipe, start_leaderboard(recipe), round=0, seed=SEED)
    assert [(t.number, t.entry) for t in trials] == [(0, 0), (1, 1), (2, 2)]
    for trial, written in zip(trials, recipe.candidates, strict=True):
        assert trial.candidate.model == written.model
        assert trial.candidate.parameters == written.parameters
        assert trial.candidate.search == {}


def test_later_rounds_vary_what_has_a_search_within_it_and_keep_the_rest() -> None:
    calibrated = candidate(
        "svc", kernel="rbf", calibration="sigmoid", search={"C": Floats(low=0.1, high=10, log=True)}
    )
    recipe = make_recipe((PLAIN, FOREST, calibrated), rounds=5, trials=6)
    rounds = play(recipe, measure_flat)
    assert [len(trials) for trials in rounds] == [3, 6, 6, 6, 6]
    numbers = [trial.number for trials in rounds for trial in trials]
    assert numbers == list(range(27))
    later = [trial for trials in rounds[1:] for trial in trials]
    assert {trial.entry for trial in later} == {1, 2}
    for trial in later:
        written = recipe.candidates[trial.entry]
        assert trial.candidate.search == {}
        assert trial.candidate.calibration == written.calibration
        assert trial.candidate.parameters.keys() == written.parameters.keys() | written.search
        for name, value in trial.candidate.parameters.items():
            if name in written.search:
                assert holds(written.search[name], value), (name, value)
            else:
                assert value == written.parameters[name]


def test_the_same_board_gives_the_same_trials_and_another_seed_others() -> None:
    recipe = make_recipe()
    assert play(recipe, measure_boosted) == play(recipe, measure_boosted)
    assert play(recipe, measure_boosted, seed=8) != play(recipe, measure_boosted)


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_a_seed_may_be_any_that_a_recipe_gives(seed: int) -> None:
    rounds = play(make_recipe(), measure_flat, seed=seed)
    assert [len(trials) for trials in rounds] == [3, 4, 4]


def test_a_board_read_back_from_its_document_gives_the_same_trials() -> None:
    recipe = make_recipe()
    leaderboard = start_leaderboard(recipe)
    for number in range(2):
        trials = propose_trials(recipe, leaderboard, round=number, seed=SEED)
        leaderboard = extend_leaderboard(leaderboard, trials, measure_boosted)
    back = decode_document(Leaderboard, encode_document(leaderboard), "leaderboard")
    assert back == leaderboard
    again = propose_trials(recipe, back, round=2, seed=SEED)
    assert again == propose_trials(recipe, leaderboard, round=2, seed=SEED)


@pytest.mark.parametrize("candidates", [(PLAIN,), (PLAIN, candidate("extra_trees"))])
def test_without_anything_to_search_one_round_is_all(candidates: tuple[Candidate, ...]) -> None:
    rounds = play(make_recipe(candidates, rounds=5), measure_flat)
    assert [len(trials) for trials in rounds] == [len(candidates)]


def test_a_search_of_one_round_tries_what_is_written_alone() -> None:
    assert [len(trials) for trials in play(make_recipe(rounds=1), measure_flat)] == [3]


def test_nothing_is_tried_twice_and_a_space_that_ran_dry_ends_the_search() -> None:
    small = candidate(
        "random_forest",
        max_depth=3,
        search={"max_depth": Integers(low=3, high=5), "criterion": Choices(options=("gini", None))},
    )
    rounds = play(make_recipe((small,), rounds=20, trials=4), measure_flat)
    tried = [trial.candidate for trials in rounds for trial in trials]
    assert all(one not in tried[:i] for i, one in enumerate(tried))
    # As it is written, without a criterion, and the six points of the space.
    assert len(tried) == 7
    assert len(rounds) < 20


@given(data=st.data())
@settings(max_examples=25)
def test_no_trial_repeats_another_whatever_the_scores(data: st.DataObject) -> None:
    score = st.none() | st.floats(min_value=0, max_value=1)
    rounds = play(make_recipe(), lambda _: data.draw(score))
    tried = [trial.candidate for trials in rounds for trial in trials]
    assert all(one not in tried[:i] for i, one in enumerate(tried))
    assert all(one.search == {} for one in tried)


def test_failed_trials_are_kept_away_from_and_stop_nothing() -> None:
    def measure(trial: Trial) -> float | None:
        return None if trial.entry == 2 else 0.7

    rounds = play(make_recipe(rounds=6, trials=4), measure)
    assert [len(trials) for trials in rounds[1:]] == [4] * 5
    later = [trial.entry for trials in rounds[2:] for trial in trials]
    assert later.count(1) > later.count(2)


def test_a_search_in_which_everything_failed_ends() -> None:
    assert [len(trials) for trials in play(make_recipe(), lambda _: None)] == [3]


@pytest.mark.parametrize(("metric", "direction"), [("roc_auc", 1), ("log_loss", -1)])
def test_what_is_proposed_nears_the_better_end_of_the_metric(
    metric: Metric, direction: int
) -> None:
    def measure(trial: Trial) -> float:
        return 0.5 + direction * (measure_boosted(trial) - 0.5)

    recipe = make_recipe((BOOSTED,), rounds=10, trials=4, metric=metric)
    rounds = play(recipe, measure)
    first, last = rounds[1], rounds[-1]
    assert max(map(measure_boosted, last)) > 0.75
    assert sum(map(measure_boosted, last)) > sum(map(measure_boosted, first))


def test_written_values_outside_of_their_range_are_tried_and_trouble_nothing() -> None:
    odd = candidate(
        "xgboost",
        learning_rate=0.5,
        max_depth=True,
        n_estimators=100.0,
        search={
            "learning_rate": Floats(low=0.01, high=0.3, log=True),
            "max_depth": Integers(low=1, high=8),
            "n_estimators": Integers(low=50, high=200),
            "subsample": Choices(options=(1, True, "1", None)),
        },
    )
    rounds = play(make_recipe((odd,), rounds=3, trials=8), measure_flat)
    assert rounds[0][0].candidate.parameters["learning_rate"] == 0.5
    assert [len(trials) for trials in rounds] == [1, 8, 8]
    options = {repr(t.candidate.parameters["subsample"]) for ts in rounds[1:] for t in ts}
    assert options <= {"1", "True", "'1'", "None"}
    assert len(options) > 2


def test_optuna_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    play(make_recipe(), measure_flat)
    assert capfd.readouterr() == ("", "")
