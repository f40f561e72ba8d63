"""An operator puts an earlier champion back; nobody else does, and every move leaves a record."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from dropcast.contracts.api_keys import OPERATOR, PREDICTIONS, UPLOADS
from dropcast.contracts.messages import Champion, ModelEvaluated
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies
from functions.predict.rollback import answer_request
from tests.functions.cloud import KEY_IDS, Cloud, list_key_ids, open_cloud
from tests.functions.requests import DATASET, add_champion, ask, make_request
from tests.functions.steps import evaluate_and_judge
from tests.functions.test_train import decide, fit, prepare

ROUTE = "/{dataset}/rollback"
# What the module's champion was registered from.
EVALUATED: list[ModelEvaluated] = []


@pytest.fixture(scope="module")
def trained_cloud() -> Iterator[Cloud]:
    with open_cloud() as opened:
        _, fitted = fit(opened, prepare(opened))
        EVALUATED.append(evaluate_and_judge(to_document(fitted), opened.dependencies))
        decide(opened, EVALUATED[0])
        yield opened
        EVALUATED.clear()


@pytest.fixture
def champions(trained_cloud: Cloud) -> Iterator[tuple[Champion, Champion]]:
    """A first champion and the one that took its place; all is as before afterwards."""
    before = read_models(trained_cloud)
    first = trained_cloud.dependencies.registry.read_champion(DATASET)
    second = add_champion(
        trained_cloud, first, f"{DATASET}-0000000000000002", at="2999-01-01T00:00:00+00:00"
    )
    yield first, second
    for key in trained_cloud.list_keys("models"):
        if key not in before:
            trained_cloud.s3.delete_object(Bucket="models", Key=key)
    for key, body in before.items():
        trained_cloud.dependencies.models.write(key, body, "x/y")


def read_models(cloud: Cloud) -> dict[str, bytes]:
    return {key: cloud.dependencies.models.read(key).body for key in cloud.list_keys("models")}


def roll_back(
    cloud: Cloud, body: object, *, key_id: str | None = KEY_IDS[OPERATOR], dataset: str = DATASET
) -> tuple[int, Any]:
    return ask(cloud, "POST", ROUTE, body=body, key_id=key_id, dataset=dataset)


def test_the_earlier_champion_answers_again_and_the_record_says_who_and_why(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, second = champions
    asked = {"to": first.model, "reason": " worse on new artists ", "from": second.model}
    status, answer = roll_back(trained_cloud, asked)
    assert status == 200
    assert answer == {
        "champion": first.model,
        "replaced": second.model,
        "reason": "worse on new artists",
        "by": KEY_IDS[OPERATOR],
        "at": answer["at"],
    }
    registry = trained_cloud.dependencies.registry
    assert registry.read_champion(DATASET) == first
    records = registry.list_rollbacks(DATASET)
    assert [record.outcome for record in records] == ["rolled back", "requested"]
    assert {record.request_id for record in records} == {"request-1"}
    _, versions = ask(trained_cloud, "GET", "/{dataset}/versions", dataset=DATASET)
    assert versions["rollbacks"] == [
        {
            "at": answer["at"],
            "from": second.model,
            "to": first.model,
            "by": KEY_IDS[OPERATOR],
            "reason": "worse on new artists",
            "request": "request-1",
            "outcome": "rolled back",
        }
    ]
    assert [(m["model"], m["champion"]) for m in versions["models"]] == [
        (second.model, False),
        (first.model, True),
    ]


def test_an_operator_can_go_forward_again(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, second = champions
    assert roll_back(trained_cloud, {"to": first.model, "reason": "a"})[0] == 200
    assert roll_back(trained_cloud, {"to": second.model, "reason": "b"})[0] == 200
    assert trained_cloud.dependencies.registry.read_champion(DATASET) == second


def test_the_next_model_that_wins_takes_the_place_of_the_one_put_back_and_is_audited_again(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, _ = champions
    assert roll_back(trained_cloud, {"to": first.model, "reason": "a"})[0] == 200
    fitted = dataclasses.replace(EVALUATED[0].fitted, model=f"{DATASET}-{'3' * 16}")
    winner = dataclasses.replace(
        EVALUATED[0], fitted=fitted, champion=first.model, champion_generation=3, passed=True
    )
    before = set(trained_cloud.list_keys("models"))
    assert decide(trained_cloud, winner).decision == "registered"
    assert trained_cloud.dependencies.registry.read_champion(DATASET).model == fitted.model
    records = [
        json.loads(trained_cloud.read_text("models", key))
        for key in set(trained_cloud.list_keys("models")) - before
        if key.startswith(f"audit/{DATASET}/")
    ]
    assert {record["model"] for record in records} == {fitted.model}
    assert sorted(record["decision"] for record in records) == ["requested", "registered"]
    rollbacks = trained_cloud.dependencies.registry.list_rollbacks(DATASET)
    assert [record.outcome for record in rollbacks] == ["rolled back", "requested"]


@pytest.mark.parametrize("key_id", [KEY_IDS[PREDICTIONS], KEY_IDS[UPLOADS], None, ""])
@pytest.mark.usefixtures("champions")
def test_any_other_key_than_the_operators_is_told_403_and_changes_nothing(
    trained_cloud: Cloud, key_id: str | None
) -> None:
    before = read_models(trained_cloud)
    status, problem = roll_back(trained_cloud, {"to": "x", "reason": "y"}, key_id=key_id)
    assert (status, problem["status"]) == (403, 403)
    assert "operator" in problem["detail"]
    assert read_models(trained_cloud) == before


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"to", "reason"}),
        ({"to": 1, "reason": "  ", "from": 2}, {"to", "reason", "from"}),
        ({"to": "a", "reason": "x" * 501}, {"reason"}),
        ({"to": "a", "reason": "b", "force": True}, {"force"}),
        ([], {None}),
        ("{", {None}),
    ],
)
@pytest.mark.usefixtures("champions")
def test_a_body_that_is_not_understood_gets_every_problem(
    trained_cloud: Cloud, body: object, fields: set[str | None]
) -> None:
    status, problem = roll_back(trained_cloud, body)
    assert status == 400
    assert {p["field"] for p in problem["problems"]} == fields


@pytest.mark.parametrize("model", ["../secrets", "never-registered", "a" * 200])
@pytest.mark.usefixtures("champions")
def test_a_model_that_was_never_champion_is_not_found(trained_cloud: Cloud, model: str) -> None:
    status, problem = roll_back(trained_cloud, {"to": model, "reason": "r"})
    assert status == 404
    assert "/versions" in problem["detail"]


def test_an_unknown_dataset_is_not_found(trained_cloud: Cloud) -> None:
    asked = {"to": "x", "reason": "y"}
    assert roll_back(trained_cloud, asked, dataset="spotify_preferense")[0] == 404


def test_the_champion_itself_and_a_champion_that_is_another_by_now_are_conflicts(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, second = champions
    before = read_models(trained_cloud)
    same = {"to": second.model, "reason": "r"}
    stale = {"to": first.model, "reason": "r", "from": first.model}
    for body in (same, stale):
        status, problem = roll_back(trained_cloud, body)
        assert status == 409
        assert "nothing was changed" in problem["detail"]
    assert read_models(trained_cloud) == before


def test_a_damaged_program_is_never_pointed_at(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, second = champions
    trained_cloud.dependencies.models.write(first.program_key, b"something else", "x/y")
    status, problem = roll_back(trained_cloud, {"to": first.model, "reason": "r"})
    assert status == 409
    assert "choose another model" in problem["detail"]
    assert trained_cloud.dependencies.registry.read_champion(DATASET) == second


def test_the_loser_of_a_race_gets_an_error_and_leaves_its_record(
    trained_cloud: Cloud, champions: tuple[Champion, Champion]
) -> None:
    first, second = champions

    class RacedDependencies(Dependencies):
        """The pointer moves between the operator's look at it and the swap."""

        def now(self) -> datetime:
            add_champion(trained_cloud, first, f"{DATASET}-3", at="2999-01-02T00:00:00+00:00")
            return super().now()

    dependencies = RacedDependencies(
        environ={
            "DROPCAST_MODEL_BUCKET": "models",
            "DROPCAST_CODE_HASH": "code",
            **list_key_ids([OPERATOR]),
        },
        s3=trained_cloud.s3,
        recipes=trained_cloud.dependencies.recipes,
    )
    event = make_request(
        "POST",
        ROUTE,
        body={"to": first.model, "reason": "r"},
        key_id=KEY_IDS[OPERATOR],
        dataset=DATASET,
    )
    answer = answer_request(event, None, dependencies)
    assert answer["statusCode"] == 409
    assert second.model in json.loads(answer["body"])["detail"]
    assert trained_cloud.dependencies.registry.read_champion(DATASET).model == f"{DATASET}-3"
    outcomes = [r.outcome for r in trained_cloud.dependencies.registry.list_rollbacks(DATASET)]
    assert sorted(outcomes) == ["requested", "lost the race"]
