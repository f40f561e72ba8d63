"""Laws of every recipe's models: learned from training rows alone, the same each time, and the
same as a program."""

import dataclasses

import numpy as np
import pytest

from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Candidate, Recipe
from dropcast.scoring import (
    build_scorer,
    build_value_scorer,
    check_rows,
    read_program,
    write_program,
)
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow
from dropcast.training.fit import Fitted, fit_best, predict_with_pipeline
from dropcast.training.measure import TOLERANCE, measure_difference
from dropcast.training.rows import FeatureRows, take_rows
from dropcast.training.split import select_test, select_train
from tests.recipe.texts import replace_texts
from tests.universal.samples import (
    list_fits,
    make_rows,
    read_references,
    read_request,
    split_sample,
)

FITS = pytest.mark.parametrize(
    ("recipe", "candidate"),
    [pytest.param(r, c, id=f"{r.dataset}-{c.model}") for r, c in list_fits()],
)
FIRST_FITS = pytest.mark.parametrize(
    ("recipe", "candidate"),
    [
        pytest.param(r, c, id=r.dataset)
        for r, c in {recipe.dataset: (recipe, made) for recipe, made in list_fits()}.values()
    ],
)
VERSION = "a" * 64


_KEPT: dict[tuple[str, str], Fitted] = {}


def fit_once(recipe: Recipe, candidate: Candidate) -> Fitted:
    """Return the fit on the sample's training rows, which several laws compare others with."""
    place = recipe.dataset, candidate.model
    if place not in _KEPT:
        _KEPT[place] = fit(recipe, candidate)
    return _KEPT[place]


def fit(recipe: Recipe, candidate: Candidate, rows: FeatureRows | None = None) -> Fitted:
    record, train, _ = split_sample(recipe)
    row = LeaderboardRow(
        number=0,
        entry=0,
        candidate=candidate,
        fold_scores=(1.0,),
        mean=1.0,
        std=0.0,
        error=None,
    )
    return fit_best(
        recipe,
        train if rows is None else rows,
        leaderboard=Leaderboard(metric=recipe.gate.metric, rows=(row,)),
        split=record,
        seed=7,
        dataset_version=VERSION,
        references={table.dataset: VERSION for table in recipe.references},
        reference_columns=read_references(recipe),
    )


@FITS
def test_the_program_predicts_as_its_pipeline(recipe: Recipe, candidate: Candidate) -> None:
    fitted = fit_once(recipe, candidate)
    _, _, test = split_sample(recipe)
    expected = np.array(predict_with_pipeline(fitted.pipeline, test).predictions)
    score = build_value_scorer(read_program(fitted.program))
    found = np.array([score(values) for values in test.values.tolist()])
    if test.base is not None:
        found = test.base[:, np.newaxis] * np.exp(found)
    assert found.shape == expected.shape == (len(test), max(1, len(recipe.target.labels)))
    assert measure_difference(found, expected) <= TOLERANCE
    if recipe.target.labels:
        assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


@FIRST_FITS
def test_a_second_fit_gives_the_same_program(recipe: Recipe, candidate: Candidate) -> None:
    _, train, _ = split_sample(recipe)
    shuffled = take_rows(train, np.random.default_rng(1).permutation(len(train)))
    assert fit_once(recipe, candidate).program == fit(recipe, candidate, shuffled).program


@FIRST_FITS
def test_a_program_scores_the_same_after_a_trip_through_its_file(
    recipe: Recipe, candidate: Candidate
) -> None:
    fitted = fit_once(recipe, candidate)
    with pytest.raises(ProgramError):
        read_program(fitted.program[:-1])
    first, second = (build_scorer(read_program(fitted.program)) for _ in range(2))
    for case in check_rows(
        read_request(recipe.dataset), schema=recipe.request_schema, max_rows=1000
    ):
        assert first(case) == second(case)


@FIRST_FITS
def test_permuted_test_labels_leave_the_program_as_it_is(
    recipe: Recipe, candidate: Candidate
) -> None:
    """Nothing is tuned on test rows: their features and labels may be anything."""
    rows = make_rows(recipe)
    record, _, _ = split_sample(recipe)
    test = np.flatnonzero(select_test(record, rows))
    assert rows.target is not None
    target = rows.target.copy()
    target[test] = target[np.random.default_rng(2).permutation(test)]
    values = rows.values.copy()
    values[test] = values[test[::-1]]
    changed = dataclasses.replace(rows, target=target, values=values)
    assert not np.array_equal(target, rows.target)
    kept = take_rows(changed, select_train(record, rows))
    assert fit(recipe, candidate, kept).program == fit_once(recipe, candidate).program


@FIRST_FITS
def test_a_program_depends_neither_on_texts_for_people_nor_on_the_recipes_hash(
    recipe: Recipe, candidate: Candidate
) -> None:
    """Everything random in a fit follows ``random_state``, never a hash."""
    fitted = fit_once(recipe, candidate)
    assert fit(replace_texts(recipe), candidate).program == fitted.program
    gate = dataclasses.replace(recipe.gate, champion_margin=0.5)
    other = read_program(fit(dataclasses.replace(recipe, gate=gate), candidate).program)
    program = read_program(fitted.program)
    assert other.fitted_from.recipe_hash != program.fitted_from.recipe_hash
    same = dataclasses.replace(other, fitted_from=program.fitted_from)
    assert write_program(same) == fitted.program
