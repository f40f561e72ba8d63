"""Models and rollbacks in pages, and a rollback of which nothing but the asking is recorded."""

import dataclasses
from typing import Any

import pytest

from dropcast.contracts.limits import MODELS_A_PAGE, ROLLBACKS_A_PAGE
from dropcast.contracts.messages import ChampionRolledBack, Registration
from tests.functions.cloud import Cloud
from tests.functions.requests import DATASET, ask
from tests.storage.test_history import ROLLBACK
from tests.storage.test_registry import make_champion

ASKED = dataclasses.replace(ROLLBACK, dataset=DATASET)


def list_versions(cloud: Cloud, **query: str) -> tuple[int, Any]:
    return ask(cloud, "GET", "/{dataset}/versions", dataset=DATASET, query=query)


def record(cloud: Cloud, *rollbacks: ChampionRolledBack) -> None:
    for rollback in rollbacks:
        cloud.dependencies.registry.record_rollback(rollback)


def number(minute: int, **more: Any) -> ChampionRolledBack:
    at = f"2024-05-01T{minute // 60:02}:{minute % 60:02}:00.000+00:00"
    return dataclasses.replace(ASKED, at=at, request_id=f"request-{minute}", **more)


def test_models_come_in_pages_newest_first(cloud: Cloud) -> None:
    names = [f"{DATASET}-{i:03}" for i in range(MODELS_A_PAGE + 3)]
    for i, name in enumerate(names):
        champion = dataclasses.replace(make_champion(name), dataset=DATASET)
        cloud.dependencies.registry.record(
            Registration(
                champion=champion,
                registered_at=f"2024-05-01T{i // 60:02}:{i % 60:02}:00+00:00",
                replaced=None,
                metric="roc_auc",
                metrics={},
            )
        )
    _, first = list_versions(cloud)
    assert len(first["models"]) == MODELS_A_PAGE
    assert first["models_next"] == first["models"][-1]["model"]
    _, last = list_versions(cloud, models_after=first["models_next"])
    assert last["models_next"] is None
    assert [m["model"] for m in first["models"] + last["models"]] == names[::-1]


def test_rollbacks_come_in_pages_newest_first(cloud: Cloud) -> None:
    made = [number(i, outcome="rolled back") for i in range(ROLLBACKS_A_PAGE + 2)]
    record(cloud, *made)
    _, first = list_versions(cloud)
    assert len(first["rollbacks"]) == ROLLBACKS_A_PAGE
    _, last = list_versions(cloud, rollbacks_after=first["rollbacks_next"])
    assert last["rollbacks_next"] is None
    requests = [r["request"] for r in first["rollbacks"] + last["rollbacks"]]
    assert requests == [r.request_id for r in reversed(made)]


def test_a_rollback_without_an_outcome_is_reported_and_one_that_lost_is_not(cloud: Cloud) -> None:
    record(cloud, number(1), number(1, outcome="rolled back"))
    record(cloud, number(2), number(2, outcome="lost the race"))
    record(cloud, number(3))
    _, answer = list_versions(cloud)
    requests = [(r["request"], r["outcome"]) for r in answer["rollbacks"]]
    assert requests == [("request-3", "requested"), ("request-1", "rolled back")]


@pytest.mark.parametrize("parameter", ["models_after", "rollbacks_after", "after"])
def test_a_page_after_what_is_not_there_is_refused(cloud: Cloud, parameter: str) -> None:
    status, problem = list_versions(cloud, **{parameter: "none"})
    assert (status, problem["problems"][0]["field"]) == (400, parameter)
