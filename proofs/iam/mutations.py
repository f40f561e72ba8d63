"""Each grant of each role is removed in turn: an exercise must fail, or the grant is unneeded."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dropcast.contracts.errors import DropcastError
from proofs.iam.deployment import Deployment
from proofs.iam.exercises import Exercise
from proofs.iam.grants import Document, Grant, list_grants, remove_grant
from proofs.iam.recorded_run import RecordedRun

Say = Callable[[str], None]


class ExerciseError(DropcastError):
    """An exercise has another outcome with the whole policy, so it proves nothing."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the loss of one grant led to.

    ``exercise``  the one that failed; ``None`` where none did
    ``usual``, ``without``  its outcome with the grant and without it
    ``source``    AWS's document about a grant that no exercise here can show
    """

    role: str
    grant: Grant
    exercise: str | None = None
    usual: str = ""
    without: str = ""
    source: str | None = None

    @property
    def is_needed(self) -> bool:
        """Whether an exercise failed without the grant, or AWS documents the need."""
        return self.exercise is not None or self.source is not None


@dataclass(frozen=True, kw_only=True)
class Role:
    """A deployed role: its part in the stack, its own name and its one inline policy."""

    part: str
    name: str
    policy: str
    document: Document


def find_roles(deployment: Deployment, machine: str) -> list[Role]:
    """Return the roles of the functions and of the state machine."""
    described = deployment.client("stepfunctions").describe_state_machine(
        stateMachineArn=deployment.stack.outputs["StateMachineArn"]
    )
    arns = {name: function["Role"] for name, function in deployment.functions.items()}
    arns[machine] = described["roleArn"]
    return [
        _read_role(deployment, part, arn.rpartition("/")[2]) for part, arn in sorted(arns.items())
    ]


def _read_role(deployment: Deployment, part: str, name: str) -> Role:
    iam = deployment.client("iam")
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    if attached:
        raise ExerciseError(f"{part} has managed policies, which are not tried here")
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    return Role(part=part, name=name, policy=policy, document=document)


def put_policy(deployment: Deployment, role: Role, document: Document) -> None:
    """Give a role this policy instead of its own; raise ``ExerciseError`` if that fails."""
    iam = deployment.client("iam")
    named = {"RoleName": role.name, "PolicyName": role.policy}
    if document["Statement"]:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
        written = iam.get_role_policy(**named)["PolicyDocument"]
    else:  # its only grant was removed
        iam.delete_role_policy(**named)
        written = document
    if written != document:
        raise ExerciseError(f"the role {role.name} has not the policy that it was given")


def try_role_grants(
    deployment: Deployment,
    role: Role,
    exercises: Sequence[Exercise],
    recorded: RecordedRun,
    *,
    documented: Mapping[tuple[str, str], str],
    say: Say,
) -> Iterator[Finding]:
    """Yield a finding for each grant; the role has its whole policy before and after."""
    mine = [exercise for exercise in exercises if exercise.role == role.part]
    usual = {exercise: _run_whole(deployment, exercise, recorded, say) for exercise in mine}
    for grant in list_grants(role.document):
        source = documented.get((role.part, grant.action))
        if source is not None:
            yield Finding(role=role.part, grant=grant, source=source)
            continue
        try:
            put_policy(deployment, role, remove_grant(role.document, grant))
            yield _look_for_loss(deployment, role, grant, usual, recorded)
        finally:
            put_policy(deployment, role, role.document)
    for exercise in mine:
        again = _run_whole(deployment, exercise, recorded, say)
        if again != usual[exercise]:
            raise ExerciseError(
                f"{role.part}, {exercise.name}: '{usual[exercise]}' at first and '{again}' with "
                f"the whole policy restored; it proves nothing"
            )


def _run_whole(deployment: Deployment, exercise: Exercise, recorded: RecordedRun, say: Say) -> str:
    """Run an exercise with the role's whole policy; raise ``ExerciseError`` unless it works."""
    outcome = _run(deployment, exercise, recorded, say)
    if not outcome.startswith(exercise.usual):
        raise ExerciseError(
            f"{exercise.role}, {exercise.name}: '{outcome}' and not '{exercise.usual}' with the "
            f"whole policy; see the cloud's log, and correct the role or the exercise"
        )
    return outcome


def _look_for_loss(
    deployment: Deployment,
    role: Role,
    grant: Grant,
    usual: Mapping[Exercise, str],
    recorded: RecordedRun,
) -> Finding:
    likeliest = sorted(usual, key=lambda e: (grant.action not in e.first_for, bool(e.first_for)))
    for exercise in likeliest:
        outcome = _run(deployment, exercise, recorded, _say_nothing)
        # A busy machine may make one late; without the grant the second is not as usual either.
        if (
            outcome != usual[exercise]
            and _run(deployment, exercise, recorded, _say_nothing) != usual[exercise]
        ):
            return Finding(
                role=role.part,
                grant=grant,
                exercise=exercise.name,
                usual=exercise.usual,
                without=outcome,
            )
    return Finding(role=role.part, grant=grant)


def _run(deployment: Deployment, exercise: Exercise, recorded: RecordedRun, say: Say) -> str:
    started = time.perf_counter()
    for bucket, prefix in exercise.without:
        deployment.remove(bucket, prefix)
    try:
        outcome = exercise.act(deployment, recorded)
    finally:
        deployment.restore()
    say(f"{exercise.role}, {exercise.name}: {outcome} ({time.perf_counter() - started:.1f} s)")
    return outcome


def _say_nothing(line: str) -> None:
    del line
