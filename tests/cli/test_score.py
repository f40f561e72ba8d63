"""A file answered by the command: dropped, awaited, and its results beside it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.app import make_app
from dropcast.contracts.errors import UnknownDatasetError
from dropcast.recipes import RECIPES
from operations.scoring_files import ScoreError
from operations.watching import WaitingError
from tests.batch.programs import make_recipe_program
from tests.functions.cloud import SAMPLE, Cloud, make_event, open_cloud
from tests.functions.predicting import make_models
from tests.functions.steps import score_drop

DATASET = "spotify_preference"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "1",
    "AWS_SECRET_ACCESS_KEY": "1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "RAW_BUCKET": "raw",
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with open_cloud(RECIPES) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["score", *arguments], env=VARIABLES)


def run_beside_the_door(cloud: Cloud, file: Path) -> Result:
    """Run the command, and the function as soon as the file is dropped."""
    results: list[Result] = []
    key = f"score/{DATASET}/{file.name}"
    worker = threading.Thread(target=lambda: results.append(run(str(file), "--dataset", DATASET)))
    worker.start()
    while worker.is_alive() and key not in cloud.list_keys("raw"):
        worker.join(0.05)
    version_id = cloud.s3.head_object(Bucket="raw", Key=key)["VersionId"]
    event: Any = make_event("raw", key, version_id=version_id)
    score_drop(event, cloud.dependencies)
    worker.join(60)
    return results[0]


def copy_sample(folder: Path) -> Path:
    file = folder / "my songs.csv"
    file.write_bytes(SAMPLE.read_bytes())
    return file


def test_the_results_lie_beside_the_file(cloud: Cloud, tmp_path: Path) -> None:
    for key, body in make_models(make_recipe_program(RECIPES[DATASET])).objects.items():
        cloud.s3.put_object(Bucket="models", Key=key, Body=body)
    result = run_beside_the_door(cloud, copy_sample(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Rows scored:" in result.stdout
    predictions = tmp_path / "my songs.csv.predictions.csv"
    assert predictions.read_text().startswith('"line_number","acousticness"')
    assert (tmp_path / "my songs.csv.problems.csv").exists()
    assert str(predictions) in result.stdout


def test_a_refused_file_shows_its_report_and_fails(cloud: Cloud, tmp_path: Path) -> None:
    result = run_beside_the_door(cloud, copy_sample(tmp_path))
    assert result.exit_code == 1
    assert "has no champion yet" in result.stdout
    assert isinstance(result.exception, ScoreError)
    assert not (tmp_path / "my songs.csv.predictions.csv").exists()


@pytest.mark.usefixtures("cloud")
def test_what_cannot_begin_says_why(tmp_path: Path) -> None:
    file = str(copy_sample(tmp_path))
    unknown = run(file, "--dataset", "spotify_preferenc")
    assert isinstance(unknown.exception, UnknownDatasetError)
    nowhere = run("nowhere.csv", "--dataset", DATASET)
    assert isinstance(nowhere.exception, ScoreError)
    elsewhere = run(file, "--dataset", DATASET, "--bucket", "elsewhere")
    assert isinstance(elsewhere.exception, ScoreError)
    assert "bucket elsewhere" in str(elsewhere.exception)
    late = run(file, "--dataset", DATASET, "--timeout", "0")
    assert isinstance(late.exception, WaitingError)
    assert "scored-reports/" in str(late.exception)
