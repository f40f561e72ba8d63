"""What to try next: the recipe's candidates as written, then what TPE draws from the leaderboard.

The one file that imports Optuna. The study is rebuilt in memory from the leaderboard at every
round, so nothing of Optuna is stored. TPE: Bergstra et al., "Algorithms for Hyper-Parameter
Optimization" (2011); batches by the constant liar: what is drawn and not yet measured counts as
poor nearby.
"""

from collections.abc import Iterator
from dataclasses import replace

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from dropcast.recipe import Candidate, Choices, Floats, Integers, Recipe
from dropcast.recipe.training import SMALLER_IS_BETTER, Parameter
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial, find_best

Range = Integers | Floats | Choices
_ENTRY = "entry"
# Of fewer trials TPE learns nothing: until then parameters are drawn at random.
_STARTUP_TRIALS = 4
# How often a proposal that was tried before is drawn again; a space of few choices runs dry.
_DRAWS_PER_TRIAL = 20
_SEEDS = 2**32


def propose_trials(
    recipe: Recipe,
    leaderboard: Leaderboard,
    *,
    round: int,  # noqa: A002 - the message's word
    seed: int,
) -> tuple[Trial, ...]:
    """Return the trials of a round, numbered after the leaderboard's; none after the search's end.

    ``leaderboard``  the rows of all rounds before; of the first, 0, none
    ``seed``         0 to 2**32 - 1; the same leaderboard, round and seed give the same trials

    Round 0 is every candidate as the recipe writes it. Later ones are ``recipe.search.trials``
    variations of those that have a ``search``, none equal to one tried before. The search ends
    after ``recipe.search.rounds``, where nothing is to be searched or new, and where nothing could
    be fitted so far.
    """
    if round == 0:
        written = enumerate(recipe.candidates)
        return tuple(Trial(number=i, entry=i, candidate=_settle(c, {})) for i, c in written)
    searched = [i for i, tried in enumerate(recipe.candidates) if tried.search]
    if round >= recipe.search.rounds or not searched or find_best(leaderboard) is None:
        return ()
    study = _rebuild_study(recipe, leaderboard, searched, (seed + round) % _SEEDS)
    tried = [row.candidate for row in leaderboard.rows]
    trials: list[Trial] = []
    for _ in range(_DRAWS_PER_TRIAL * recipe.search.trials):
        if len(trials) == recipe.search.trials:
            break
        entry, candidate = _draw(study, recipe, searched)
        # A repeated draw stays running in the study, so that the next ones keep away from it.
        if candidate not in tried:
            number = len(leaderboard.rows) + len(trials)
            trials.append(Trial(number=number, entry=entry, candidate=candidate))
            tried.append(candidate)
    return tuple(trials)


def _settle(candidate: Candidate, drawn: dict[str, Parameter]) -> Candidate:
    """Return the candidate with what was drawn for it, and nothing left to search."""
    return replace(candidate, parameters={**candidate.parameters, **drawn}, search={})


def _draw(study: optuna.Study, recipe: Recipe, searched: list[int]) -> tuple[int, Candidate]:
    optuna_trial = study.ask()
    entry = searched[int(optuna_trial.suggest_categorical(_ENTRY, _make_indices(len(searched))))]
    candidate = recipe.candidates[entry]
    drawn = {
        name: _suggest(optuna_trial, f"{entry}.{name}", within)
        for name, within in sorted(candidate.search.items())
    }
    return entry, _settle(candidate, drawn)


def _suggest(optuna_trial: optuna.Trial, name: str, within: Range) -> Parameter:
    match within:
        case Integers():
            return optuna_trial.suggest_int(name, within.low, within.high, log=within.log)
        case Floats():
            return optuna_trial.suggest_float(name, within.low, within.high, log=within.log)
        case Choices():
            indices = _make_indices(len(within.options))
            return within.options[int(optuna_trial.suggest_categorical(name, indices))]


def _rebuild_study(
    recipe: Recipe, leaderboard: Leaderboard, searched: list[int], sampler_seed: int
) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="minimize" if recipe.gate.metric in SMALLER_IS_BETTER else "maximize",
        sampler=optuna.samplers.TPESampler(
            seed=sampler_seed, n_startup_trials=_STARTUP_TRIALS, constant_liar=True
        ),
    )
    study.add_trials(
        _make_frozen_trial(recipe, row, searched)
        for row in leaderboard.rows
        if row.entry in searched
    )
    return study


def _make_frozen_trial(recipe: Recipe, row: LeaderboardRow, searched: list[int]) -> FrozenTrial:
    """Return a row as Optuna's trial.

    TPE forgets a failed trial and counts a pruned one among the poor, so that is what a row without
    figures becomes. A written value outside its own search range is left out: it is no point of the
    space.
    """
    entries = CategoricalDistribution(_make_indices(len(searched)))
    params: dict[str, int | float] = {_ENTRY: searched.index(row.entry)}
    distributions: dict[str, BaseDistribution] = {_ENTRY: entries}
    for name, within, value in _list_drawn(recipe.candidates[row.entry], row.candidate):
        point = _find_point(within, value)
        if point is not None:
            params[f"{row.entry}.{name}"] = point
            distributions[f"{row.entry}.{name}"] = _make_distribution(within)
    return optuna.trial.create_trial(
        state=TrialState.PRUNED if row.mean is None else TrialState.COMPLETE,
        value=row.mean,
        params=params,
        distributions=distributions,
    )


def _list_drawn(written: Candidate, tried: Candidate) -> Iterator[tuple[str, Range, Parameter]]:
    for name, within in sorted(written.search.items()):
        if name in tried.parameters:
            yield name, within, tried.parameters[name]


def _find_point(within: Range, value: Parameter) -> int | float | None:
    """Return where a value lies in a range, or ``None`` where it does not.

    A choice is named by its index: Optuna takes equal values of two types, 1 and True, for one.
    """
    if isinstance(within, Choices):
        same = (i for i, o in enumerate(within.options) if type(o) is type(value) and o == value)
        return next(same, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(within, Integers) and not isinstance(value, int):
        return None
    return value if within.low <= value <= within.high else None


def _make_distribution(within: Range) -> BaseDistribution:
    match within:
        case Integers():
            return IntDistribution(within.low, within.high, log=within.log)
        case Floats():
            return FloatDistribution(within.low, within.high, log=within.log)
        case Choices():
            return CategoricalDistribution(_make_indices(len(within.options)))


def _make_indices(count: int) -> tuple[int, ...]:
    return tuple(range(count))
