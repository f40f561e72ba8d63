"""The demo's command, on the cloud that the other tests use."""

import re
from pathlib import Path

import pytest

from operations.stacks import DeployedStack
from tests.e2e.conftest import DATASET, run_cli

pytestmark = pytest.mark.e2e


@pytest.mark.usefixtures("trained")
def test_the_demo_ends_with_a_prediction_a_card_and_a_command_that_works(
    stack: DeployedStack, cloud_folder: Path
) -> None:
    shown = run_cli("demo", "--folder", str(cloud_folder))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for words in ("Split rows", "Beats the gate?", "Model card", "Prediction", "roc_auc"):
        assert words in shown.stdout
    (url,) = set(re.findall(r"curl -s -X POST (\S+)", shown.stdout))
    assert url == f"{stack.api_url}/{DATASET}/predict"
    for page in ("dataset.html", "model.html"):
        assert "<table>" in (cloud_folder / "cards" / DATASET / page).read_text()


@pytest.mark.usefixtures("trained")
def test_a_second_demo_builds_and_deploys_nothing(cloud_folder: Path) -> None:
    shown = run_cli("demo", "--folder", str(cloud_folder))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "built in" not in shown.stdout
    assert "held the same data before" in " ".join(shown.stdout.split())


def test_a_demo_of_a_refused_file_prints_its_report_once(
    cloud_folder: Path, stack: DeployedStack, tmp_path: Path
) -> None:
    assert stack.name
    file = tmp_path / "page.csv"
    file.write_text("<html>no table</html>\n")
    shown = run_cli("demo", "--folder", str(cloud_folder), "--file", str(file))
    assert shown.returncode == 1, shown.stdout
    assert (shown.stdout + shown.stderr).count("Looked for:") == 1
    assert shown.stderr == "the file was refused; its report above says why\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--dataset", "spotify_preferense"), "did you mean 'spotify_preference'"),
        (("--file", "nowhere.csv"), "no file nowhere.csv"),
    ],
)
def test_a_demo_that_cannot_begin_says_why_in_one_sentence(
    arguments: tuple[str, str], sentence: str
) -> None:
    shown = run_cli("demo", *arguments)
    assert shown.returncode == 1
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr
