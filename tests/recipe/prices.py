"""A regression on a series, with a reference table: what no dataset of the project has at once."""

from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    ReferenceTable,
    Series,
    Target,
    TimeSplit,
    candidate,
    col,
    number,
    text,
    timestamp,
)

TOWNS = ReferenceTable(
    dataset="towns",
    title="Towns",
    summary="For tests.",
    columns=(text("name"), text("county"), number("latitude"), number("longitude")),
)
PRICES = Recipe(
    dataset="prices",
    title="Prices",
    summary="For tests.",
    columns=(
        timestamp("at", formats=("%Y-%m-%d",)),
        text("market"),
        number("close", minimum=0),
        number("weight", nullable=True),
        text("note", nullable=True),
        timestamp("paid", formats=("%Y-%m-%d",), nullable=True),
    ),
    series=Series(time="at", keys=("market",), longest_step_seconds=86_400),
    references=(TOWNS,),
    target=Target(expression=col("close").lead(1), unit="USD", relative_to=col("close")),
    features=(Feature("change", col("close").returns(2)),),
    split=TimeSplit(column="at", test_days=30),
    candidates=(candidate("naive_forecast"), candidate("linear_regression", alpha=1.0)),
    gate=Gate(metric="mase", champion_margin=0.1),
)
