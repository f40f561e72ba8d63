"""The API's answers on datasets and models: all of it as it was stored."""

import json
from pathlib import Path

import pytest

from dropcast.contracts.limits import FILES_A_PAGE
from dropcast.openapi import build_document
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from functions.predict import catalogue
from tests.functions.cloud import SAMPLE, Cloud, open_cloud
from tests.functions.requests import DATASET, ask, make_request, send
from tests.functions.steps import ingest_drop


def test_datasets_without_a_file_and_reference_tables_are_listed_too() -> None:
    with open_cloud(RECIPES) as cloud:
        _, answer = ask(cloud, "GET", "/datasets")
        assert [line["dataset"] for line in answer["datasets"]] == sorted(
            [*RECIPES, "police_stations"]
        )
        assert {line["rows"] for line in answer["datasets"]} == {0}
        assert {line["champion"] for line in answer["datasets"]} == {None}
        (table,) = (t for t in answer["datasets"] if t["dataset"] == "police_stations")
        assert table["task"] is None
        status, card = ask(cloud, "GET", "/{dataset}", dataset="police_stations")
        assert status == 200
        assert card["statistics"] is None
        assert card["files"] == {"total": 0, "listed": [], "next": None}


def test_a_key_dropped_again_is_named_by_its_newest_drop(cloud: Cloud) -> None:
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    ingest_drop(cloud.drop(b"".join(lines[:40])), cloud.dependencies)
    ingest_drop(cloud.drop(b"".join(lines[:60])), cloud.dependencies)
    _, card = ask(cloud, "GET", "/{dataset}", dataset=DATASET)
    (file,) = card["files"]["listed"]
    assert file["size_bytes"] == len(b"".join(lines[:60]))
    assert card["statistics"] is None


def test_files_come_in_pages_in_the_order_of_their_keys(cloud: Cloud) -> None:
    head, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    names = [f"{i:03}.csv" for i in range(FILES_A_PAGE + 5)]
    for name, row in zip(names, rows, strict=False):
        ingest_drop(cloud.drop(head + row, name=name), cloud.dependencies)
    taken = sorted(cloud.dependencies.versions.read_files(DATASET).files)
    assert len(taken) > FILES_A_PAGE
    _, first = ask(cloud, "GET", "/{dataset}", dataset=DATASET)
    after = first["files"]["next"]
    assert after == taken[FILES_A_PAGE - 1]
    _, last = ask(cloud, "GET", "/{dataset}", dataset=DATASET, query={"after": after})
    assert last["files"]["next"] is None
    listed = [f["key"] for page in (first, last) for f in page["files"]["listed"]]
    assert listed == taken
    assert first["files"]["total"] == len(taken)


def test_a_parameter_that_is_not_known_is_refused(cloud: Cloud) -> None:
    status, problem = ask(cloud, "GET", "/{dataset}", dataset=DATASET, query={"page": "2"})
    assert status == 400
    assert problem["problems"][0]["field"] == "page"


def test_before_a_champion_there_is_no_card_and_there_are_no_versions(cloud: Cloud) -> None:
    assert ask(cloud, "GET", "/{dataset}/model", dataset=DATASET)[0] == 409
    status, answer = ask(cloud, "GET", "/{dataset}/versions", dataset=DATASET)
    assert (status, answer["models"], answer["rollbacks"]) == (200, [], [])


@pytest.mark.parametrize("route", ["/{dataset}", "/{dataset}/model", "/{dataset}/versions"])
def test_a_dataset_that_is_none_is_not_found(cloud: Cloud, route: str) -> None:
    status, problem = ask(cloud, "GET", route, dataset="spotify_preferense")
    assert (status, problem["instance"]) == (404, "request-1")
    assert "did you mean 'spotify_preference'?" in problem["detail"]


@pytest.mark.parametrize("route", ["/{dataset}/model", "/{dataset}/versions"])
def test_a_reference_table_is_found_and_has_no_model(route: str) -> None:
    with open_cloud(RECIPES) as cloud:
        status, problem = ask(cloud, "GET", route, dataset="police_stations")
    assert status == 404
    assert problem["detail"].startswith(
        "'police_stations' is a reference table: it has no model of its own, and it is read for "
        "chicago_arrests; datasets with a model: bitcoin, chicago_arrests,"
    )


def test_the_document_is_that_of_the_deployed_recipes(cloud: Cloud) -> None:
    status, document = ask(cloud, "GET", "/openapi.json", key_id=None)
    assert status == 200
    assert document == build_document(cloud.dependencies.recipes)


@pytest.mark.parametrize(
    ("path", "server"),
    [("/v1/openapi.json", "/v1"), ("/base/openapi.json", "/base"), ("/openapi.json", "/")],
)
def test_the_documents_server_is_the_place_it_was_asked_for_under(
    cloud: Cloud, path: str, server: str
) -> None:
    event = make_request("GET", "/openapi.json", key_id=None)
    event["requestContext"]["path"] = path
    assert json.loads(send(cloud, event)["body"])["servers"] == [{"url": server}]


def test_the_page_loads_its_parts_from_the_api_and_may_load_nothing_else(
    cloud: Cloud, tmp_path: Path
) -> None:
    tmp_path.joinpath("swagger-ui.css").write_text("body {}")
    dependencies = Dependencies(environ={}, s3=cloud.s3, page=tmp_path)
    page = send(cloud, make_request("GET", "/docs", key_id=None))
    policy = page["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "//" not in policy
    assert "http" not in page["body"]
    style = catalogue.answer_request(
        make_request("GET", "/docs/{file}", file="swagger-ui.css", key_id=None), None, dependencies
    )
    assert style["body"] == "body {}"
    assert style["headers"]["Content-Type"] == "text/css; charset=utf-8"
    script = send(cloud, make_request("GET", "/docs/{file}", file="page.js", key_id=None))
    assert "SwaggerUIBundle" in script["body"]


@pytest.mark.parametrize("name", ["../catalogue.py", "index.html", "swagger-ui.css.map", ""])
def test_no_other_file_is_served(cloud: Cloud, name: str) -> None:
    status, problem = ask(cloud, "GET", "/docs/{file}", file=name, key_id=None)
    assert status == 404
    assert "page.js" in problem["detail"]


def test_a_fault_of_ours_is_reported_without_its_cause(cloud: Cloud) -> None:
    cloud.dependencies.lake.write(f"clean/current/{DATASET}.json", b"no JSON", "x/y")
    status, problem = ask(cloud, "GET", "/{dataset}", dataset=DATASET)
    assert status == 500
    assert "JSON" not in json.dumps(problem)
