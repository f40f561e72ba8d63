import json
from collections.abc import Iterator
from typing import Any

import pytest

from dropcast.contracts.codec import to_document
from dropcast.recipes import RECIPES
from functions.predict.handler import MAX_ROWS, answer_request
from functions.train.evaluate import evaluate_and_judge
from tests.functions.cloud import Cloud, open_cloud
from tests.functions.test_train import decide, fit, prepare

ROW = {
    column.name: column.minimum if column.minimum is not None else 0
    for column in RECIPES["spotify_preference"].input_columns
}


@pytest.fixture(scope="module")
def champion_cloud() -> Iterator[Cloud]:
    with open_cloud(RECIPES) as opened:
        _, fitted = fit(opened, prepare(opened))
        decide(opened, evaluate_and_judge(to_document(fitted), opened.wiring))
        yield opened


def ask(
    cloud: Cloud,
    body: object,
    *,
    dataset: str = "spotify_preference",
    route: tuple[str, str] = ("POST", "/{dataset}/predict"),
) -> tuple[int, Any]:
    event = {
        "httpMethod": route[0],
        "resource": route[1],
        "pathParameters": {"dataset": dataset},
        "requestContext": {"requestId": "request-1"},
        "body": body if isinstance(body, str) else json.dumps(body),
    }
    answer = answer_request(event, None, cloud.wiring)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_row_is_answered_with_its_probabilities_and_a_receipt(champion_cloud: Cloud) -> None:
    status, answer = ask(champion_cloud, ROW)
    assert status == 200
    (prediction,) = answer["predictions"]
    probabilities = prediction["probabilities"]
    assert set(probabilities) == {"disliked", "liked"}
    assert sum(probabilities.values()) == pytest.approx(1)
    assert prediction["label"] == max(probabilities, key=probabilities.__getitem__)
    assert prediction["prediction"] == ["disliked", "liked"].index(prediction["label"])
    champion = champion_cloud.wiring.registry.read_champion("spotify_preference")
    assert answer["receipt"] == {
        "model": champion.model,
        "program_sha256": champion.program_sha256,
        "dataset_version": champion.dataset_version,
        "references": {},
        "recipe_hash": champion.recipe_hash,
        "run_id": champion.run_id,
        "trained_by_code": "code",
        "served_by_code": "code",
    }


def test_many_rows_are_answered_in_their_order(champion_cloud: Cloud) -> None:
    rows = [{**ROW, "energy": energy / 10} for energy in range(10)]
    _, many = ask(champion_cloud, {"rows": rows})
    alone = [ask(champion_cloud, row)[1]["predictions"][0] for row in rows]
    assert many["predictions"] == alone


def test_the_card_of_the_champion_is_shown(champion_cloud: Cloud) -> None:
    status, card = ask(champion_cloud, "", route=("GET", "/{dataset}/model"))
    champion = champion_cloud.wiring.registry.read_champion("spotify_preference")
    assert (status, card["model"]) == (200, champion.model)


def test_a_bad_row_gets_every_problem(champion_cloud: Cloud) -> None:
    row = {**ROW, "energy": 1.5, "tempo": "fast", "volume": 3}
    del row["key"]
    status, problem = ask(champion_cloud, {"rows": [ROW, row]})
    assert status == 400
    found = {(p["row"], p["field"]) for p in problem["problems"]}
    assert found == {(1, "energy"), (1, "tempo"), (1, "volume"), (1, "key")}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(champion_cloud: Cloud, number: str) -> None:
    body = json.dumps(ROW).replace('"energy": 0', f'"energy": {number}')
    assert number in body
    status, problem = ask(champion_cloud, body)
    assert status == 400
    assert problem["problems"][0]["field"] == "energy"


def test_other_answers_have_their_statuses(champion_cloud: Cloud) -> None:
    assert ask(champion_cloud, ROW, dataset="songs")[0] == 404
    assert ask(champion_cloud, {"rows": [ROW] * (MAX_ROWS + 1)})[0] == 413
    assert ask(champion_cloud, "{")[0] == 400
