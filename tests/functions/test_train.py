"""The training steps one after the other, as the state machine calls them."""

import json
from typing import Any

import pytest

from bench.in_memory import search_candidates
from dropcast.contracts.errors import (
    EmptyDatasetError,
    FeaturesNotReadyError,
    InvalidRunError,
    StaleRunError,
    UnknownDatasetError,
)
from dropcast.contracts.messages import (
    FeaturesBuilt,
    ModelDecided,
    ModelEvaluated,
    ModelFitted,
    RowsSplit,
)
from dropcast.contracts.serialization.codec import to_document
from tests.functions.cloud import SAMPLE, Cloud, make_moved_event
from tests.functions.steps import (
    build_features,
    decide_model,
    evaluate_and_judge,
    fit_model,
    ingest_drop,
    split_rows,
)

BY_HAND = {"dataset": "spotify_preference"}


def prepare(cloud: Cloud, body: bytes | None = None) -> dict[str, Any]:
    """Drop a file and build its features; return the run's input."""
    ingest_drop(cloud.drop(body or SAMPLE.read_bytes()), cloud.dependencies)
    built = build_features(make_moved_event("spotify_preference"), cloud.dependencies)
    assert isinstance(built, FeaturesBuilt)
    run: dict[str, Any] = to_document(built.run)
    return run


def fit(cloud: Cloud, run: dict[str, Any]) -> tuple[RowsSplit, ModelFitted]:
    split = split_rows(run, cloud.dependencies)
    search = search_candidates(split, cloud.dependencies)
    return split, fit_model(to_document(search), cloud.dependencies)


def decide(cloud: Cloud, evaluated: ModelEvaluated) -> ModelDecided:
    asked = "register" if evaluated.passed else "reject"
    return decide_model(
        {"decision": asked, "evaluated": to_document(evaluated)}, cloud.dependencies
    )


@pytest.fixture
def evaluated(cloud: Cloud) -> ModelEvaluated:
    _, fitted = fit(cloud, prepare(cloud))
    return evaluate_and_judge(to_document(fitted), cloud.dependencies)


def test_a_model_that_passes_becomes_champion_with_its_card_and_an_audit_record(
    cloud: Cloud, evaluated: ModelEvaluated
) -> None:
    assert evaluated.passed
    decided = decide(cloud, evaluated)
    assert decided.decision == "registered"
    champion = cloud.dependencies.registry.read_champion("spotify_preference")
    assert champion.model == decided.model == evaluated.fitted.model
    card = json.loads(cloud.read_text("models", decided.card_key))
    assert card["fit"]["dataset_version"] == champion.dataset_version
    assert card["evaluation"]["agreement"]["largest_difference"] <= 1e-9
    assert decided.model in cloud.read_text("models", decided.card_page_key)
    audit = [k for k in cloud.list_keys("models") if k.startswith("audit/")]
    decisions = {json.loads(cloud.read_text("models", key))["decision"] for key in audit}
    assert (len(audit), decisions) == (2, {"requested", "registered"})


def test_the_sides_share_no_row_and_the_truth_lies_apart(cloud: Cloud) -> None:
    split = split_rows(prepare(cloud), cloud.dependencies)
    train = cloud.dependencies.arrays.read(split.train_key)
    test = cloud.dependencies.arrays.read(split.test_key)
    truth = cloud.dependencies.arrays.read(split.truth_key)
    assert set(train["_row_id"].tolist()).isdisjoint(test["_row_id"].tolist())
    assert len(train["_row_id"]) == split.train_rows
    assert "_target" not in test
    assert list(truth) == ["_target"]
    assert len(truth["_target"]) == split.test_rows


def test_other_test_labels_leave_the_trained_program_as_it_was(cloud: Cloud) -> None:
    split, fitted = fit(cloud, prepare(cloud))
    program = cloud.dependencies.lake.read(fitted.program_key).body
    truth = cloud.dependencies.arrays.read(split.truth_key)
    cloud.dependencies.arrays.write(split.truth_key, {"_target": 1 - truth["_target"]})
    again = fit_model(to_document(search_candidates(split, cloud.dependencies)), cloud.dependencies)
    assert cloud.dependencies.lake.read(again.program_key).body == program


