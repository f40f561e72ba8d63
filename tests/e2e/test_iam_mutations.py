"""One role's grants taken away on the deployed stack, and a grant that it does not need."""

from dataclasses import replace

import pytest

from operations.stacks import DeployedStack
from proofs.iam.deployment import open_deployment, pause_triggers
from proofs.iam.grants import list_grants
from proofs.iam.mutations import find_roles, put_policy, try_role_grants
from proofs.iam.recorded_run import RecordedRun
from proofs.iam.role_exercises import EXERCISES, MACHINE
from tests.e2e.conftest import DATASET, IS_STRICT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not IS_STRICT, reason="this cloud lets every role do everything"),
]


@pytest.mark.usefixtures("trained")
def test_a_removed_grant_is_noticed_and_one_that_is_not_needed_is_found(
    stack: DeployedStack,
) -> None:
    deployment = open_deployment(stack)
    (role,) = [role for role in find_roles(deployment, MACHINE) if role.part == "Uploads"]
    surplus = {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{stack.outputs['RawBucketName']}/raw/*"],
    }
    planted = replace(
        role, document={**role.document, "Statement": [*role.document["Statement"], surplus]}
    )
    lines: list[str] = []
    with pause_triggers(deployment):
        put_policy(deployment, role, planted.document)
        try:
            findings = list(
                try_role_grants(
                    deployment,
                    planted,
                    EXERCISES,
                    RecordedRun(dataset=DATASET, payloads={}, row={}, earlier_model=""),
                    documented={},
                    say=lines.append,
                )
            )
        finally:
            put_policy(deployment, role, role.document)
    assert [finding.grant for finding in findings] == list_grants(planted.document)
    noticed = {finding.grant.action: finding.without for finding in findings if finding.is_needed}
    assert noticed == {
        "logs:CreateLogStream": "nothing was logged",
        "logs:PutLogEvents": "nothing was logged",
        "s3:PutObject": "S3 status 403",
    }
    (unneeded,) = [finding.grant.action for finding in findings if not finding.is_needed]
    assert unneeded == "s3:GetObject"
    assert lines


@pytest.mark.usefixtures("trained")
def test_every_role_of_the_stack_has_exercises(stack: DeployedStack) -> None:
    deployment = open_deployment(stack)
    parts = {role.part for role in find_roles(deployment, MACHINE)}
    assert parts == {exercise.role for exercise in EXERCISES}
    names = [(exercise.role, exercise.name) for exercise in EXERCISES]
    assert len(names) == len(set(names))
