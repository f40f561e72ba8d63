"""What registration leaves behind: one record a model, one audit record each time it wins."""

import dataclasses
import json

import pytest

from dropcast.contracts.messages import Registration
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.storage.registry import S3ModelRegistry
from tests.functions.cloud import Cloud
from tests.functions.requests import DATASET, add_champion
from tests.functions.steps import decide_model, evaluate_and_judge
from tests.functions.test_train import decide, fit, prepare


def list_registered(cloud: Cloud) -> list[str]:
    audit = [key for key in cloud.list_keys("models") if key.startswith("audit/")]
    records = [json.loads(cloud.read_text("models", key)) for key in audit]
    return [record["model"] for record in records if record["decision"] == "registered"]


def test_a_model_that_wins_again_after_a_rollback_is_audited_again_and_registered_once(
    cloud: Cloud,
) -> None:
    _, fitted = fit(cloud, prepare(cloud))
    evaluated = evaluate_and_judge(to_document(fitted), cloud.dependencies)
    decide(cloud, evaluated)
    registry = cloud.dependencies.registry
    won = registry.read_champion(DATASET)
    (record,) = registry.list_registrations(DATASET)
    card = json.loads(cloud.read_text("lake", evaluated.card_key))
    assert (record.champion, record.replaced, record.metric) == (won, None, card["metric"])
    assert record.metrics.keys() == card["evaluation"]["metrics"].keys()

    # An operator puts another in its place; the same run, by hand, wins against that one.
    other = add_champion(cloud, won, f"{DATASET}-2", at="2999-01-01T00:00:00+00:00")
    again = dataclasses.replace(evaluated, champion=other.model, champion_generation=2)
    assert decide(cloud, again).decision == "registered"
    assert registry.read_champion(DATASET) == won
    assert list_registered(cloud) == [won.model, won.model]
    assert registry.find_registration(DATASET, won.model) == record


def test_a_step_that_is_run_again_after_a_crash_writes_the_record_that_is_lacking(
    cloud: Cloud,
) -> None:
    _, fitted = fit(cloud, prepare(cloud))
    evaluated = evaluate_and_judge(to_document(fitted), cloud.dependencies)
    decide(cloud, evaluated)
    registry = cloud.dependencies.registry
    (record,) = registry.list_registrations(DATASET)
    cloud.s3.delete_object(
        Bucket="models", Key=f"registrations/{DATASET}/{record.champion.model}.json"
    )
    assert decide(cloud, evaluated).decision == "registered"
    assert list_registered(cloud) == [record.champion.model]
    (again,) = registry.list_registrations(DATASET)
    assert (again.champion, again.metrics) == (record.champion, record.metrics)


def test_a_move_whose_maker_is_cut_off_right_after_it_is_in_the_audit_trail(cloud: Cloud) -> None:
    _, fitted = fit(cloud, prepare(cloud))
    evaluated = evaluate_and_judge(to_document(fitted), cloud.dependencies)

    class Killed(BaseException):
        """An end that no function catches."""

    class Dying(S3ModelRegistry):
        def record(self, registration: Registration) -> bool:
            raise Killed(registration.champion.model)

    dying = Dependencies(environ=cloud.environ, s3=cloud.s3, recipes=cloud.dependencies.recipes)
    vars(dying)["registry"] = Dying(models=dying.models, pause=lambda _seconds: None)
    with pytest.raises(Killed):
        decide_model({"decision": "register", "evaluated": to_document(evaluated)}, dying)
    assert cloud.dependencies.registry.read_pointer(DATASET).movers == (fitted.model,)
    (key,) = [key for key in cloud.list_keys("models") if key.startswith("audit/")]
    record = json.loads(cloud.read_text("models", key))
    assert (record["model"], record["decision"], record["champion_generation"]) == (
        fitted.model,
        "requested",
        0,
    )