def test_a_model_that_misses_its_gate_is_kept_with_the_reason_and_answers_nothing(
    cloud: Cloud,
) -> None:
    run = prepare(cloud)
    split, fitted = fit(cloud, run)
    truth = cloud.dependencies.arrays.read(split.truth_key)
    cloud.dependencies.arrays.write(split.truth_key, {"_target": 1 - truth["_target"]})
    rejected = evaluate_and_judge(to_document(fitted), cloud.dependencies)
    assert not rejected.passed
    decided = decide(cloud, rejected)
    assert decided.decision == "rejected"
    assert any("is not at least" in reason for reason in decided.reasons)
    assert cloud.dependencies.models.has(decided.card_key)
    assert not [k for k in cloud.list_keys("models") if k.startswith("champions/")]


def test_a_run_again_ends_in_the_same_state(cloud: Cloud, evaluated: ModelEvaluated) -> None:
    decide(cloud, evaluated)
    before = cloud.list_keys("models")
    again = evaluate_and_judge(to_document(evaluated.fitted), cloud.dependencies)
    assert again.champion == evaluated.fitted.model
    assert decide(cloud, again).decision == "already champion"
    models = [k for k in cloud.list_keys("models") if not k.startswith("audit/")]
    assert models == [k for k in before if not k.startswith("audit/")]


def test_a_loser_of_a_race_leaves_an_audit_record_and_nothing_else_moves(
    cloud: Cloud, evaluated: ModelEvaluated
) -> None:
    decide(cloud, evaluated)
    winner = cloud.dependencies.registry.read_champion("spotify_preference")
    run = prepare(cloud, SAMPLE.read_bytes().replace(b"0.", b"0.0", 1))
    _, other = fit(cloud, run)
    assert other.model != winner.model
    late = evaluate_and_judge(to_document(other), cloud.dependencies)
    # Judged while there was no champion, decided when there is one.
    none = {"champion": None, "champion_generation": 0, "passed": True}
    late = ModelEvaluated(**{**vars(late), **none})
    decided = decide(cloud, late)
    assert decided.decision == "lost the race"
    assert cloud.dependencies.registry.read_champion("spotify_preference") == winner


def test_register_refuses_what_the_gate_did_not_say(
    cloud: Cloud, evaluated: ModelEvaluated
) -> None:
    with pytest.raises(InvalidRunError, match="decision is to reject"):
        decide_model(
            {"decision": "reject", "evaluated": to_document(evaluated)}, cloud.dependencies
        )


def test_a_run_by_hand_takes_the_current_version(cloud: Cloud) -> None:
    run = prepare(cloud)
    assert to_document(split_rows(BY_HAND, cloud.dependencies).run) == run


@pytest.mark.parametrize(
    ("event", "error", "sentence"),
    [
        ({"dataset": "spotify"}, UnknownDatasetError, "no dataset 'spotify'"),
        ({"dataset": "spotify_preference"}, EmptyDatasetError, "drop a file under raw/"),
        ({}, InvalidRunError, "start a run with"),
        ({"dataset": 3}, InvalidRunError, "start a run with"),
        ({"dataset": "spotify_preference", "version": "x"}, InvalidRunError, "unknown fields"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    cloud: Cloud, event: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        split_rows(event, cloud.dependencies)


def test_a_run_before_its_features_is_to_be_tried_again(cloud: Cloud) -> None:
    ingest_drop(cloud.drop(SAMPLE.read_bytes()), cloud.dependencies)
    with pytest.raises(FeaturesNotReadyError, match="not written yet"):
        split_rows(BY_HAND, cloud.dependencies)


def test_a_run_of_another_recipe_is_refused(cloud: Cloud) -> None:
    with pytest.raises(StaleRunError, match="under another recipe; start it again"):
        split_rows({**prepare(cloud), "recipe_hash": "0" * 64}, cloud.dependencies)
