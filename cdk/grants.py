"""Writing the table of permissions into the functions' roles."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from cdk.buckets import DataBuckets
from cdk.functions import Functions
from cdk.permissions import ACCESSES, READ, READ_VERSION, WRITE, WRITE_LARGE, list_patterns


def grant_key(*, functions: Functions, buckets: DataBuckets) -> None:
    """Let each function use the customer's KMS key for the objects that it reads and writes.

    Without such a key nothing is granted. The key's own policy must leave that to IAM, as AWS's
    default policy does.
    """
    if buckets.key is None:
        return
    for name, function in functions.by_name.items():
        done = {action for one in ACCESSES if one.function == name for action in one.actions}
        # Pieces of a large upload are decrypted when S3 joins them.
        decrypts = {*READ, *READ_VERSION, *WRITE_LARGE} - {*WRITE}
        actions = ["kms:Decrypt"] if done & decrypts else []
        actions += ["kms:GenerateDataKey"] if done & {*WRITE} else []
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=actions,
                resources=[buckets.key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"s3.{Aws.REGION}.{Aws.URL_SUFFIX}"}
                },
            )
        )


def grant_accesses(*, functions: Functions, buckets: DataBuckets) -> None:
    """Write the table into the functions' roles."""
    grant_key(functions=functions, buckets=buckets)
    for access in ACCESSES:
        bucket = buckets.by_name[access.bucket]
        role = functions.by_name[access.function].role
        assert role is not None
        patterns = list_patterns(access.formats)
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(access.actions),
                resources=[bucket.arn_for_objects(pattern) for pattern in patterns],
            )
        )
        if access.lists:
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[bucket.bucket_arn],
                    conditions={"StringLike": {"s3:prefix": list_patterns(access.lists)}},
                )
            )
