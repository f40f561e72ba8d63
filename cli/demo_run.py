"""The demo's tour of a deployed stack: drop a file, watch ingest, features and the state machine,
call the API. Nothing here does the stack's work."""

import json
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from cli.client import Stack
from cli.watching import (
    RunEnded,
    find_references,
    name_current_run,
    name_execution,
    wait_for,
    wait_for_drop,
    watch_run,
)
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE, RAW
from dropcast.recipe import Recipe
from dropcast.recipes import find_recipe

# Every demo of a dataset drops under this one key, so a user's own file takes the sample's place
# instead of joining it.
DEMO_NAME = "demo"
# How a shell reaches the rest of the world stays its own affair.
_SHELL_OWN = ("NO_PROXY", "no_proxy")


class DemoError(DropcastError):
    """The demo could not go on; the message says where and what to look at."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the demo ended with."""

    drop: DropRecord
    run: RunEnded
    card: dict[str, Any]
    prediction: dict[str, Any]


def find_sample(dataset: str) -> Path:
    """Return the dataset's generated sample."""
    (path,) = Path("tests", "samples", dataset).glob("generated_sample.*")
    return path


def run_demo(
    *,
    stack: Stack,
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
    run = _show_run(stack, recipe, drop, console)
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


def _ask_champion(stack: Stack, dataset: str, model: str, body: object) -> dict[str, Any]:
    """Return the champion's answer. A door that was warm before the promotion answers by the model
    before it until it has looked at the pointer again."""

    def ask() -> dict[str, Any] | None:
        status, prediction = stack.call_api("POST", f"{dataset}/predict", body)
        if status != 200:
            raise DemoError(f"POST {dataset}/predict answered {status}: {prediction}")
        return prediction if prediction["receipt"]["model"] == model else None

    found: dict[str, Any] = wait_for(f"an answer of {model}", ask, timeout_seconds=60)
    return found


def save_environment(stack: Stack, folder: Path) -> Path:
    """Write the shell variables that let the AWS CLI and curl reach the stack; return the file."""
    names = {
        **{name: value for name, value in stack.environ.items() if name not in _SHELL_OWN},
        "RAW_BUCKET": stack.outputs["RawBucketName"],
        "LAKE_BUCKET": stack.outputs["LakeBucketName"],
        "MODEL_BUCKET": stack.outputs["ModelBucketName"],
        "STATE_MACHINE_ARN": stack.outputs["StateMachineArn"],
        "API_URL": stack.api_url,
        "API_KEY": stack.api_key,
        "UPLOAD_KEY": stack.upload_key,
        "OPERATOR_KEY": stack.operator_key,
    }
    path = folder / "demo.env"
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in names.items()]
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path


@contextmanager
def show_step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it runs, and its time when it is done. Yields a way to say more."""
    started = time.monotonic()
    with console.status(f"{title} ...") as status:
        yield lambda more: status.update(escape(f"{title}: {more[:100]}"))
    console.print(f"[green]done[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")


def show_drop(stack: Stack, dataset: str, path: Path, console: Console) -> DropRecord:
    """Drop a file, wait for ingest and show the report; raise :class:`DemoError` if it is
    refused."""
    key = RAW.format(dataset=dataset, name=DEMO_NAME)
    with show_step(console, f"Drop {path.name} as s3://{stack.outputs['RawBucketName']}/{key}"):
        version_id = stack.drop_file(path, key)
    with show_step(console, "Ingest"):
        drop = wait_for_drop(stack, dataset=dataset, raw_key=key, version_id=version_id)
    report = stack.read_text("RawBucketName", drop.report_key)
    where = f"s3://{stack.outputs['RawBucketName']}/{drop.report_key}"
    # No frame: the addresses in it are there to be copied.
    for line in (f"Report {where}", *report.strip().splitlines()):
        console.print(f"     {line}", soft_wrap=True, markup=False, highlight=False)
    if drop.dataset_version is None:
        raise DemoError("the file was refused; its report above says why")
    return drop


def _show_run(stack: Stack, recipe: Recipe, drop: DropRecord, console: Console) -> RunEnded:
    version = str(drop.dataset_version)
    execution = name_execution(stack, recipe, version)
    run_id = name_current_run(stack, recipe, version)
    with show_step(console, "Features"):
        wait_for(
            "the dataset card",
            lambda: stack.read_json(
                "LakeBucketName",
                DATASET_CARD.format(dataset=recipe.dataset, run_id=run_id),
            ),
            timeout_seconds=300,
        )
    with show_step(console, f"State machine, execution {execution.rsplit(':', 1)[-1]}") as say:
        for told in watch_run(stack, execution):
            if isinstance(told, RunEnded):
                run = told
            else:
                console.print(f"     [cyan]{told}[/]")
                say(told)
    if run.status != "SUCCEEDED":
        raise DemoError(f"the state machine ended {run.status} ({run.error}); see its log group")
    console.print(f"     {run.output['decision']}: {run.output['model']}")
    for reason in run.output["reasons"]:
        console.print(f"     [dim]{reason}[/]")
    return run


def _show_end(
    *,
    stack: Stack,
    recipe: Recipe,
    card: dict[str, Any],
    body: dict[str, Any],
    prediction: dict[str, Any],
    console: Console,
) -> None:
    console.print(_draw_card(card))
    console.print(Panel(json.dumps(prediction, indent=2), title="Prediction", expand=False))
    console.print(f"URL  {stack.api_url}/{recipe.dataset}/predict")
    console.print("Try it:")
    bundle = stack.environ.get("AWS_CA_BUNDLE")
    command = (
        f"curl -s -X POST {stack.api_url}/{recipe.dataset}/predict "
        f"{f'--cacert {shlex.quote(bundle)} ' if bundle else ''}"
        f"-H 'x-api-key: {stack.api_key}' -H 'content-type: application/json' "
        f"-d '{json.dumps(body)}'"
    )
    console.print(command, soft_wrap=True, markup=False, highlight=False)


def _draw_card(card: dict[str, Any]) -> Table:
    """Return the model card's test figures as a table."""
    evaluation = card["evaluation"]
    table = Table(title=f"Model card: {card['model']}, {evaluation['rows']:,} test rows")
    for heading in ("metric", "value", "95 % interval", "dummy baseline"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    for name, metric in evaluation["metrics"].items():
        baseline = evaluation["baseline"].get(name)
        table.add_row(
            name,
            f"{metric['value']:.4f}",
            f"{metric['low']:.4f} to {metric['high']:.4f}",
            "" if baseline is None else f"{baseline:.4f}",
        )
    return table


def _save_pages(
    *,
    stack: Stack,
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
        (place / name).write_text(stack.read_text(bucket, key))
        console.print(f"Card {place / name}")
