"""Will this track be popular? Its sound, genre and record; artists are kept apart in the split."""

from dropcast.recipe import (
    Feature,
    Floats,
    Gate,
    GroupSplit,
    Integers,
    Recipe,
    Requirement,
    Search,
    Source,
    Target,
    boolean,
    candidate,
    col,
    features_of,
    integer,
    number,
    text,
)

POPULAR_FROM = 50

# Compilations are named alike ("Country Car Hits", "Christmas Songs 2022") and their tracks are
# seldom popular, so the words of a name say something about albums
# that training rows do not have.
ALBUM = col("album_name").clean()
TRACK = col("track_name").clean()

RECIPE = Recipe(
    dataset="spotify_popularity",
    title="Track popularity",
    summary="Will this track be popular (50 of 100 or more)? For artists never seen in training.",
    columns=(
        text("track_id", required=False, nullable=True, description="Spotify's id; not used"),
        text("artists", aliases=("artist_name",), description="Names, joined by ';'"),
        text("album_name", required=False, nullable=True, description="Album"),
        text("track_name", nullable=True, description="Track"),
        integer("popularity", minimum=0, maximum=100, description="Spotify's popularity"),
        number("duration_ms", unit="ms", minimum=0, maximum=7_200_000, description="Length"),
        boolean("explicit", required=False, nullable=True, description="Explicit lyrics"),
        number("danceability", minimum=0, maximum=1, description="How danceable it sounds"),
        number("energy", minimum=0, maximum=1, description="How intense it sounds"),
        integer(
            "key",
            required=False,
            nullable=True,
            minimum=-1,
            maximum=11,
            description="Pitch class, 0 is C; -1 unknown",
        ),
        number("loudness", unit="dB", minimum=-60, maximum=5, description="Mean loudness"),
        integer(
            "mode",
            required=False,
            nullable=True,
            categories=(0, 1),
            description="0 minor, 1 major",
        ),
        number("speechiness", minimum=0, maximum=1, description="Share of spoken words"),
        number("acousticness", minimum=0, maximum=1, description="How acoustic it sounds"),
        number("instrumentalness", minimum=0, maximum=1, description="How free of vocals"),
        number("liveness", minimum=0, maximum=1, description="How live it sounds"),
        number("valence", minimum=0, maximum=1, description="How cheerful it sounds"),
        number("tempo", unit="BPM", minimum=0, maximum=250, description="Beats a minute"),
        integer(
            "time_signature",
            required=False,
            nullable=True,
            minimum=0,
            maximum=7,
            description="Beats a bar",
        ),
        text("track_genre", aliases=("genre",), description="Genre"),
    ),
    target=Target(expression=col("popularity") >= POPULAR_FROM, labels=("not popular", "popular")),
    features=(
        Feature("log_duration_ms", col("duration_ms").log1p()),
        *features_of("danceability", "energy", "loudness", "speechiness", "acousticness"),
        *features_of("instrumentalness", "liveness", "valence", "tempo"),
        Feature("explicit", col("explicit"), fill=0.0),
        Feature("key", col("key"), fill=-1.0),
        Feature("mode", col("mode"), fill="median"),
        Feature("time_signature", col("time_signature"), fill="median"),
        Feature("artist_count", col("artists").count_items(";")),
        Feature("genre", col("track_genre").clean(), encoding="one_hot"),
        Feature("album", ALBUM, encoding="target_mean"),
        Feature("album_first_word", ALBUM.first_item(" "), encoding="target_mean"),
        Feature("album_second_word", ALBUM.after(" ").first_item(" "), encoding="target_mean"),
        Feature(
            "album_third_word", ALBUM.after(" ").after(" ").first_item(" "), encoding="target_mean"
        ),
        Feature("album_remark", ALBUM.after("("), encoding="target_mean"),
        # A single is named as its track is; texts are compared by their lengths.
        Feature("named_alike", ALBUM.length().equals(TRACK.length()), fill=0.0),
        Feature("track", TRACK, encoding="target_mean"),
        # How much of an album and how many versions of a track there are says how known they are.
        Feature("album_tracks", ALBUM, encoding="frequency"),
        Feature("track_versions", TRACK, encoding="frequency"),
    ),
    # Albums of several artists stand on both sides: of a new track on a known one that is known.
    split=GroupSplit(column="artists", test_fraction=0.2, seed=20260102, mixes=("album_name",)),
    entities=("artists", "album_name"),
    candidates=(
        candidate("logistic_regression", C=1.0),
        candidate(
            "hist_gradient_boosting",
            learning_rate=0.06,
            max_iter=150,
            search={
                "learning_rate": Floats(low=0.02, high=0.2, log=True),
                "max_leaf_nodes": Integers(low=7, high=63),
                "l2_regularization": Floats(low=0.01, high=10, log=True),
            },
        ),
        candidate(
            "random_forest",
            n_estimators=300,
            min_samples_leaf=10,
            max_features=0.5,
            criterion="entropy",
            search={
                "min_samples_leaf": Integers(low=4, high=20),
                "max_features": Floats(low=0.2, high=0.6),
            },
        ),
        candidate(
            "xgboost",
            n_estimators=300,
            max_depth=6,
            learning_rate=0.03,
            min_child_weight=8.0,
            subsample=0.7,
            colsample_bytree=0.5,
            reg_lambda=5.0,
            search={
                "learning_rate": Floats(low=0.02, high=0.1, log=True),
                "max_depth": Integers(low=3, high=8),
                "min_child_weight": Floats(low=2, high=20, log=True),
            },
        ),
    ),
    search=Search(rounds=3, trials=4),
    random_state=3_530_386_218,
    gate=Gate(
        metric="roc_auc",
        requirements=(Requirement(metric="roc_auc", bound=0.7),),
        champion_margin=0.03,
    ),
    source=Source(fallback_encoding="cp1252"),
)
