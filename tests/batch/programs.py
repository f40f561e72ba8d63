"""A program for any recipe, made without a fit, and what the API answers by it."""

from collections.abc import Sequence
from typing import Any

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Recipe
from dropcast.scoring import FittedFrom, Program, Step, build_scorer, check_rows
from tests.scoring.programs import Made, step
from tests.universal.samples import read_references

# A text stands as a hash of 53 bits.
_TEXT, _NUMBER = 1e-17, 1e-3


def make_recipe_program(recipe: Recipe) -> Program:
    """Return a program that reads every feature of the recipe: a line of them, as its target asks
    for it."""
    width, labels = len(recipe.features), len(recipe.target.labels)
    outputs = labels if labels > 2 else 1
    factors = [_TEXT if f.encoding else _NUMBER for f in recipe.features]
    chain: list[Made] = [
        step("fill", values=[0.5] * width),
        step(
            "linear",
            coefficients=[f * (i + 1) for i in range(outputs) for f in factors],
            intercept=[0.1] * outputs,
        ),
    ]
    if labels:
        chain.append(step("sigmoid") if labels == 2 else step("softmax"))
    schema = recipe.request_schema
    return Program(
        dataset=recipe.dataset,
        columns=schema.columns,
        features=recipe.features,
        task=recipe.target.task,
        labels=recipe.target.labels,
        unit=recipe.target.unit,
        relative_to=recipe.target.relative_to,
        ignored=schema.ignored,
        hidden=schema.hidden,
        series=schema.series,
        rows_needed=schema.rows_needed,
        references={name: dict(columns) for name, columns in read_references(recipe).items()},
        steps=tuple(Step(kind=kind) for kind, _ in chain),
        fitted_from=FittedFrom(dataset_version="a" * 64, recipe_hash="b" * 64, references={}),
        arrays={
            f"{index}.{name}": values
            for index, (_, arrays) in enumerate(chain)
            for name, values in arrays.items()
        },
    )


def ask_api(program: Program, rows: Sequence[dict[str, Any]]) -> list[float] | list[str]:
    """Return the answer for the last of some rows, or every problem's sentence."""
    try:
        (case,) = check_rows({"rows": list(rows)}, schema=program, max_rows=1000)
        return build_scorer(program)(case)
    except InvalidRequestError as error:
        return [str(problem["problem"]) for problem in error.problems]
