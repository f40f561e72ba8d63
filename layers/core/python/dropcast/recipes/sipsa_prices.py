"""What will this food cost one period ahead? Wholesale prices by product and market."""

from dropcast.recipe import (
    Feature,
    Floats,
    Gate,
    Integers,
    Recipe,
    Search,
    Series,
    Target,
    TimeSplit,
    candidate,
    col,
)
from dropcast.recipes.sipsa_columns import COLUMNS, SOURCE

PRICE = col("price")
_DAY_SECONDS = 86_400
_ZONE = "America/Bogota"

RECIPE = Recipe(
    dataset="sipsa_prices",
    title="Wholesale food prices",
    summary="The price of a product on a market one period ahead, against the naive forecast.",
    columns=COLUMNS,
    source=SOURCE,
    # Days with a gap for weekends and feasts, or weeks: what is further apart is a new series.
    series=Series(
        time="reported_on",
        keys=("product", "market", "frequency"),
        shortest_step_seconds=_DAY_SECONDS,
        longest_step_seconds=10 * _DAY_SECONDS,
    ),
    target=Target(expression=PRICE.lead(1), unit="COP/kg", relative_to=PRICE),
    features=(
        Feature("change_1", PRICE.returns(1)),
        Feature("change_2", PRICE.returns(2)),
        Feature("change_3", PRICE.returns(3)),
        Feature("change_5", PRICE.returns(5)),
        Feature("price_to_mean_5", PRICE / PRICE.rolling_mean(5) - 1),
        Feature("price_to_mean_10", PRICE / PRICE.rolling_mean(10) - 1),
        Feature("price_to_highest_10", PRICE / PRICE.rolling_max(10) - 1),
        Feature("price_to_lowest_10", PRICE / PRICE.rolling_min(10) - 1),
        Feature("volatility_10", PRICE.returns(1).rolling_std(10)),
        Feature("log_price", PRICE.log()),
        Feature("weekday", col("reported_on").weekday(_ZONE)),
        Feature("month", col("reported_on").month(_ZONE)),
        Feature("product", col("product"), encoding="target_mean"),
        Feature("market", col("market"), encoding="target_mean"),
    ),
    split=TimeSplit(column="reported_on", test_fraction=0.2, gap_days=1),
    candidates=(
        candidate("naive_forecast"),
        candidate("linear_regression", alpha=1.0),
        candidate(
            "hist_gradient_boosting",
            loss="absolute_error",
            learning_rate=0.05,
            max_iter=150,
            search={
                "learning_rate": Floats(low=0.02, high=0.2, log=True),
                "max_leaf_nodes": Integers(low=7, high=63),
                "min_samples_leaf": Integers(low=10, high=200, log=True),
            },
        ),
        candidate(
            "xgboost",
            objective="reg:absoluteerror",
            n_estimators=150,
            max_depth=5,
            learning_rate=0.05,
            subsample=0.8,
        ),
    ),
    search=Search(rounds=2, trials=3),
    random_state=3_491_107_011,
    gate=Gate(metric="mase", champion_margin=0.02),
)
