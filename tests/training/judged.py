"""A recipe's sample fitted and evaluated, as the functions would, for tests of what follows."""

from dataclasses import replace
from functools import cache

from dropcast.recipe import Candidate, Recipe, candidate
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow
from dropcast.training.fit import Fitted, fit_best, predict_with_pipeline
from dropcast.training.judge import ChampionModel, Evaluation, evaluate_model
from dropcast.training.rows import FeatureRows
from dropcast.training.split import SplitRecord
from tests.training.feature_rows import SONGS
from tests.universal.samples import split_sample

QUICK = candidate("logistic_regression", C=1.0)
VERSION = "a" * 64


def make_leaderboard(tried: Candidate, metric: str = "roc_auc") -> Leaderboard:
    row = LeaderboardRow(
        number=0, entry=0, candidate=tried, fold_scores=(0.7,), mean=0.7, std=0.0, error=None
    )
    failed = replace(row, number=1, mean=None, std=None, fold_scores=(), error="ValueError: no")
    return Leaderboard(metric=metric, rows=(row, failed))


def fit_leaderboard(
    recipe: Recipe, train: FeatureRows, leaderboard: Leaderboard, record: SplitRecord
) -> Fitted:
    return fit_best(
        recipe,
        train,
        leaderboard=leaderboard,
        split=record,
        seed=1,
        dataset_version=VERSION,
        references={},
        reference_columns={},
    )


def fit_sample(recipe: Recipe, tried: Candidate) -> Fitted:
    record, train, _ = split_sample(recipe)
    return fit_leaderboard(recipe, train, make_leaderboard(tried, recipe.gate.metric), record)


def evaluate_rows(
    recipe: Recipe,
    fitted: Fitted,
    test: FeatureRows,
    record: SplitRecord,
    champion: ChampionModel | None = None,
) -> Evaluation:
    return evaluate_model(
        recipe=recipe,
        program=fitted.program,
        test=test,
        predictions=predict_with_pipeline(fitted.pipeline, test),
        split=record,
        champion=champion,
        seed=1,
    )


def evaluate_sample(
    recipe: Recipe, fitted: Fitted, champion: ChampionModel | None = None
) -> Evaluation:
    record, _, test = split_sample(recipe)
    return evaluate_rows(recipe, fitted, test, record, champion)


@cache
def judge_songs() -> tuple[Fitted, Evaluation]:
    fitted = fit_sample(SONGS, QUICK)
    return fitted, evaluate_sample(SONGS, fitted)
