"""Buckets keep their promises, and no event is lost between a bucket and a function."""

from typing import Any

import pytest

from tests.infrastructure.template import Template

# The bucket, and what a rule lets through of its keys.
HOPS: dict[str, tuple[str, dict[str, Any]]] = {
    "ingest": (
        "Raw",
        {"anything-but": {"prefix": ["score/", "reports/", "scored/", "scored-reports/"]}},
    ),
    "features": ("Lake", {"prefix": "clean/current/"}),
    "score": ("Raw", {"prefix": "score/"}),
}


def get_properties(template: Template, bucket: str) -> dict[str, Any]:
    properties: dict[str, Any] = template.body["Resources"][template.find_bucket(bucket)][
        "Properties"
    ]
    return properties


def test_every_bucket_is_private_encrypted_and_owned_by_the_account(aws: Template) -> None:
    for bucket in aws.find("S3::Bucket").values():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(properties["PublicAccessBlockConfiguration"]) == 4
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        (ownership,) = properties["OwnershipControls"]["Rules"]
        assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"


@pytest.mark.parametrize(
    ("kind", "policy_kind", "holder"),
    [("S3::Bucket", "S3::BucketPolicy", "Bucket"), ("SQS::Queue", "SQS::QueuePolicy", "Queues")],
)
def test_buckets_and_queues_answer_nobody_without_tls(
    aws: Template, kind: str, policy_kind: str, holder: str
) -> None:
    guarded = set()
    for policy in aws.find(policy_kind).values():
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        refused = [
            s
            for s in statements
            if s["Effect"] == "Deny"
            and s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            and s["Action"] in ("s3:*", "sqs:*")
        ]
        if refused:
            held = policy["Properties"][holder]
            guarded |= {h["Ref"] for h in (held if isinstance(held, list) else [held])}
    assert guarded == aws.find(kind).keys()


def test_raw_objects_keep_their_versions_and_work_ends_after_sixty_days(aws: Template) -> None:
    assert get_properties(aws, "Raw")["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = get_properties(aws, "Lake")["LifecycleConfiguration"]["Rules"]
    expiring = [(rule["Prefix"], rule["ExpirationInDays"]) for rule in rules if "Prefix" in rule]
    assert expiring == [("work/", 60)]


@pytest.mark.parametrize("bucket", ["Raw", "Lake", "Model"])
def test_an_upload_that_was_never_finished_is_removed_and_no_current_object_is(
    aws: Template, bucket: str
) -> None:
    rules = get_properties(aws, bucket)["LifecycleConfiguration"]["Rules"]
    assert {"DaysAfterInitiation": 7} in [r.get("AbortIncompleteMultipartUpload") for r in rules]
    assert [r for r in rules if "ExpirationInDays" in r and r.get("Prefix") != "work/"] == []


def test_raw_and_lake_send_events_to_eventbridge_and_the_models_do_not(aws: Template) -> None:
    enabled = {
        bucket: get_properties(aws, bucket)
        .get("NotificationConfiguration", {})
        .get("EventBridgeConfiguration", {})
        .get("EventBridgeEnabled", False)
        for bucket in ("Raw", "Lake", "Model")
    }
    assert enabled == {"Raw": True, "Lake": True, "Model": False}


def test_there_are_three_hops_and_each_has_a_queue_of_its_own(aws: Template) -> None:
    queues = {find_hop(aws, function)["queue"] for function in HOPS}
    assert len(aws.find("Events::Rule")) == len(queues) == 3


@pytest.mark.parametrize("function", HOPS)
def test_the_keys_of_a_hop_start_the_function_and_nothing_else_does(
    aws: Template, function: str
) -> None:
    bucket, matcher = HOPS[function]
    pattern = find_hop(aws, function)["pattern"]
    assert pattern == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": aws.find_bucket(bucket)}]},
            "object": {"key": [matcher]},
        },
    }


@pytest.mark.parametrize("function", HOPS)
def test_delivery_and_work_are_retried_and_then_kept_as_dead_letters(
    aws: Template, function: str
) -> None:
    hop = find_hop(aws, function)
    assert hop["target"]["RetryPolicy"]["MaximumRetryAttempts"] >= 2
    assert hop["target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 6 * 3600
    assert hop["invoke"]["MaximumRetryAttempts"] == 2
    assert hop["invoke"]["MaximumEventAgeInSeconds"] == 6 * 3600
    failures = aws.render(hop["invoke"]["DestinationConfig"]["OnFailure"]["Destination"])
    assert failures == hop["queue"]
    queue = aws.body["Resources"][hop["queue"].strip("<>").removesuffix(".Arn")]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def find_hop(template: Template, function: str) -> dict[str, Any]:
    """Return a hop's rule pattern, target, asynchronous settings and dead-letter queue."""
    wanted = template.find_functions()[function]
    (function_id,) = (k for k, r in template.find("Lambda::Function").items() if r is wanted)
    (found,) = (
        (rule["Properties"]["EventPattern"], target)
        for rule in template.find("Events::Rule").values()
        for target in rule["Properties"]["Targets"]
        if target["Arn"] == {"Fn::GetAtt": [function_id, "Arn"]}
    )
    (invoke,) = (
        config["Properties"]
        for config in template.find("Lambda::EventInvokeConfig").values()
        if config["Properties"]["FunctionName"] == {"Ref": function_id}
    )
    pattern, target = found
    queue = template.render(target["DeadLetterConfig"]["Arn"])
    return {"pattern": pattern, "target": target, "invoke": invoke, "queue": queue}
