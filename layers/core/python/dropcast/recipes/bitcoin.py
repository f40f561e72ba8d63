"""Will the next hourly close be higher? Returns, ratios and Wilder's RSI of the last 31 bars."""

from dropcast.recipe import (
    Feature,
    Floats,
    Gate,
    Integers,
    Recipe,
    Requirement,
    Search,
    Series,
    Target,
    TimeSplit,
    candidate,
    col,
    cyclic,
    number,
    timestamp,
)

CLOSE = col("close")
_HOUR_SECONDS = 3600

RECIPE = Recipe(
    dataset="bitcoin",
    title="Bitcoin, the next hour",
    summary="Will the next hourly close of BTCUSDT be higher? From the last 31 bars.",
    columns=(
        timestamp(
            "open_time",
            aliases=("datetime",),
            formats=("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"),
            description="When the bar begins, UTC",
        ),
        number("open", unit="USDT", minimum=0, description="First price of the hour"),
        number("high", unit="USDT", minimum=0, description="Highest price of the hour"),
        number("low", unit="USDT", minimum=0, description="Lowest price of the hour"),
        number("close", unit="USDT", minimum=0, description="Last price of the hour"),
        number("volume", unit="BTC", minimum=0, description="Traded in the hour"),
    ),
    series=Series(
        time="open_time",
        shortest_step_seconds=_HOUR_SECONDS,
        longest_step_seconds=_HOUR_SECONDS,
    ),
    # The last bar's next close is not known: such a row has no target and is not trained on.
    target=Target(expression=CLOSE.lead(1) > CLOSE, labels=("not higher", "higher")),
    features=(
        Feature("return_1", CLOSE.returns(1)),
        Feature("return_1_before_1", CLOSE.returns(1).lag(1)),
        Feature("return_1_before_2", CLOSE.returns(1).lag(2)),
        Feature("return_6", CLOSE.returns(6)),
        Feature("return_12", CLOSE.returns(12)),
        Feature("return_24", CLOSE.returns(24)),
        Feature("close_to_mean_10", CLOSE / CLOSE.rolling_mean(10) - 1),
        Feature("close_to_mean_30", CLOSE / CLOSE.rolling_mean(30) - 1),
        Feature("volatility_10", CLOSE.returns(1).rolling_std(10)),
        Feature("volatility_30", CLOSE.returns(1).rolling_std(30)),
        Feature("close_to_highest_30", CLOSE / col("high").rolling_max(30) - 1),
        Feature("close_to_lowest_30", CLOSE / col("low").rolling_min(30) - 1),
        Feature("wilder_rsi_14", CLOSE.wilder_rsi(14, rows=31)),
        Feature("range", (col("high") - col("low")) / CLOSE),
        Feature("body", (CLOSE - col("open")) / col("open")),
        # A bar that never moved closes in its middle.
        Feature("place_in_range", (CLOSE - col("low")) / (col("high") - col("low")), fill=0.5),
        Feature("volume_to_mean_30", col("volume") / col("volume").rolling_mean(30)),
        *cyclic("hour", col("open_time").hour(), 24),
    ),
    split=TimeSplit(column="open_time", test_fraction=0.2, gap_days=1 / 24, window_days=1917),
    candidates=(
        candidate("logistic_regression", C=0.01),
        candidate(
            "extra_trees",
            n_estimators=150,
            min_samples_leaf=50,
            search={
                "min_samples_leaf": Integers(low=20, high=200, log=True),
                "max_features": Floats(low=0.2, high=0.8),
            },
        ),
        candidate("hist_gradient_boosting", learning_rate=0.03, max_iter=150, max_depth=4),
        candidate(
            "xgboost",
            n_estimators=200,
            max_depth=4,
            learning_rate=0.03,
            subsample=0.7,
            colsample_bytree=0.7,
            search={
                "n_estimators": Integers(low=100, high=500),
                "max_depth": Integers(low=3, high=7),
                "learning_rate": Floats(low=0.01, high=0.1, log=True),
                "subsample": Floats(low=0.6, high=1.0),
                "colsample_bytree": Floats(low=0.6, high=1.0),
            },
        ),
    ),
    search=Search(rounds=3, trials=4),
    random_state=1_690_755_433,
    gate=Gate(
        metric="roc_auc",
        requirements=(Requirement(metric="roc_auc", bound=0.53),),
        champion_margin=0.02,
    ),
)
