"""The demo's tour of a deployed stack, from a dropped file to a prediction.

Nothing here does the stack's work: a file is dropped, ingest, features and the state machine are
watched, and the API is called.
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel

from cli.following import draw_card, follow_drop, follow_features, follow_run, show_step
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import DATASET_CARD_PAGE, RAW
from dropcast.recipe import Recipe
from dropcast.recipes import find_recipe
from operations.demo_stack import find_sample
from operations.shell_environment import save_environment
from operations.stacks import DeployedStack
from operations.watching import RunEnded, find_references, name_current_run, wait_for

# Every demo of a dataset drops under this one key, so a user's own file takes the sample's place
# instead of joining it.
DEMO_NAME = "demo"


class DemoError(DropcastError):
    """The demo could not go on; the message says where and what to look at."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the demo ended with."""

    drop: DropRecord
    run: RunEnded
    card: dict[str, Any]
    prediction: dict[str, Any]


def run_demo(
    *,
    stack: DeployedStack,
    dataset: str,
    path: Path,
    folder: Path,
    console: Console,
) -> Shown:
    """Drop ``path``, watch what follows and show the prediction; raise :class:`DemoError`."""
    recipe = find_recipe(dataset)
    known = find_references(stack, recipe)
    for table in recipe.references:
        if table.dataset not in known:
            show_drop(stack, table.dataset, find_sample(table.dataset), console)
    drop = show_drop(stack, dataset, path, console)
    run = _show_run(stack, drop, console)
    status, card = stack.call_api("GET", f"{dataset}/model")
    if status != 200:
        raise DemoError(f"GET {dataset}/model answered {status}: {card.get('detail')}")
    body = json.loads(find_sample(dataset).with_name("request.json").read_text())
    with show_step(console, "Ask the API for a prediction"):
        prediction = _ask_champion(stack, dataset, card["model"], body)
    save_environment(stack, folder)
    _show_end(
        stack=stack, recipe=recipe, card=card, body=body, prediction=prediction, console=console
    )
    _save_pages(stack=stack, recipe=recipe, drop=drop, run=run, folder=folder, console=console)
    return Shown(drop=drop, run=run, card=card, prediction=prediction)


def _ask_champion(stack: DeployedStack, dataset: str, model: str, body: object) -> dict[str, Any]:
    """Return the champion's prediction.

    A function that was warm before the promotion predicts by the model before it until it has
    looked at the pointer again.
    """

    def ask() -> dict[str, Any] | None:
        status, prediction = stack.call_api("POST", f"{dataset}/predict", body)
        if status != 200:
            raise DemoError(f"POST {dataset}/predict answered {status}: {prediction}")
        return prediction if prediction["receipt"]["model"] == model else None

    found: dict[str, Any] = wait_for(f"a prediction of {model}", ask, timeout_seconds=60)
    return found


def show_drop(stack: DeployedStack, dataset: str, path: Path, console: Console) -> DropRecord:
    """Drop a file, wait for ingest and show the report.

    Raises :class:`~operations.drop_runs.FollowingError` if it is refused.
    """
    key = RAW.format(dataset=dataset, name=DEMO_NAME)
    with show_step(console, f"Drop {path.name} as s3://{stack.outputs['RawBucketName']}/{key}"):
        version_id = stack.drop_file(path, key)
    return follow_drop(stack, dataset=dataset, key=key, version_id=version_id, console=console)


def _show_run(stack: DeployedStack, drop: DropRecord, console: Console) -> RunEnded:
    run = follow_features(stack, drop, console=console, timeout_seconds=300)
    if run is None:
        raise DemoError(
            "the dataset held the same data before, and no run of it is known; drop another file "
            "with FILE=<path>"
        )
    return follow_run(stack, run.arn, console=console)


def _show_end(
    *,
    stack: DeployedStack,
    recipe: Recipe,
    card: dict[str, Any],
    body: dict[str, Any],
    prediction: dict[str, Any],
    console: Console,
) -> None:
    console.print(draw_card(card))
    console.print(Panel(json.dumps(prediction, indent=2), title="Prediction", expand=False))
    console.print(f"URL  {stack.api_url}/{recipe.dataset}/predict", soft_wrap=True)
    console.print("Try it:")
    bundle = stack.environ.get("AWS_CA_BUNDLE")
    command = (
        f"curl -s -X POST {stack.api_url}/{recipe.dataset}/predict "
        f"{f'--cacert {shlex.quote(bundle)} ' if bundle else ''}"
        f"-H 'x-api-key: {stack.api_key}' -H 'content-type: application/json' "
        f"-d '{json.dumps(body)}'"
    )
    console.print(command, soft_wrap=True, markup=False, highlight=False)


def _save_pages(
    *,
    stack: DeployedStack,
    recipe: Recipe,
    drop: DropRecord,
    run: RunEnded,
    folder: Path,
    console: Console,
) -> None:
    place = folder / "cards" / recipe.dataset
    place.mkdir(parents=True, exist_ok=True)
    run_id = name_current_run(stack, recipe, str(drop.dataset_version))
    page_key = DATASET_CARD_PAGE.format(dataset=recipe.dataset, run_id=run_id)
    pages = {
        "dataset.html": ("LakeBucketName", page_key),
        "model.html": ("ModelBucketName", run.output["card_page_key"]),
    }
    for name, (bucket, key) in pages.items():
        (place / name).write_text(stack.read_object_text(bucket, key))
        console.print(f"Card {place / name}")
