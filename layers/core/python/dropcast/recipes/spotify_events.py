"""How popular is the track of this listening event? Three levels, from what was known before."""

from dropcast.recipe import (
    Feature,
    Gate,
    Integers,
    Recipe,
    Requirement,
    Search,
    Target,
    TimeSplit,
    candidate,
    col,
    integer,
    text,
    timestamp,
)

MEDIUM_FROM = 40
HIGH_FROM = 70

RECIPE = Recipe(
    dataset="spotify_events",
    title="Popularity level of listening events",
    summary="Low, medium or high popularity of an event's track, from what was known before.",
    columns=(
        text("track_id", description="Spotify's id"),
        text("track_name", required=False, nullable=True, description="For people; not used"),
        text("artist", required=False, nullable=True, description="Artist"),
        text("album", required=False, nullable=True, description="For people; not used"),
        integer("popularity", minimum=0, maximum=100, description="Spotify's popularity"),
        text(
            "event_type",
            categories=("new_release", "recommendation", "search_result"),
            description="Where the track was met",
        ),
        text("country", nullable=True, description="ISO 3166 code; missing: worldwide"),
        timestamp("timestamp", formats=("epoch_seconds",), description="When it happened"),
        text("query", required=False, nullable=True, description="Of a search; not used"),
        text("user_id", required=False, nullable=True, description="Not used"),
    ),
    target=Target(
        expression=col("popularity").bucket(MEDIUM_FROM, HIGH_FROM),
        labels=("low", "medium", "high"),
    ),
    features=(
        Feature("hour_of_day", col("timestamp").hour()),
        Feature("event_type", col("event_type"), encoding="one_hot"),
        Feature("country", col("country").clean(), encoding="one_hot"),
        Feature("track_level", col("track_id"), encoding="target_mean"),
        Feature("track_events", col("track_id"), encoding="frequency"),
        Feature("artist_level", col("artist").clean(), encoding="target_mean"),
    ),
    split=TimeSplit(column="timestamp", test_fraction=0.2, window_days=90),
    entities=("track_id", "artist"),
    candidates=(
        candidate("logistic_regression", C=1.0),
        candidate(
            "random_forest",
            n_estimators=200,
            max_depth=15,
            min_samples_leaf=2,
            search={
                "max_depth": Integers(low=5, high=20),
                "min_samples_leaf": Integers(low=1, high=10),
            },
        ),
        candidate("hist_gradient_boosting", learning_rate=0.08, max_iter=80, max_leaf_nodes=15),
    ),
    search=Search(rounds=2, trials=2),
    random_state=3_106_960_503,
    gate=Gate(
        metric="macro_f1",
        requirements=(
            Requirement(metric="accuracy", bound=0.65),
            Requirement(metric="macro_f1", bound=0.60),
        ),
        champion_margin=0.05,
    ),
)
