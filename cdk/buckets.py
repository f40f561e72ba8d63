"""The three buckets: what people drop, what is made of it, and the models."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.stage import Stage
from dropcast.contracts.keys import REPORT, SCORE_REPORT, WORK_PREFIX

TEMPORARY_DAYS = 60


class DataBuckets(Construct):
    """``raw`` keeps every version of a drop; ``lake`` and ``models`` are written by the functions.

    ``key`` encrypts all three where the customer has one; without, S3's own keys do.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, kms_key_arn: str | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key.from_key_arn(self, "Key", kms_key_arn) if kms_key_arn else None
        self.raw = self._make_bucket("Raw", stage=stage, versioned=True, events=True)
        self.lake = self._make_bucket("Lake", stage=stage, versioned=False, events=True)
        self.models = self._make_bucket("Models", stage=stage, versioned=True, events=False)
        self.lake.add_lifecycle_rule(
            id="temporary data", prefix=WORK_PREFIX, expiration=Duration.days(TEMPORARY_DAYS)
        )
        # Drops are kept in every version: each prediction leads back to them. Old reports are not.
        for name, prefix in (("", REPORT.prefix), ("scored ", SCORE_REPORT.prefix)):
            self.raw.add_lifecycle_rule(
                id=f"replaced {name}reports",
                prefix=prefix,
                noncurrent_version_expiration=Duration.days(TEMPORARY_DAYS),
            )

    @property
    def by_name(self) -> dict[str, s3.Bucket]:
        """The buckets by the names that ``cdk.permissions`` uses."""
        return {"raw": self.raw, "lake": self.lake, "models": self.models}

    def _make_bucket(
        self, construct_id: str, *, stage: Stage, versioned: bool, events: bool
    ) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=(s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED),
            encryption_key=self.key,
            # One data key for many objects: without it each object is a paid call of KMS.
            bucket_key_enabled=True if self.key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=versioned,
            removal_policy=stage.data_removal,
        )
        bucket.add_lifecycle_rule(
            id="broken uploads", abort_incomplete_multipart_upload_after=Duration.days(7)
        )
        if events:
            # The L2's event_bridge_enabled would add a custom resource (docs/adr/0004).
            resource = bucket.node.default_child
            assert isinstance(resource, s3.CfnBucket)
            resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                    event_bridge_enabled=True
                )
            )
        return bucket
