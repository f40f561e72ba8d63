import dataclasses

import pytest

from dropcast.contracts.errors import EmptyDatasetError, StaleSchemaError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE
from dropcast.recipe import number
from functions.features.handler import build_current_features
from functions.ingest.handler import ingest_drop
from tests.functions.cloud import SAMPLE, Cloud, make_moved_event

MOVED = make_moved_event("spotify_preference")


def test_a_moved_version_gets_features_a_card_and_one_run(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.wiring)
    built = build_current_features(MOVED, cloud.wiring)
    assert (built.built, built.started) == (True, True)
    place = {"dataset": "spotify_preference", "run_id": built.run.run_id}
    assert "Song preference" in cloud.read_text("lake", DATASET_CARD_PAGE.format(**place))
    assert cloud.wiring.lake.has(DATASET_CARD.format(**place))
    table = cloud.wiring.arrays.read(built.run.features_key)
    assert len(table["_row_id"]) == built.rows
    assert cloud.list_executions() == [f"spotify_preference-{built.run.run_id}"]


def test_a_second_event_builds_and_starts_nothing(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.wiring)
    first = build_current_features(MOVED, cloud.wiring)
    again = build_current_features(MOVED, cloud.wiring)
    assert not again.built
    assert again.run == first.run
    assert len(cloud.list_executions()) == 1


def test_an_event_for_an_empty_dataset_says_so(cloud: Cloud) -> None:
    with pytest.raises(EmptyDatasetError, match="drop a file under raw/spotify_preference/"):
        build_current_features(MOVED, cloud.wiring)


def test_parts_read_under_other_columns_are_refused_with_the_remedy(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.wiring)
    recipe = cloud.wiring.find_recipe("spotify_preference")
    extra = number("extra", required=False, nullable=True)
    cloud.wiring.recipes = {
        recipe.dataset: dataclasses.replace(recipe, columns=(*recipe.columns, extra))
    }
    with pytest.raises(StaleSchemaError, match=r"1 of 1 parts.*drop those files again"):
        build_current_features(MOVED, cloud.wiring)
