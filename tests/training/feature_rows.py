"""Feature rows for tests: generated ones with a signal, and those of the real songs."""

import csv
import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dropcast.recipe import Recipe
from dropcast.recipes import find_recipe
from dropcast.scoring.expressions import compile_features
from dropcast.training.rows import FeatureRows
from tests.real_data import real_data

SONGS = find_recipe("spotify_preference")


def generate_songs(count: int, *, seed: int = 0) -> tuple[list[dict[str, float]], FeatureRows]:
    """Return generated requests of the songs recipe and their feature rows, AUC about 0.8."""
    generator = np.random.default_rng(seed)
    requests, targets = [], []
    for _ in range(count):
        row: dict[str, float] = {}
        for column in SONGS.input_columns:
            low = column.minimum if column.minimum is not None else 0
            high = column.maximum if column.maximum is not None else 1
            drawn = generator.uniform(low, high)
            row[column.name] = round(drawn) if column.kind == "integer" else drawn
        signal = 3 * row["energy"] - 4 * (row["danceability"] - 0.5) ** 2 + row["mode"]
        targets.append(int(signal + generator.normal(0, 1) > 1.7))
        requests.append(row)
    return requests, make_rows(SONGS, requests, targets)


def make_rows(recipe: Recipe, requests: list[dict[str, float]], targets: list[int]) -> FeatureRows:
    """Return the feature rows of requests; equal features have equal row ids."""
    compute = compile_features(recipe.features, {})
    values = np.array([compute([row]) for row in requests])
    return FeatureRows(
        names=tuple(feature.name for feature in recipe.features),
        values=values,
        row_id=hash_lines(values),
        target=np.array(targets, dtype=np.int64),
    )


def hash_lines(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    digests = [hashlib.sha256(line.tobytes()).digest()[:8] for line in values]
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def read_songs() -> tuple[list[dict[str, float]], FeatureRows]:
    """Return the real songs, equal lines once; skip the test where the file is absent."""
    with real_data("spotify_preference/song_attributes.csv").open(encoding="utf-8") as stream:
        lines = {tuple(line.items())[1:]: line for line in csv.DictReader(stream)}.values()
    requests = [_read_request(line) for line in lines]
    return requests, make_rows(SONGS, requests, [int(line["target"]) for line in lines])


def _read_request(line: Mapping[str, str]) -> dict[str, float]:
    return {
        column.name: int(float(line[column.name]))
        if column.kind == "integer"
        else float(line[column.name])
        for column in SONGS.input_columns
    }
