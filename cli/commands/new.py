"""``new``: look at a file, guess, and write a recipe, a made-up sample and their lines."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dropcast.profiling import DatasetPlan, plan_dataset, read_table, render_dataset
from operations.dataset_files import add_dataset, check_name, suggest_name
from toolchain.project import ROOT


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(new)


def new(
    file: Annotated[
        Path, typer.Argument(help="a CSV, TSV, JSON Lines, Parquet or Excel file (make: FILE=)")
    ],
    target: Annotated[str, typer.Option(help="the column to predict (make: TARGET=)")],
    dataset: Annotated[
        str | None, typer.Option(help="its name (make: DATASET=); without it the file's")
    ] = None,
) -> None:
    """Write the first guess at a dataset: recipe, generated sample, changelog line."""
    console = Console(highlight=False, soft_wrap=True)
    name = suggest_name(file) if dataset is None else dataset
    check_name(name, ROOT)
    with console.status(f"reading {file}"):
        plan = plan_dataset(read_table(file), dataset=name, target=target)
    made = add_dataset(render_dataset(plan), ROOT)
    console.print(show_guesses(plan), soft_wrap=False)
    for path in made.paths:
        console.print(f"  {path}", markup=False)
    console.print(
        f"Every guess has a comment; read them, then `make universal DATASET={name}` and "
        f"docs/adding-a-dataset.md"
    )


def show_guesses(plan: DatasetPlan) -> Table:
    """Return the columns with their kinds and what each is for."""
    shown = Table(title=f"{plan.dataset}: {plan.rows:,} rows, {plan.target.task}")
    for heading in ("column", "kind", "missing", "distinct", "for"):
        shown.add_column(heading)
    for role in plan.roles:
        facts = role.facts
        shown.add_row(
            facts.name,
            facts.kind,
            f"{facts.missing:,}",
            f"{facts.distinct:,}",
            role.why if role.role == "unused" else role.role,
        )
    return shown
