"""Files under score/ on the deployed stack: predictions equal those of the API, to the bit."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dropcast.contracts.keys import RAW, SCORE_DROP, SCORE_REPORT
from dropcast.contracts.limits import MAX_ROWS
from dropcast.contracts.scored_files import FileScored
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipes import find_recipe
from operations.demo_stack import find_sample
from operations.reports import read_fact, split_uri
from operations.stacks import DeployedStack, name_function_id
from operations.watching import name_execution, wait_for, wait_for_drop, wait_for_run
from tests.e2e.conftest import DATASET, SAMPLE, Trained

pytestmark = pytest.mark.e2e

FORMULA = "=cmd|' /C calc'!A1"
_SECONDS = 180


def drop_to_score(stack: DeployedStack, path: Path, dataset: str, name: str) -> str:
    """Drop a file and return its report, once it is there for this version of it."""
    version_id = stack.drop_file(path, SCORE_DROP.format(dataset=dataset, name=name))
    return wait_for_report(stack, dataset, name, version_id)


def wait_for_report(stack: DeployedStack, dataset: str, name: str, version_id: str) -> str:
    key = SCORE_REPORT.format(dataset=dataset, name=name)

    def look() -> str | None:
        try:
            report = stack.read_object_text("RawBucketName", key)
        except stack.s3.exceptions.NoSuchKey:
            return None
        return report if version_id in report else None

    report: str = wait_for(f"the report {key}", look, timeout_seconds=_SECONDS)
    return report


def read_receipt(stack: DeployedStack, report: str) -> FileScored:
    bucket, key = split_uri(str(read_fact(report, "Receipt")))
    assert bucket == stack.outputs["RawBucketName"]
    document = stack.read_json("RawBucketName", key)
    return from_document(FileScored, document)


def read_csv(stack: DeployedStack, key: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(stack.read_object_text("RawBucketName", key), newline=""))
    )


def read_parquet(stack: DeployedStack, key: str) -> list[dict[str, Any]]:
    response = stack.s3.get_object(Bucket=stack.outputs["RawBucketName"], Key=key)
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(response["Body"].read())).to_pylist()
    return rows


def spell_row(row: dict[str, Any], dataset: str) -> dict[str, Any]:
    """Return a row of the predictions as a request has it."""
    spelled = {}
    for column in find_recipe(dataset).input_columns:
        value = row[column.name]
        spelled[column.name] = value.isoformat() if column.kind == "timestamp" else value
    return spelled


def has_numbers_of(prediction: dict[str, Any], row: dict[str, Any], shown: dict[str, str]) -> bool:
    """Return whether both files have the API's prediction: class, label and every probability."""
    assert row["label"] == shown["label"] == prediction["label"]
    assert row["prediction"] == int(shown["prediction"]) == prediction["prediction"]
    return all(
        row[f"probability_{label}"] == float(shown[f"probability_{label}"]) == probability
        for label, probability in prediction["probabilities"].items()
    )


