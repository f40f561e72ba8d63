"""The models that all contenders serve.

Each is a pipeline of scikit-learn, with the scoring program that Dropcast compiles from it. The
songs are generated, so the bench needs no data files.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Literal

import joblib  # type: ignore[import-untyped] # it ships no types
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types

from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import encode_document
from dropcast.contracts.keys import CHAMPION, PROGRAM
from dropcast.recipe import Feature, Recipe, col
from dropcast.recipes import find_recipe
from dropcast.scoring import Program, write_program
from dropcast.training.compile import compile_program
from dropcast.training.pipelines import XGBoostClassifier

Kind = Literal["trees", "logistic", "xgboost", "forest"]
Row = dict[str, float]

TITLES: dict[Kind, str] = {
    "trees": "100 boosted trees",
    "logistic": "logistic regression",
    "xgboost": "XGBoost, 100 trees of depth 6",
    "forest": "random forest of 100 trees",
}
DATASET = "spotify_preference"
BUCKET = "bench-models"
# The id of the API key in every event.
KEY_ID = "bench"
JOBLIB_KEY = "peers/model.joblib"
ONNX_KEY = "peers/model.onnx"
_SEED = 20260101
_ROWS = 2_000
_NO_HASH = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Served:
    """A fitted model in each contender's format, and rows of requests."""

    kind: Kind
    pipeline: Any
    program: Program
    program_body: bytes
    champion: Champion
    frame: pd.DataFrame

    @property
    def rows(self) -> list[Row]:
        """The rows of a request, as JSON has them."""
        return [
            {str(name): float(value) for name, value in row.items()}
            for row in self.frame.to_dict(orient="records")
        ]


def make_recipe() -> Recipe:
    """Return a recipe whose features are its columns unchanged.

    So a pipeline that gets the columns learns from the same numbers.
    """
    recipe = find_recipe(DATASET)
    names = [name for name, _ in _COLUMNS]
    return replace(recipe, features=tuple(Feature(name, col(name)) for name in names))


def generate_songs(rows: int, *, seed: int) -> pd.DataFrame:
    """Return songs within the recipe's ranges, the same for the same seed."""
    random = np.random.default_rng(seed)
    return pd.DataFrame({name: draw(random, rows) for name, draw in _COLUMNS})


def fit_model(kind: Kind, *, rows: int = _ROWS) -> Served:
    """Fit the pipeline and compile it."""
    frame = generate_songs(rows, seed=_SEED)
    random = np.random.default_rng(_SEED + 1)
    liked = 3 * (frame["danceability"] - 0.5) + 2 * frame["energy"] * frame["valence"]
    liked = liked - frame["acousticness"] + random.normal(size=rows)
    target = (liked > liked.median()).astype(int)
    pipeline = Pipeline([("prepare", _select([str(name) for name in frame])), *_MODELS[kind]()])
    # Threads would cost more than they bring on so few rows.
    with threadpool_limits(1):
        pipeline.fit(frame, target)
    program = compile_program(
        _by_place(pipeline, frame),
        make_recipe(),
        dataset_version=_NO_HASH,
        references={},
        reference_columns={},
        values=frame.to_numpy(),
    )
    body = write_program(program)
    return Served(
        kind=kind,
        pipeline=pipeline,
        program=program,
        program_body=body,
        champion=_make_champion(body),
        frame=generate_songs(200, seed=_SEED + 2),
    )


def list_objects(served: Served) -> dict[str, bytes]:
    """Return the contenders' objects in the model bucket: key -> bytes."""
    dumped = BytesIO()
    joblib.dump(served.pipeline, dumped)
    return {
        CHAMPION.format(dataset=DATASET): encode_document(
            ChampionPointer(champion=served.champion, generation=1, movers=("bench",))
        ),
        served.champion.program_key: served.program_body,
        JOBLIB_KEY: dumped.getvalue(),
    }


def make_event(rows: list[Row]) -> dict[str, Any]:
    """Return the event with which API Gateway calls the predict function."""
    return {
        "resource": "/{dataset}/predict",
        "httpMethod": "POST",
        "path": f"/{DATASET}/predict",
        "headers": {"Content-Type": "application/json"},
        "pathParameters": {"dataset": DATASET},
        "queryStringParameters": None,
        "requestContext": {
            "requestId": "bench",
            "stage": "v1",
            "identity": {"apiKeyId": KEY_ID},
        },
        "body": json.dumps({"rows": rows}),
        "isBase64Encoded": False,
    }


def _select(names: list[str]) -> ColumnTransformer:
    # By name, as a service whose clients send objects must.
    return ColumnTransformer([("columns", "passthrough", names)])


_MODELS: dict[Kind, Callable[[], list[tuple[str, Any]]]] = {
    "trees": lambda: [
        (
            "model",
            HistGradientBoostingClassifier(max_iter=100, random_state=0, early_stopping=False),
        )
    ],
    "logistic": lambda: [
        ("scale", StandardScaler()),
        ("model", LogisticRegression(max_iter=5000)),
    ],
    "xgboost": lambda: [
        ("model", XGBoostClassifier({"n_estimators": 100, "max_depth": 6}, seed=0))
    ],
    "forest": lambda: [("model", RandomForestClassifier(n_estimators=100, random_state=0))],
}


def _by_place(pipeline: Pipeline, frame: pd.DataFrame) -> Pipeline:
    """Return the pipeline as training has it, with features selected by their positions."""
    parts = [(f"number {i}", "passthrough", [i]) for i in range(frame.shape[1])]
    prepare = ColumnTransformer(parts).fit(frame.to_numpy())
    return Pipeline([("prepare", prepare), *pipeline.steps[1:]])


def _make_champion(body: bytes) -> Champion:
    return Champion(
        dataset=DATASET,
        model="bench",
        program_key=PROGRAM.format(dataset=DATASET, model="bench"),
        program_sha256=hashlib.sha256(body).hexdigest(),
        dataset_version=_NO_HASH,
        references={},
        recipe_hash=make_recipe().training_hash,
        run_id="bench",
        code_hash=_NO_HASH,
    )


def _between(low: float, high: float) -> Any:
    return lambda random, rows: random.uniform(low, high, rows).round(4)


def _among(low: int, high: int) -> Any:
    def draw(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
        return random.integers(low, high, rows, endpoint=True).astype(np.float64)

    return draw


_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("acousticness", _between(0, 1)),
    ("danceability", _between(0, 1)),
    ("duration_ms", _between(60_000, 600_000)),
    ("energy", _between(0, 1)),
    ("instrumentalness", _between(0, 1)),
    ("key", _among(0, 11)),
    ("liveness", _between(0, 1)),
    ("loudness", _between(-40, 0)),
    ("mode", _among(0, 1)),
    ("speechiness", _between(0, 1)),
    ("tempo", _between(60, 200)),
    ("time_signature", _among(3, 5)),
    ("valence", _between(0, 1)),
)
