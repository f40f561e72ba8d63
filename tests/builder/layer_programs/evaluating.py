"""Run with the layers of Split and Evaluate: rows are split, a program is judged, a card drawn."""

import hashlib
import json
import sys
import warnings
from array import array

import numpy as np

from dropcast.recipe import Recipe
from dropcast.recipes import RECIPES
from dropcast.scoring import FittedFrom, Program, Step, read_program, write_program
from dropcast.scoring.batch import build_batch_scorer
from dropcast.search.leaderboard import Leaderboard
from dropcast.training.card import make_card, render_card
from dropcast.training.judge import evaluate_model, judge
from dropcast.training.records import FitRecord, PipelinePredictions, name_model
from dropcast.training.rows import FeatureRows, read_feature_rows, take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test

UNUSED = {"imblearn", "joblib", "pandas", "pyarrow", "scipy", "sklearn", "xgboost"}


def make_rows(recipe: Recipe) -> FeatureRows:
    """Return 400 rows whose class is whether the first feature is above 0."""
    random = np.random.default_rng(7)
    columns = {feature.name: random.normal(size=400) for feature in recipe.features}
    first = columns[recipe.features[0].name]
    identity = {"_row_id": np.arange(400, dtype=np.uint64), "_target": (first > 0).astype(np.int64)}
    return read_feature_rows({**columns, **identity}, recipe)


def make_program(recipe: Recipe) -> bytes:
    """Return a program that knows how those rows got their class."""
    others = len(recipe.features) - 1
    return write_program(
        Program(
            dataset=recipe.dataset,
            **vars(recipe.request_schema),
            features=recipe.features,
            task=recipe.target.task,
            labels=recipe.target.labels,
            unit=None,
            relative_to=None,
            references={},
            steps=(Step(kind="linear"), Step(kind="sigmoid")),
            fitted_from=FittedFrom(
                dataset_version="v", recipe_hash=recipe.training_hash, references={}
            ),
            arrays={
                "0.coefficients": array("d", [100.0] + [0.0] * others),
                "0.intercept": array("d", [0.0]),
                "0.background": array("d", [0.0] * (others + 1)),
            },
        )
    )


def make_record(recipe: Recipe, program: bytes, split: SplitRecord) -> FitRecord:
    """Return the record of a fit that never was."""
    sha256 = hashlib.sha256(program).hexdigest()
    return FitRecord(
        model=name_model(recipe.dataset, sha256),
        dataset=recipe.dataset,
        dataset_version="v",
        references={},
        recipe_hash=recipe.training_hash,
        seed=1,
        candidate=recipe.candidates[0],
        leaderboard=Leaderboard(metric=recipe.gate.metric, rows=()),
        importance=(),
        features=tuple(feature.name for feature in recipe.features),
        split=split,
        program_sha256=sha256,
        program_bytes=len(program),
        packages={},
    )


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    warnings.simplefilter("error")
    recipe = RECIPES["spotify_preference"]
    rows, program = make_rows(recipe), make_program(recipe)
    split = plan_split(recipe, rows)
    test = take_rows(rows, select_test(split, rows))
    predicted = build_batch_scorer(read_program(program))(test.values)
    evaluation = evaluate_model(
        recipe=recipe,
        program=program,
        test=test,
        predictions=PipelinePredictions(predictions=tuple(map(tuple, predicted.tolist()))),
        split=split,
        champion=None,
        seed=1,
    )
    record = make_record(recipe, program, split)
    card = make_card(
        recipe=recipe,
        run_id="r",
        code_hash="0" * 64,
        fit=record,
        evaluation=evaluation,
        verdict=judge(recipe, evaluation, model=record.candidate.model),
    )
    accuracy = evaluation.metrics["accuracy"]
    return {
        "test_rows": len(test),
        "accuracy": [accuracy.value, accuracy.low, accuracy.high],
        "page": "passed its gate" in render_card(card),
        "libraries": sorted(UNUSED & set(sys.modules)),
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
