"""A recipe around the columns and the source of the food prices, for tests of reading alone."""

from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    StratifiedSplit,
    Target,
    boolean,
    candidate,
    col,
)
from dropcast.recipes.sipsa_columns import COLUMNS, SOURCE

PRICES = Recipe(
    dataset="prices",
    title="Prices",
    summary="Prices",
    columns=(*COLUMNS, boolean("seen", required=False, nullable=True)),
    target=Target(column="seen", classes=(0, 1), labels=("no", "yes")),
    features=(Feature("price", col("price")),),
    split=StratifiedSplit(test_fraction=0.3, seed=1),
    candidates=(candidate("logistic_regression", C=1.0),),
    gate=Gate(metric="roc_auc", minimum=0.5, champion_margin=0.1),
    source=SOURCE,
)
