"""A program's predictions for test rows, and a dummy's, in the target's own terms."""

from array import array
from dataclasses import replace

import numpy as np

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Feature, Recipe, col
from dropcast.scoring import Program, Step, build_scorer, build_value_scorer
from dropcast.scoring.batch import build_batch_scorer
from dropcast.training.measure import ScoredRows, pair_predictions
from dropcast.training.rows import FeatureRows, Floats
from dropcast.training.split import SplitRecord


def predict_by_rows(
    recipe: Recipe, program: Program, rows: FeatureRows, split: SplitRecord
) -> ScoredRows:
    """Return the rows with the predictions of the row scorer, which serves requests."""
    score = build_value_scorer(program)
    found = np.array([score(values) for values in rows.values.tolist()])
    predictions = finish_as_served(program, rows, found)
    return pair_predictions(recipe.target.task, rows, predictions, naive_error=split.naive_error)


def predict_in_blocks(program: Program, rows: FeatureRows) -> Floats:
    """Return the predictions (n, k) of the batch scorer, which scores files."""
    return finish_as_served(program, rows, build_batch_scorer(program)(rows.values))


def predict_as_dummy(recipe: Recipe, test: FeatureRows, split: SplitRecord) -> ScoredRows:
    """Return the rows with the predictions of a model that reads no feature.

    For classes they are the training rows' shares (scikit-learn's
    ``DummyClassifier(strategy="prior")``), for a number the naive forecast, or else the training
    rows' mean.
    """
    predictions: Floats
    if recipe.target.labels:
        shares = np.array(split.train_classes) / sum(split.train_classes)
        predictions = np.tile(shares, (len(test), 1))
    elif test.base is not None:
        predictions = test.base[:, np.newaxis]
    else:
        predictions = np.full((len(test), 1), split.train_mean)
    return pair_predictions(recipe.target.task, test, predictions, naive_error=split.naive_error)


def finish_as_served(program: Program, rows: FeatureRows, found: Floats) -> Floats:
    """Return what the predict function makes of a program's last values ``found`` (n, k).

    They become class probabilities, or numbers in the target's unit; NaN where the function would
    refuse to predict.
    """
    if rows.base is None:
        return found
    finish = build_scorer(
        replace(
            program,
            features=(Feature("prediction", col("prediction"), fill=0.0),),
            relative_to=col("base"),
            references={},
            steps=(Step(kind="gather"),),
            arrays={"0.inputs": array("i", [0])},
        )
    )

    def finish_one(prediction: float, base: float) -> list[float]:
        try:
            return finish([{"prediction": prediction, "base": base}])
        except InvalidRequestError:
            return [np.nan]

    pairs = zip(found[:, 0].tolist(), rows.base.tolist(), strict=True)
    return np.array([finish_one(prediction, base) for prediction, base in pairs]).reshape(-1, 1)
