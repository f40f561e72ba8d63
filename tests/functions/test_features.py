import dataclasses
from pathlib import Path

import numpy as np
import pytest

from dropcast.contracts.errors import EmptyDatasetError, StaleSchemaError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE
from dropcast.contracts.messages import FeaturesBuilt, FeaturesWait, ReferenceMoved
from dropcast.recipe import number
from dropcast.recipes import RECIPES
from tests.functions import steps
from tests.functions.cloud import SAMPLE, Cloud, make_moved_event, open_cloud
from tests.functions.steps import ingest_drop

MOVED = make_moved_event("spotify_preference")
ARRESTS = {"chicago_arrests": RECIPES["chicago_arrests"]}


def build_features(cloud: Cloud, dataset: str = "spotify_preference") -> FeaturesBuilt:
    built = steps.build_features(make_moved_event(dataset), cloud.dependencies)
    assert isinstance(built, FeaturesBuilt)
    return built


def drop_sample(cloud: Cloud, dataset: str, name: str = "sample.csv") -> None:
    body = Path(f"tests/samples/{dataset}/generated_sample.csv").read_bytes()
    ingest_drop(cloud.drop(body, name=name, dataset=dataset), cloud.dependencies)


def test_a_moved_version_gets_features_a_card_and_one_run(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.dependencies)
    built = build_features(cloud)
    assert (built.built, built.started) == (True, True)
    place = {"dataset": "spotify_preference", "run_id": built.run.run_id}
    assert "Song preference" in cloud.read_text("lake", DATASET_CARD_PAGE.format(**place))
    assert cloud.dependencies.lake.has(DATASET_CARD.format(**place))
    table = cloud.dependencies.arrays.read(built.run.features_key)
    assert len(table["_row_id"]) == built.rows
    assert cloud.list_executions() == [f"spotify_preference-{built.run.run_id}"]


def test_a_second_event_builds_and_starts_nothing(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.dependencies)
    first = build_features(cloud)
    again = build_features(cloud)
    assert not again.built
    assert again.run == first.run
    assert len(cloud.list_executions()) == 1


def test_an_event_for_an_empty_dataset_says_so(cloud: Cloud) -> None:
    with pytest.raises(EmptyDatasetError, match="drop a file under raw/spotify_preference/"):
        steps.build_features(MOVED, cloud.dependencies)


def test_parts_read_under_other_columns_are_refused_with_the_remedy(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.dependencies)
    recipe = cloud.dependencies.find_recipe("spotify_preference")
    extra = number("extra", required=False, nullable=True)
    cloud.dependencies.recipes = {
        recipe.dataset: dataclasses.replace(recipe, columns=(*recipe.columns, extra))
    }
    with pytest.raises(StaleSchemaError, match=r"1 of 1 parts.*drop those files again"):
        steps.build_features(MOVED, cloud.dependencies)


def test_a_dataset_waits_for_its_reference_table_whose_arrival_builds_it() -> None:
    with open_cloud(ARRESTS) as cloud:
        drop_sample(cloud, "chicago_arrests")
        waits = steps.build_features(make_moved_event("chicago_arrests"), cloud.dependencies)
        assert waits == FeaturesWait(
            dataset="chicago_arrests", missing_references=("police_stations",)
        )
        assert not cloud.list_executions()
        drop_sample(cloud, "police_stations")
        moved = steps.build_features(make_moved_event("police_stations"), cloud.dependencies)
        assert moved == ReferenceMoved(table="police_stations", datasets=("chicago_arrests",))
        built = build_features(cloud, "chicago_arrests")
        assert not built.built
        stations = cloud.dependencies.versions.read_current("police_stations")
        assert built.run.references == {"police_stations": stations}
        assert cloud.list_executions() == [f"chicago_arrests-{built.run.run_id}"]


def test_a_new_version_of_a_reference_table_is_another_run() -> None:
    with open_cloud(ARRESTS) as cloud:
        drop_sample(cloud, "police_stations")
        drop_sample(cloud, "chicago_arrests")
        first = build_features(cloud, "chicago_arrests").run
        more = b"district,district_name,latitude,longitude\n99,Invented,41.8,-87.6\n"
        ingest_drop(
            cloud.drop(more, name="more.csv", dataset="police_stations"), cloud.dependencies
        )
        second = build_features(cloud, "chicago_arrests").run
        assert second.dataset_version == first.dataset_version
        assert second.run_id != first.run_id
        metres = [
            np.asarray(
                cloud.dependencies.arrays.read(run.features_key)["log_station_metres"], float
            )
            for run in (first, second)
        ]
        known = np.isfinite(metres[0])
        assert (metres[1][known] <= metres[0][known]).all()
        assert (metres[1] < metres[0]).any()


def test_a_reference_table_that_nothing_reads_yet_builds_nothing() -> None:
    with open_cloud(ARRESTS) as cloud:
        drop_sample(cloud, "police_stations")
        moved = steps.build_features(make_moved_event("police_stations"), cloud.dependencies)
        assert moved == ReferenceMoved(table="police_stations", datasets=())
