"""``costs``: what the stack costs at rest, counted from its template, and what each use adds."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from operations.local_stack import synthesise
from operations.pricing.at_rest import Line, list_lines, sum_usd
from operations.pricing.page import render_rest, render_usd
from operations.pricing.per_use import Measured, price_drop, price_run, read_sizes
from operations.pricing.prices import CONDITIONS, READ_ON
from operations.pricing.published import (
    PAGE,
    NoTemplateError,
    measure_known_assets,
    read_assembly,
    read_measured,
    write_page,
)
from toolchain.endpoints import STAGES
from toolchain.project import ROOT


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
    """Count what a month costs in which nobody uses the stack, and what a use costs."""
    console = Console(highlight=False, soft_wrap=True)
    if stage not in STAGES:
        raise NoTemplateError(f"no stage {stage!r}; known: {', '.join(STAGES)}")
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