def list_result_versions(stack: DeployedStack) -> list[tuple[str, str]]:
    response = stack.s3.list_object_versions(
        Bucket=stack.outputs["RawBucketName"], Prefix="scored/"
    )
    return sorted((v["Key"], v["VersionId"]) for v in response.get("Versions", []))


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with a formula as a title and, on line 2, an invalid value."""
    header, *lines = SAMPLE.read_text().splitlines()
    names = header.split(",")
    cells = [line.split(",") for line in lines]
    for row in cells:
        if len(row) == len(names):
            row[names.index("song_title")] = FORMULA
    cells[0][names.index("energy")] = FORMULA
    path = tmp_path_factory.mktemp("songs") / "songs.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in cells)]) + "\n")
    return path


def test_a_file_of_songs_comes_back_with_the_apis_numbers(
    stack: DeployedStack, trained: Trained, songs: Path
) -> None:
    assert trained.run.status == "SUCCEEDED"
    receipt = read_receipt(stack, drop_to_score(stack, songs, DATASET, "mine/songs.csv"))
    rows, shown = read_parquet(stack, receipt.parquet_key), read_csv(stack, receipt.csv_key)
    body = {"rows": [spell_row(row, DATASET) for row in rows[:MAX_ROWS]]}
    status, response = stack.call_api("POST", f"{DATASET}/predict", body)
    assert status == 200
    # Another test may have made another champion; its program is the same then.
    assert response["receipt"]["program_sha256"] == receipt.champion.program_sha256
    assert len(response["predictions"]) == len(rows) == len(shown) == receipt.rows_answered
    for prediction, row, line in zip(response["predictions"], rows, shown, strict=True):
        assert has_numbers_of(prediction, row, line)


@pytest.mark.smoke
@pytest.mark.usefixtures("trained")
def test_a_bad_row_is_a_problem_and_its_formula_is_defused(
    stack: DeployedStack, songs: Path
) -> None:
    report = drop_to_score(stack, songs, DATASET, "with a bad row.csv")
    receipt = read_receipt(stack, report)
    assert receipt.problems_key is not None
    problems = read_csv(stack, receipt.problems_key)
    assert len(problems) == receipt.rows_refused
    first = problems[0]
    assert first["line_number"] == "2"
    assert "energy:" in first["reasons"]
    for row in problems:
        assert not any(text.startswith(("=", "+", "-", "@")) for text in row.values())
    assert receipt.rows_answered + receipt.rows_refused == len(songs.read_text().splitlines()) - 1
    assert f"{receipt.rows_refused:,}" in report


@pytest.mark.usefixtures("trained")
def test_an_event_that_comes_again_changes_no_result(stack: DeployedStack, songs: Path) -> None:
    first = drop_to_score(stack, songs, DATASET, "twice.csv")
    before = list_result_versions(stack)
    again = drop_to_score(stack, songs, DATASET, "twice.csv")
    assert read_receipt(stack, again) == read_receipt(stack, first)
    version_id = next(line for line in again.splitlines() if line.startswith("Version:"))
    event = {
        "detail": {
            "bucket": {"name": stack.outputs["RawBucketName"]},
            "object": {
                "key": SCORE_DROP.format(dataset=DATASET, name="twice.csv"),
                "version-id": version_id.removeprefix("Version:").strip(),
                "size": songs.stat().st_size,
            },
        }
    }
    client = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    names = [
        f["FunctionName"]
        for page in client.get_paginator("list_functions").paginate()
        for f in page["Functions"]
    ]
    (name,) = [n for n in names if name_function_id("Score") in n]
    response = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert json.loads(response["Payload"].read())["state"] == "scored_with_problems"
    assert list_result_versions(stack) == before


def test_a_series_is_predicted_for_every_bar_with_thirty_before_it(
    stack: DeployedStack, trained: Trained, tmp_path: Path
) -> None:
    assert trained.run.status == "SUCCEEDED"
    train_bitcoin(stack)
    lines = (find_sample("bitcoin")).read_text().splitlines()
    bars = tmp_path / "bars.csv"
    # A gap after 60 bars, and later one bar twice.
    chosen = [*lines[1:61], *lines[70:140], lines[139], *lines[140:150]]
    bars.write_text("\n".join([lines[0], *chosen]) + "\n")
    receipt = read_receipt(stack, drop_to_score(stack, bars, "bitcoin", "bars.csv"))
    rows, shown = read_parquet(stack, receipt.parquet_key), read_csv(stack, receipt.csv_key)
    assert receipt.problems_key is not None
    reasons = {int(r["line_number"]): r["reasons"] for r in read_csv(stack, receipt.problems_key)}
    numbers = range(2, len(chosen) + 2)
    assert sorted([*reasons, *(row["line_number"] for row in rows)]) == list(numbers)
    assert "seconds after the row before" in reasons[62]
    assert "not later than the row before" in reasons[132]
    needed = find_recipe("bitcoin").rows_needed
    names = lines[0].split(",")
    checked = [row for row in rows if row["line_number"] % 7 == 0]
    assert checked
    for row in checked:
        line = row["line_number"]
        before = [chosen[at].split(",") for at in range(line - 1 - needed, line - 1)]
        body = {"rows": [spell_bar(dict(zip(names, cells, strict=True))) for cells in before]}
        status, response = stack.call_api("POST", "bitcoin/predict", body)
        assert status == 200, response
        (prediction,) = response["predictions"]
        (listed,) = [s for s in shown if s["line_number"] == str(line)]
        assert has_numbers_of(prediction, row, listed)


def spell_bar(cells: dict[str, str]) -> dict[str, Any]:
    return {
        "open_time": f"{cells['datetime'].replace(' ', 'T')}Z",
        **{name: float(cells[name]) for name in ("open", "high", "low", "close", "volume")},
    }


def train_bitcoin(stack: DeployedStack) -> None:
    """Drop the sample as the datasets' test does; whichever test runs first trains it."""
    path = find_sample("bitcoin")
    key = RAW.format(dataset="bitcoin", name=path.name)
    version_id = stack.drop_file(path, key)
    drop = wait_for_drop(stack, dataset="bitcoin", raw_key=key, version_id=version_id)
    recipe = find_recipe("bitcoin")
    run = wait_for_run(stack, name_execution(stack, recipe, str(drop.dataset_version)))
    assert run.status == "SUCCEEDED"


def test_a_file_for_no_dataset_is_refused_with_a_report(stack: DeployedStack, songs: Path) -> None:
    report = drop_to_score(stack, songs, "spotify_preferenc", "songs.csv")
    assert "refused" in report
    assert "did you mean 'spotify_preference'?" in report
    assert not [key for key, _ in list_result_versions(stack) if "spotify_preferenc/" in key]


@pytest.mark.usefixtures("trained")
def test_a_file_that_is_not_understood_is_refused_with_a_report(
    stack: DeployedStack, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("title,danceabilty\nx,0.5\n")
    report = drop_to_score(stack, path, DATASET, "other.csv")
    assert "refused" in report
    assert "danceabilty" in report
