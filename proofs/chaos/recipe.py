"""The suite's own dataset, small enough to be trained in seconds.

It is deployed as any other: this file is copied into the core layer's ``recipes``.
"""

from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    Requirement,
    Search,
    Source,
    StratifiedSplit,
    Target,
    candidate,
    col,
    integer,
    number,
    text,
)

RECIPE = Recipe(
    dataset="chaos_readings",
    title="Readings",
    summary="Readings of two gauges; made up by the chaos suite.",
    columns=(
        text(
            "reading", description="The name of the reading, different in every row of every file"
        ),
        number("pressure", minimum=0, maximum=10, description="The value of the first gauge"),
        number("flow", minimum=0, maximum=10, description="The value of the second gauge"),
        integer("open", categories=(0, 1), description="1 the valve is open"),
    ),
    target=Target(expression=col("open"), labels=("shut", "open")),
    features=(
        Feature("pressure", col("pressure")),
        Feature("log_flow", col("flow").log1p()),
    ),
    split=StratifiedSplit(test_fraction=0.3, seed=20260101),
    candidates=(
        candidate("logistic_regression", C=1.0),
        candidate("decision_tree", max_depth=3),
    ),
    search=Search(rounds=1, trials=2),
    gate=Gate(
        metric="roc_auc",
        requirements=(Requirement(metric="roc_auc", bound=0.6),),
        champion_margin=1.0,
    ),
    source=Source(),
)
