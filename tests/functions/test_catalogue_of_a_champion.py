"""The API's answers on a dataset that has a champion."""

import json
from collections.abc import Iterator

import pytest

from dropcast.contracts.keys import MODEL_CARD
from dropcast.contracts.serialization.codec import to_document
from dropcast.recipes import RECIPES
from tests.functions.cloud import SAMPLE, Cloud, open_cloud
from tests.functions.requests import DATASET, add_champion, ask, make_request, send
from tests.functions.steps import evaluate_and_judge
from tests.functions.test_train import decide, fit, prepare


@pytest.fixture(scope="module")
def trained_cloud() -> Iterator[Cloud]:
    with open_cloud() as opened:
        _, fitted = fit(opened, prepare(opened))
        decide(opened, evaluate_and_judge(to_document(fitted), opened.dependencies))
        yield opened


def test_every_dataset_is_listed_with_what_is_there_of_it(trained_cloud: Cloud) -> None:
    status, answer = ask(trained_cloud, "GET", "/datasets")
    assert status == 200
    (line,) = answer["datasets"]
    recipe = RECIPES[DATASET]
    champion = trained_cloud.dependencies.registry.read_champion(DATASET)
    assert line == {
        "dataset": DATASET,
        "title": recipe.title,
        "summary": recipe.summary,
        "task": "binary",
        "labels": ["disliked", "liked"],
        "unit": None,
        "champion": champion.model,
        "current_version": champion.dataset_version,
        "rows": line["rows"],
    }
    assert line["rows"] > 100


def test_a_card_has_the_columns_statistics_and_the_files(trained_cloud: Cloud) -> None:
    status, card = ask(trained_cloud, "GET", "/{dataset}", dataset=DATASET)
    assert status == 200
    assert card["statistics"]["dataset_version"] == card["current_version"]
    assert card["statistics"]["rows_read"] == card["rows"]
    names = [column["name"] for column in card["statistics"]["columns"]]
    assert names == [column.name for column in RECIPES[DATASET].columns]
    (file,) = card["files"]["listed"]
    assert (card["files"]["total"], card["files"]["next"]) == (1, None)
    assert file["key"] == f"raw/{DATASET}/songs.csv"
    assert file["rows_accepted"] == card["rows"]
    assert file["rows_quarantined"] > 0
    assert file["size_bytes"] == SAMPLE.stat().st_size
    assert file["finished_at"].endswith("+00:00")
    assert trained_cloud.dependencies.lake.has(file["quarantine_key"])
    assert trained_cloud.dependencies.raw.has(file["report_key"])


def test_the_champions_card_is_shown_as_it_was_stored(trained_cloud: Cloud) -> None:
    champion = trained_cloud.dependencies.registry.read_champion(DATASET)
    answer = send(trained_cloud, make_request("GET", "/{dataset}/model", dataset=DATASET))
    stored = MODEL_CARD.format(dataset=DATASET, model=champion.model)
    assert answer["body"] == trained_cloud.read_text("models", stored)


def test_versions_list_newest_first_who_replaced_whom_with_which_figures(
    trained_cloud: Cloud,
) -> None:
    first = trained_cloud.dependencies.registry.read_champion(DATASET)
    second = add_champion(trained_cloud, first, f"{DATASET}-2", at="2999-01-01T00:00:00+00:00")
    _, answer = ask(trained_cloud, "GET", "/{dataset}/versions", dataset=DATASET)
    models = [(m["model"], m["champion"], m["replaced"]) for m in answer["models"]]
    assert models == [(second.model, True, first.model), (first.model, False, None)]
    key = MODEL_CARD.format(dataset=DATASET, model=first.model)
    card = json.loads(trained_cloud.read_text("models", key))
    figures = {n: m["value"] for n, m in card["evaluation"]["metrics"].items()}
    assert answer["models"][1]["metrics"] == figures
    assert answer["models"][1]["metric"] == card["metric"]
    assert answer["models"][1]["dataset_version"] == first.dataset_version
    assert answer["rollbacks"] == []
