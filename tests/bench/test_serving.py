"""The bench serves one model: its program, its pipeline and both handlers predict alike."""

import json

import numpy as np
import pytest

from bench.serving.handlers import Handler, make_handler, make_sklearn_handler
from bench.serving.served_model import DATASET, Served, list_objects, make_event
from dropcast.contracts.keys import CHAMPION
from dropcast.scoring.batch import build_batch_scorer


def predict(handler: Handler, served: Served) -> list[float]:
    response = handler(make_event(served.rows[:20]))
    assert response["statusCode"] == 200, response["body"]
    body = json.loads(response["body"])
    assert body["receipt"]["program_sha256"] == served.champion.program_sha256
    return [list(one["probabilities"].values())[1] for one in body["predictions"]]


@pytest.mark.parametrize("make", [make_handler, make_sklearn_handler])
def test_a_handler_predicts_what_the_pipeline_does(make: object, served: Served) -> None:
    assert callable(make)
    expected = served.pipeline.predict_proba(served.frame.iloc[:20])[:, 1]
    assert predict(make(served), served) == pytest.approx(expected.tolist(), abs=1e-9)


def test_a_batch_is_predicted_as_by_the_pipeline(served: Served) -> None:
    found = build_batch_scorer(served.program)(served.frame.to_numpy())
    np.testing.assert_allclose(found, served.pipeline.predict_proba(served.frame), atol=1e-9)


def test_the_store_holds_the_champion_and_what_it_points_to(served: Served) -> None:
    found = list_objects(served)
    pointer = json.loads(found[CHAMPION.format(dataset=DATASET)])
    assert found[pointer["champion"]["program_key"]] == served.program_body
