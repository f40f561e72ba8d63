"""``costs``: what the stack costs at rest, counted from its template, and what each use adds."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.serialization.codec import from_document
from operations.local_stack import synthesise
from operations.pricing.assets import measure_assets
from operations.pricing.at_rest import Line, list_lines, sum_usd
from operations.pricing.page import render_blocks, render_rest, render_usd, replace_blocks
from operations.pricing.per_use import Measured, price_drop, price_run, read_sizes
from operations.pricing.prices import CONDITIONS, READ_ON
from toolchain.project import ROOT

PAGE = ROOT / "docs/costs.md"
SAMPLES = ROOT / "docs/costs.json"
BENCHMARKS = ROOT / "docs/benchmarks.json"
_KNOWN_SIZES = ROOT / "build/asset-sizes.json"
_STAGES = ("aws", "local")


class NoTemplateError(DropcastError):
    """There is no template to count from; the message says where it was looked for."""


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(costs)


def costs(
    *,
    stage: Annotated[
        str, typer.Option("--stage", help="aws or local: whose template is counted")
    ] = "aws",
    assembly: Annotated[
        Path | None,
        typer.Option("--assembly", help="count this one, as `cdk synth -o FOLDER` wrote it"),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="write docs/costs.md anew, by what was measured last")
    ] = False,
) -> None:
    """Say what a month costs in which nobody uses the stack, and what a use costs."""
    console = Console(highlight=False, soft_wrap=True)
    if stage not in _STAGES:
        raise NoTemplateError(f"no stage {stage!r}; known: {', '.join(_STAGES)}")
    if write and (stage != "aws" or assembly is not None):
        raise NoTemplateError(
            "docs/costs.md is of the stage aws with every default; say only --write"
        )
    folder = assembly or synthesise(stage)
    template = read_assembly(folder)
    measured = read_measured()
    if write:
        write_page(template, measured)
        console.print(f"written: {PAGE.relative_to(ROOT)}")
        return
    lines = list_lines(template, asset_bytes=measure_known_assets(folder))
    show_at_rest(lines, console)
    show_uses(template, measured, console)


def read_assembly(folder: Path) -> dict[str, Any]:
    """Return the template of a cloud assembly's one stack; raise :class:`NoTemplateError`."""
    found = sorted(folder.glob("*.template.json"))
    if len(found) != 1:
        raise NoTemplateError(
            f"{folder} holds {len(found)} templates; it takes the folder of one stack, as "
            "`npx cdk synth -o FOLDER` writes it"
        )
    template: dict[str, Any] = json.loads(found[0].read_text())
    return template


def measure_known_assets(folder: Path, known_sizes: Path = _KNOWN_SIZES) -> int:
    """Return the bytes of an assembly's zipped assets; what was zipped once is not zipped again."""
    known: dict[str, int] = json.loads(known_sizes.read_text()) if known_sizes.exists() else {}
    size = measure_assets(folder, known)
    known_sizes.parent.mkdir(parents=True, exist_ok=True)
    known_sizes.write_text(json.dumps(known, indent=1))
    return size


def read_measured() -> Measured:
    """Return what ``make costs`` measured last."""
    return from_document(Measured, json.loads(SAMPLES.read_text()))


def write_page(template: dict[str, Any], measured: Measured) -> None:
    """Write the generated parts of ``docs/costs.md`` anew."""
    figures = json.loads(BENCHMARKS.read_text())
    blocks = render_blocks(template, measured, figures)
    PAGE.write_text(replace_blocks(PAGE.read_text(), blocks))


def show_at_rest(lines: tuple[Line, ...], console: Console) -> None:
    """Print what bills at rest, and what it comes to in both kinds of account."""
    table = Table(title="A month at rest, USD", caption=f"{CONDITIONS}, read on {READ_ON}")
    table.add_column("what")
    table.add_column("how many", justify="right")
    table.add_column("free units left", justify="right")
    table.add_column("free units used up", justify="right")
    billed = [line for line in lines if line.price is not None]
    for line in billed:
        both = [render_rest(line, free_left=left) for left in (True, False)]
        table.add_row(line.title, str(line.resources), *both)
    table.add_section()
    totals = [render_usd(sum_usd(lines, free_left=left)) for left in (True, False)]
    table.add_row("all, without stored data and logs", "", *totals)
    console.print(table)
    console.print(
        f"{len(lines) - len(billed)} other types of resources bill nothing at rest; why: "
        "docs/costs.md"
    )


def show_uses(template: dict[str, Any], measured: Measured, console: Console) -> None:
    """Print what a drop and a training run of each sample cost, without free units."""
    sizes = read_sizes(template)
    table = Table(title=f"A drop and a training run of each sample, USD (measured {measured.day})")
    table.add_column("dataset")
    table.add_column("drop", justify="right")
    table.add_column("training run", justify="right")
    for used in measured.datasets:
        run = price_run(used, sizes, cores=measured.cores).total
        table.add_row(
            used.dataset, render_usd(price_drop(used, sizes).total), render_usd(run) if run else "–"
        )
    console.print(table)
    console.print("More, and how it was measured: docs/costs.md")
