import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dropcast.contracts.errors import EmptyDatasetError, FeaturesFailedError, StaleSchemaError
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


@pytest.fixture
def readers() -> Iterator[Cloud]:
    """Two datasets that read one table; the first one's parts were read under other columns."""
    good = RECIPES["chicago_arrests"]
    bad = dataclasses.replace(good, dataset="a_bad_copy")
    with open_cloud({bad.dataset: bad, good.dataset: good}) as cloud:
        sample = Path("tests/samples/chicago_arrests/generated_sample.csv").read_bytes()
        for dataset in (bad.dataset, good.dataset):
            ingest_drop(cloud.drop(sample, dataset=dataset), cloud.dependencies)
        drop_sample(cloud, "police_stations")
        extra = number("extra", required=False, nullable=True)
        changed = dataclasses.replace(bad, columns=(*bad.columns, extra))
        cloud.dependencies.recipes = {bad.dataset: changed, good.dataset: good}
        yield cloud


def test_a_reader_that_fails_does_not_stop_the_others_and_its_reason_is_raised_at_the_end(
    readers: Cloud,
) -> None:
    with pytest.raises(FeaturesFailedError) as raised:
        steps.build_features(make_moved_event("police_stations"), readers.dependencies)
    sentence = str(raised.value)
    assert "reference table 'police_stations'" in sentence
    assert "1 of the datasets that read it could not be built (built: chicago_arrests)" in sentence
    assert "'a_bad_copy': StaleSchemaError: dataset 'a_bad_copy': 1 of 1 parts" in sentence
    assert isinstance(raised.value.__cause__, ExceptionGroup)
    assert [type(error) for error in raised.value.__cause__.exceptions] == [StaleSchemaError]
    (started,) = readers.list_executions()
    assert started.startswith("chicago_arrests-")


def test_a_second_event_after_a_failure_builds_only_what_is_not_there(readers: Cloud) -> None:
    event = make_moved_event("police_stations")
    with pytest.raises(FeaturesFailedError):
        steps.build_features(event, readers.dependencies)
    written = list_features(readers)
    with pytest.raises(FeaturesFailedError, match="a_bad_copy"):
        steps.build_features(event, readers.dependencies)
    assert list_features(readers) == written
    assert [key for key, _ in written] == ["features/chicago_arrests"]
    assert len(readers.list_executions()) == 1
    # The recipe is deployed as it was: the same event now builds the other one.
    good = readers.dependencies.recipes["chicago_arrests"]
    bad = dataclasses.replace(good, dataset="a_bad_copy")
    readers.dependencies.recipes = {bad.dataset: bad, good.dataset: good}
    moved = steps.build_features(event, readers.dependencies)
    assert moved == ReferenceMoved(
        table="police_stations", datasets=("a_bad_copy", "chicago_arrests")
    )
    assert len(readers.list_executions()) == 2
    assert set(written) < set(list_features(readers))


def list_features(cloud: Cloud) -> list[tuple[str, object]]:
    """Return the folder of each feature table and when it was last written."""
    found = cloud.s3.list_objects_v2(Bucket="lake", Prefix="features/")
    return [
        (item["Key"].rsplit("/", 1)[0], item["LastModified"]) for item in found.get("Contents", [])
    ]
