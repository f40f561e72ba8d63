"""Every route but predict, on the deployed stack, with nothing but HTTP and a key."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it ships no types
import pytest

from dropcast.contracts.messages import Champion, Registration
from dropcast.openapi import build_document
from dropcast.recipes import RECIPES
from dropcast.storage.registry import S3ModelRegistry
from dropcast.storage.s3 import S3BlobStore
from operations.stacks import DeployedStack
from operations.watching import wait_for
from tests.e2e.conftest import DATASET, SAMPLE, Trained, run_cli
from tests.e2e.test_path import ROW

pytestmark = pytest.mark.e2e


def send(
    stack: DeployedStack, url: str, *, data: bytes | None = None, content_type: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (lower case) and body of a call without any key."""
    headers = {"Content-Type": content_type} if content_type else {}
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - the stack's own
    try:
        with urllib.request.urlopen(request, timeout=60, context=stack.trust) as response:  # noqa: S310
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {}, error.read()


def post_form(stack: DeployedStack, form: Any, body: bytes) -> tuple[int, str]:
    """Send a file by a form, as a browser does; return the status and S3's response."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    data = "".join([*parts, head]).encode() + body + f"\r\n--{boundary}--\r\n".encode()
    content_type = f"multipart/form-data; boundary={boundary}"
    status, _, text = send(stack, form["url"], data=data, content_type=content_type)
    return status, text.decode()


@pytest.fixture
def two_champions(stack: DeployedStack, trained: Trained) -> Iterator[tuple[Champion, Champion]]:
    """The trained champion, and one after it with the same program; the first again at the end."""
    assert trained.run.status == "SUCCEEDED"
    models = S3BlobStore(client=stack.s3, bucket=stack.outputs["ModelBucketName"])
    registry = S3ModelRegistry(models=models, pause=time.sleep)
    first = registry.read_champion(DATASET)
    model = f"{DATASET}-{uuid.uuid4().hex[:16]}"
    key = first.program_key.replace(first.model, model)
    second = Champion(**{**vars(first), "model": model, "program_key": key})
    models.write(key, models.read(first.program_key).body, "application/octet-stream")
    generation = registry.read_pointer(DATASET).generation
    assert registry.promote(second, generation=generation, mover="test")
    registry.record(
        Registration(
            champion=second,
            registered_at="2999-01-01T00:00:00+00:00",
            replaced=first.model,
            metric="roc_auc",
            metrics={"roc_auc": 0.75},
        )
    )
    yield first, second
    present = registry.read_pointer(DATASET)
    assert present.champion == first or registry.promote(
        first, generation=present.generation, mover="test"
    )


@pytest.mark.usefixtures("trained")
def test_every_dataset_is_listed_and_the_trained_one_has_its_champion(stack: DeployedStack) -> None:
    status, response = stack.call_api("GET", "datasets")
    assert status == 200
    lines = {line["dataset"]: line for line in response["datasets"]}
    assert lines.keys() == {*RECIPES, "police_stations"}
    assert lines[DATASET]["champion"]
    assert lines[DATASET]["rows"] > 0


@pytest.mark.usefixtures("trained")
def test_the_card_describes_columns_and_files(stack: DeployedStack) -> None:
    status, card = stack.call_api("GET", DATASET)
    assert status == 200
    files = {file["key"]: file for file in card["files"]["listed"]}
    assert files[f"raw/{DATASET}/sample.csv"]["finished_at"]

    def look() -> Any:
        return stack.call_api("GET", DATASET)[1]["statistics"]

    statistics = wait_for("the dataset card", look, timeout_seconds=120)
    assert {column["name"] for column in statistics["columns"]} >= ROW.keys()


@pytest.mark.smoke
@pytest.mark.usefixtures("trained")
def test_a_file_is_dropped_by_a_form_without_aws_credentials(stack: DeployedStack) -> None:
    # The same bytes under another key, so the dataset's rows do not change.
    body = SAMPLE.read_bytes()
    request = {"name": "by form/sample.csv", "size": len(body)}
    status, form = stack.call_api("POST", f"{DATASET}/uploads", request, key=stack.upload_key)
    assert status == 201
    assert post_form(stack, form, body)[0] in (200, 201, 204)

    def look() -> Any:
        _, card = stack.call_api("GET", DATASET)
        keys = {file["key"]: file for file in card["files"]["listed"]}
        return keys.get(form["key"]) or None

    file = wait_for("the dropped file on the card", look, timeout_seconds=120)
    assert file["rows_accepted"] > 0


@pytest.mark.usefixtures("trained")
def test_a_form_takes_no_larger_file_and_no_other_key(stack: DeployedStack) -> None:
    request = {"name": "small.csv", "size": 10}
    _, form = stack.call_api("POST", f"{DATASET}/uploads", request, key=stack.upload_key)
    status, text = post_form(stack, form, b"x" * 11)
    assert (status, "EntityTooLarge" in text) == (400, True)
    elsewhere = {**form, "fields": {**form["fields"], "key": "raw/bitcoin/small.csv"}}
    assert post_form(stack, elsewhere, b"x")[0] == 403


@pytest.mark.usefixtures("trained")
def test_the_line_of_curl_drops_the_file(stack: DeployedStack, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    tmp_path.joinpath("rows (1).csv").write_bytes(SAMPLE.read_bytes())
    request = {"name": "rows (1).csv", "size": SAMPLE.stat().st_size}
    _, form = stack.call_api("POST", f"{DATASET}/uploads", request, key=stack.upload_key)
    finished = subprocess.run(
        ["sh", "-ec", form["curl"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "CURL_CA_BUNDLE": stack.environ.get("CURL_CA_BUNDLE", ""),
        },
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    bucket = stack.outputs["RawBucketName"]
    found = stack.s3.get_object(Bucket=bucket, Key=form["key"])
    assert found["Body"].read() == SAMPLE.read_bytes()
    assert found["ContentType"] == "text/csv"


def test_an_upload_that_is_not_understood_gets_every_problem(stack: DeployedStack) -> None:
    body = {"name": "a.pdf", "size": 0}
    status, problem = stack.call_api("POST", f"{DATASET}/uploads", body, key=stack.upload_key)
    assert status == problem["status"] == 400
    assert {p["field"] for p in problem["problems"]} == {"name", "size"}


def test_versions_and_a_rollback_by_the_operators_key_alone(
    stack: DeployedStack, two_champions: tuple[Champion, Champion]
) -> None:
    first, second = two_champions
    request = {"to": first.model, "reason": "worse on new artists", "from": second.model}
    status, problem = stack.call_api("POST", f"{DATASET}/rollback", request)
    assert (status, problem["status"]) == (403, 403)
    status, _ = stack.call_api("POST", f"{DATASET}/rollback", request, key="no key at all")
    assert status == 403
    _, versions = stack.call_api("GET", f"{DATASET}/versions")
    listed = {model["model"]: model for model in versions["models"]}
    assert listed[second.model]["champion"] is True
    assert listed[second.model]["replaced"] == first.model
    assert listed[first.model]["metrics"]["roc_auc"] > 0.5

    key = stack.operator_key
    status, done = stack.call_api("POST", f"{DATASET}/rollback", request, key=key)
    assert (status, done["champion"], done["replaced"]) == (200, first.model, second.model)
    assert done["by"] == stack.outputs["OperatorKeyId"]
    _, versions = stack.call_api("GET", f"{DATASET}/versions")
    assert versions["rollbacks"][0]["reason"] == "worse on new artists"
    status, problem = stack.call_api("POST", f"{DATASET}/rollback", request, key=key)
    assert status == problem["status"] == 409

    def look() -> Any:
        _, response = stack.call_api("POST", f"{DATASET}/predict", ROW)
        return response["receipt"]["model"] == first.model or None

    wait_for("the earlier champion's prediction", look, timeout_seconds=90)


def test_a_prediction_is_replayed_to_the_bit_by_its_receipt(
    stack: DeployedStack, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained.run.status == "SUCCEEDED"
    status, response = stack.call_api("POST", f"{DATASET}/predict", {"rows": [ROW]})
    assert status == 200
    files = {"answer.json": response, "request.json": {"rows": [ROW]}}
    for name, document in files.items():
        tmp_path.joinpath(name).write_text(json.dumps(document))
    for name, value in stack.environ.items():
        monkeypatch.setenv(name, value)
    arguments = [str(tmp_path / "answer.json"), "--request", str(tmp_path / "request.json")]
    arguments += ["--bucket", stack.outputs["ModelBucketName"]]
    shown = run_cli("replay", *arguments)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.startswith("same: 1 prediction(s)")
    response["predictions"][0]["probabilities"]["liked"] += 2**-40
    tmp_path.joinpath("answer.json").write_text(json.dumps(response))
    shown = run_cli("replay", *arguments)
    assert shown.returncode == 1
    assert shown.stdout.startswith("different: 1 of 1")


@pytest.mark.smoke
def test_every_route_that_shows_data_needs_a_key(stack: DeployedStack) -> None:
    for path in ("datasets", DATASET, f"{DATASET}/model", f"{DATASET}/versions"):
        assert send(stack, f"{stack.api_url}/{path}")[0] == 403, path


def test_the_document_needs_no_key_and_is_that_of_the_recipes(stack: DeployedStack) -> None:
    status, headers, body = send(stack, f"{stack.api_url}/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == build_document(RECIPES)


def test_the_routes_respond_as_the_document_says(stack: DeployedStack, trained: Trained) -> None:
    assert trained.run.status == "SUCCEEDED"
    document = build_document(RECIPES)
    uploads, operator = stack.upload_key, stack.operator_key
    calls: tuple[tuple[str, str, str, object, str | None], ...] = (
        ("GET", "datasets", "/datasets", None, None),
        ("GET", DATASET, "/{dataset}", None, None),
        ("GET", f"{DATASET}/versions", "/{dataset}/versions", None, None),
        ("POST", f"{DATASET}/uploads", "/{dataset}/uploads", {"name": "a.csv", "size": 9}, uploads),
        ("POST", f"{DATASET}/uploads", "/{dataset}/uploads", {}, uploads),
        ("POST", f"{DATASET}/uploads", "/{dataset}/uploads", {}, None),
        ("POST", f"{DATASET}/rollback", "/{dataset}/rollback", {}, operator),
        ("POST", f"{DATASET}/rollback", "/{dataset}/rollback", {}, uploads),
        ("POST", f"{DATASET}/predict", f"/{DATASET}/predict", ROW, None),
        ("POST", f"{DATASET}/predict", f"/{DATASET}/predict", {}, None),
        ("POST", f"{DATASET}/predict", f"/{DATASET}/predict", ROW, uploads),
    )
    for method, path, template, body, key in calls:
        status, response = stack.call_api(method, path, body, key=key)
        responses = document["paths"][template][method.lower()]["responses"]
        described = responses[str(status)]
        if "$ref" in described:
            described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
        (content,) = described["content"].values()
        schema = {**content["schema"], "components": document["components"]}
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(response))
        assert not errors, (method, path, status, errors)


def test_the_page_and_its_parts_come_from_the_api_under_a_strict_policy(
    stack: DeployedStack,
) -> None:
    status, headers, page = send(stack, f"{stack.api_url}/docs")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["content-security-policy"]
    for part in ("swagger-ui.css", "swagger-ui-bundle.js", "page.js"):
        assert f"docs/{part}".encode() in page
        status, headers, body = send(stack, f"{stack.api_url}/docs/{part}")
        assert status == 200
        assert headers["x-content-type-options"] == "nosniff"
        assert len(body) > 100
    assert send(stack, f"{stack.api_url}/docs/index.html")[0] == 404


def test_a_browser_shows_every_route_of_the_document(stack: DeployedStack, tmp_path: Path) -> None:
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser is None:
        pytest.skip("no Chromium is on this machine")
    finished = subprocess.run(
        [
            browser,
            *("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            "--ignore-certificate-errors",  # a browser knows the system's authorities alone
            *(f"--user-data-dir={tmp_path}", "--virtual-time-budget=20000", "--dump-dom"),
            f"{stack.api_url}/docs",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    for dataset in RECIPES:
        assert f"predict_{dataset}" in finished.stdout
    for name in ("list_datasets", "open_upload", "roll_back", "list_versions"):
        assert name in finished.stdout
    # The browser reports on its console what the policy stops.
    assert "Content Security Policy" not in finished.stderr
