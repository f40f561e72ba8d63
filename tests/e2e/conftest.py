"""One embedded cloud and one deployed stack for all end-to-end tests, as the demo has them."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import RAW
from dropcast.recipes import find_recipe
from emulators.cloud import stop_cloud
from emulators.clouds import choose_cloud
from operations.demo_stack import bring_up, find_sample, report_steps
from operations.stacks import DeployedStack
from operations.watching import (
    RunEnded,
    name_execution,
    wait_for_drop,
    wait_for_run,
)
from tests.e2e.terminal import PROGRAM
from toolchain.project import ROOT

DATASET = "spotify_preference"
SAMPLE = find_sample(DATASET)
# LocalStack's free edition lets every role do everything, and writes the gateway's refusals in its
# own way (docs/emulators.md).
IS_STRICT = choose_cloud() == "ministack"
SAMPLE_KEY = RAW.format(dataset=DATASET, name="sample.csv")


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The sample's drop and the run that it started."""

    drop: DropRecord
    run: RunEnded


@pytest.fixture(scope="session")
def cloud_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="session")
def stack(cloud_folder: Path) -> Iterator[DeployedStack]:
    try:
        yield bring_up(
            folder=cloud_folder,
            cloud=choose_cloud(),
            show_step=report_steps(Console(highlight=False).print),
        )
    finally:
        stop_cloud(cloud_folder)


@pytest.fixture(scope="session")
def response_before_any_drop(stack: DeployedStack) -> tuple[int, Any]:
    body = {column.name: column.minimum or 0 for column in find_recipe(DATASET).input_columns}
    return stack.call_api("POST", f"{DATASET}/predict", body)


@pytest.fixture(scope="session")
def trained(stack: DeployedStack, response_before_any_drop: tuple[int, Any]) -> Trained:
    """The stack after the first drop; it depends on the response before any drop."""
    assert response_before_any_drop
    version_id = stack.drop_file(SAMPLE, SAMPLE_KEY)
    drop = wait_for_drop(stack, dataset=DATASET, raw_key=SAMPLE_KEY, version_id=version_id)
    execution = name_execution(stack, find_recipe(DATASET), str(drop.dataset_version))
    return Trained(drop=drop, run=wait_for_run(stack, execution))


def run_cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the operator's program as `make` does."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
