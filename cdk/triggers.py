"""Which S3 events start which function, through EventBridge, with retries and dead letters."""

import json
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.buckets import DataBuckets
from cdk.functions import Functions
from dropcast.contracts.keys import CURRENT_VERSION, RAW, RAW_BUCKET_PREFIXES, SCORE_DROP

EVENT_AGE_HOURS = 6
RETRIES = 2
# What each rule lets through of a bucket's keys. Ingest also gets the strays, which it refuses with
# a report: all keys but those under the prefixes that others read or write.
_DROPS = {"anything-but": {"prefix": [p for p in RAW_BUCKET_PREFIXES if p != RAW.prefix]}}
_MOVES = {"prefix": CURRENT_VERSION.prefix}
_SCORE_DROPS = {"prefix": SCORE_DROP.prefix}


class Triggers(Construct):
    """The EventBridge rules, each with retries and a dead-letter queue.

    A drop starts ingest or score, a stray ingest; a moved current version starts features.
    ``dead_letters`` has one queue for each rule, so that a message's queue says what to start
    again.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, buckets: DataBuckets, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = {
            "Ingest": self._connect("Ingest", buckets.raw, _DROPS, functions.ingest),
            "Features": self._connect("Features", buckets.lake, _MOVES, functions.features),
            "Score": self._connect("Score", buckets.raw, _SCORE_DROPS, functions.score),
        }

    def _connect(
        self,
        name: str,
        bucket: s3.Bucket,
        keys: Mapping[str, object],
        function: lambda_.Function,
    ) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            f"{name}DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        # From the rule to the function's queue of events ...
        events.Rule(
            self,
            f"{name}Rule",
            description=f"Objects created whose key is {json.dumps(keys)} start {name.lower()}",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [keys]},
                },
            ),
            targets=[
                targets.LambdaFunction(
                    function,
                    dead_letter_queue=queue,
                    retry_attempts=10,
                    max_event_age=Duration.hours(EVENT_AGE_HOURS),
                )
            ],
        )
        # ... and from there through the function itself.
        settings = lambda_.CfnEventInvokeConfig
        settings(
            Construct(function, "EventInvokeConfig"),
            "Resource",
            function_name=function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=RETRIES,
            maximum_event_age_in_seconds=EVENT_AGE_HOURS * 3600,
            destination_config=settings.DestinationConfigProperty(
                on_failure=settings.OnFailureProperty(destination=queue.queue_arn)
            ),
        )
        # The L2's destination would let the function ask for the queue's address and settings too.
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
        )
        return queue
