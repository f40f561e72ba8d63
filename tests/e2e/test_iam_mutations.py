"""One role's grants taken away on the deployed stack, and a grant that it does not need."""

from dataclasses import replace

import pytest

from operations.client import Stack
from proofs.iam.deployment import open_lab, stand_still
from proofs.iam.grants import list_grants
from proofs.iam.mutations import find_roles, put_policy, try_role
from proofs.iam.recorded_run import Recorded
from proofs.iam.role_exercises import EXERCISES, MACHINE
from tests.e2e.conftest import DATASET, IS_STRICT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not IS_STRICT, reason="this cloud lets every role do everything"),
]


@pytest.mark.usefixtures("trained")
def test_a_grant_that_goes_is_missed_and_one_that_nobody_needs_is_found(stack: Stack) -> None:
    lab = open_lab(stack)
    (role,) = [role for role in find_roles(lab, MACHINE) if role.part == "Uploads"]
    surplus = {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{stack.outputs['RawBucketName']}/raw/*"],
    }
    planted = replace(
        role, document={**role.document, "Statement": [*role.document["Statement"], surplus]}
    )
    said: list[str] = []
    with stand_still(lab):
        put_policy(lab, role, planted.document)
        try:
            findings = list(
                try_role(
                    lab,
                    planted,
                    EXERCISES,
                    Recorded(dataset=DATASET, payloads={}, row={}, earlier_model=""),
                    unseen={},
                    say=said.append,
                )
            )
        finally:
            put_policy(lab, role, role.document)
    assert [finding.grant for finding in findings] == list_grants(planted.document)
    noticed = {finding.grant.action: finding.without for finding in findings if finding.is_needed}
    assert noticed == {
        "logs:CreateLogStream": "nothing was logged",
        "logs:PutLogEvents": "nothing was logged",
        "s3:PutObject": "S3 answered 403",
    }
    (unneeded,) = [finding.grant.action for finding in findings if not finding.is_needed]
    assert unneeded == "s3:GetObject"
    assert said


@pytest.mark.usefixtures("trained")
def test_every_role_of_the_stack_has_exercises(stack: Stack) -> None:
    lab = open_lab(stack)
    parts = {role.part for role in find_roles(lab, MACHINE)}
    assert parts == {exercise.role for exercise in EXERCISES}
    names = [(exercise.role, exercise.name) for exercise in EXERCISES]
    assert len(names) == len(set(names))
