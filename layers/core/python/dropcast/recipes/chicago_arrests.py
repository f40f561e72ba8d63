"""Will a reported crime end in an arrest? What, where and when; split by time."""

from dropcast.recipe import (
    Feature,
    Floats,
    Gate,
    Integers,
    Key,
    Preparation,
    Recipe,
    Requirement,
    Search,
    Slice,
    Target,
    TimeSplit,
    boolean,
    candidate,
    col,
    cyclic,
    integer,
    nearest_metres,
    number,
    text,
    timestamp,
)
from dropcast.recipes.police_stations import TABLE as POLICE_STATIONS

ZONE = "America/Chicago"
FORMATS = (
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
)
# Crimes that are mostly found out by the arrest itself: predicting it says little.
ARREST_DRIVEN = (
    "narcotics",
    "other narcotic violation",
    "prostitution",
    "gambling",
    "liquor law violation",
    "concealed carry license violation",
    "weapons violation",
    "interference with public officer",
    "public indecency",
    "obscenity",
)
WHEN = col("date")
TYPE = col("primary_type").clean()

RECIPE = Recipe(
    dataset="chicago_arrests",
    title="Arrests in Chicago",
    summary="Will a reported crime end in an arrest? By what, where and when it was.",
    columns=(
        text("id", required=False, nullable=True, description="The portal's id"),
        text("case_number", required=False, nullable=True, description="Not used"),
        timestamp("date", formats=FORMATS, timezone=ZONE, description="When, local time"),
        text("block", nullable=True, description="Block of the street, partly hidden"),
        text("iucr", required=False, nullable=True, description="Crime code; not used"),
        text("primary_type", description="Kind of crime"),
        text("description", description="Kind of crime in detail"),
        text("location_description", nullable=True, description="Kind of place"),
        boolean("arrest", description="Whether somebody was arrested"),
        boolean("domestic", description="Whether it was domestic"),
        integer("beat", required=False, nullable=True, description="Police beat"),
        integer("district", required=False, nullable=True, description="Police district"),
        integer("ward", required=False, nullable=True, description="City council ward"),
        integer("community_area", nullable=True, description="Community area, 1-77"),
        text("fbi_code", required=False, nullable=True, description="FBI code; not used"),
        number(
            "latitude", required=False, nullable=True, unit="degrees north", minimum=36, maximum=43
        ),
        number(
            "longitude",
            required=False,
            nullable=True,
            unit="degrees east",
            minimum=-92,
            maximum=-87,
        ),
        timestamp("updated_on", formats=FORMATS, timezone=ZONE, required=False, nullable=True),
    ),
    key=Key(columns=("id",), newest_by="updated_on"),
    references=(POLICE_STATIONS,),
    target=Target(expression=col("arrest"), labels=("no arrest", "arrest")),
    features=(
        Feature("type", TYPE, encoding="target_mean"),
        Feature("type_and_detail", TYPE.join(col("description").clean()), encoding="target_mean"),
        Feature("place_kind", col("location_description").clean(), encoding="target_mean"),
        Feature(
            "type_and_place",
            TYPE.join(col("location_description").clean()),
            encoding="target_mean",
        ),
        Feature("block", col("block").clean(), encoding="target_mean"),
        Feature("block_crimes", col("block").clean(), encoding="frequency"),
        Feature("street", col("block").clean().after(" "), encoding="target_mean"),
        Feature("beat", col("beat"), encoding="target_mean"),
        Feature("district", col("district"), encoding="target_mean"),
        Feature("ward", col("ward"), encoding="target_mean"),
        Feature("community_area", col("community_area"), encoding="target_mean"),
        Feature("domestic", col("domestic")),
        Feature("hour", WHEN.hour(ZONE)),
        Feature("minute", WHEN.minute(ZONE)),
        Feature("part_of_day", WHEN.hour(ZONE).bucket(6, 12, 18)),
        Feature("season", (WHEN.month(ZONE) % 12).bucket(3, 6, 9), encoding="one_hot"),
        *cyclic("weekday", WHEN.weekday(ZONE), 7),
        Feature("latitude", col("latitude"), fill="median"),
        Feature("longitude", col("longitude"), fill="median"),
        Feature(
            "log_station_metres",
            nearest_metres(
                col("latitude"),
                col("longitude"),
                "police_stations",
                columns=("latitude", "longitude"),
            ).log1p(),
            fill="median",
        ),
    ),
    preparation=Preparation(minimum_information=0.0005),
    # Arrests are recorded late: the newest month's labels are not final.
    split=TimeSplit(column="date", test_days=91, maturity_days=28, window_days=365),
    candidates=(
        candidate("logistic_regression", C=0.1),
        candidate(
            "hist_gradient_boosting",
            learning_rate=0.08,
            max_iter=150,
            search={
                "learning_rate": Floats(low=0.03, high=0.2, log=True),
                "max_leaf_nodes": Integers(low=15, high=63),
                "l2_regularization": Floats(low=0.1, high=20, log=True),
            },
        ),
        candidate(
            "xgboost",
            n_estimators=200,
            max_depth=6,
            learning_rate=0.08,
            subsample=0.8,
            colsample_bytree=0.8,
        ),
    ),
    search=Search(rounds=2, trials=3),
    random_state=2_559_880_704,
    gate=Gate(
        metric="average_precision",
        requirements=(Requirement(metric="roc_auc", bound=0.75),),
        champion_margin=0.03,
    ),
    slices=(Slice(name="without arrest-driven types", expression=1 - TYPE.is_in(*ARREST_DRIVEN)),),
)
