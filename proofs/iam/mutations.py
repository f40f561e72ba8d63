"""Each grant of each role taken away in turn: something must fail, or it is not needed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dropcast.contracts.errors import DropcastError
from proofs.iam.deployment import Lab
from proofs.iam.exercises import Exercise
from proofs.iam.grants import Document, Grant, list_grants, remove_grant
from proofs.iam.recorded_run import Recorded

Say = Callable[[str], None]


class ExerciseError(DropcastError):
    """An exercise does not come to the same with the whole policy; nothing can be proven by it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of one grant's loss. ``exercise`` is the one that noticed, ``None`` where none
    did; ``source`` says where AWS asks for what no exercise here can see."""

    role: str
    grant: Grant
    exercise: str | None = None
    usual: str = ""
    without: str = ""
    source: str | None = None

    @property
    def is_needed(self) -> bool:
        return self.exercise is not None or self.source is not None


@dataclass(frozen=True, kw_only=True)
class Role:
    """A deployed role: its part in the stack, its own name and its one inline policy."""

    part: str
    name: str
    policy: str
    document: Document


def find_roles(lab: Lab, machine: str) -> list[Role]:
    """Return the roles of the doors and of the state machine."""
    described = lab.client("stepfunctions").describe_state_machine(
        stateMachineArn=lab.stack.outputs["StateMachineArn"]
    )
    arns = {door: function["Role"] for door, function in lab.functions.items()}
    arns[machine] = described["roleArn"]
    return [_read_role(lab, part, arn.rpartition("/")[2]) for part, arn in sorted(arns.items())]


def _read_role(lab: Lab, part: str, name: str) -> Role:
    iam = lab.client("iam")
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    if attached:
        raise ExerciseError(f"{part} has policies that are not its own, which no one tries here")
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    return Role(part=part, name=name, policy=policy, document=document)


def put_policy(lab: Lab, role: Role, document: Document) -> None:
    """Give a role this policy instead of its own; raise ``ExerciseError`` if it has another."""
    iam = lab.client("iam")
    named = {"RoleName": role.name, "PolicyName": role.policy}
    if document["Statement"]:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
        found = iam.get_role_policy(**named)["PolicyDocument"]
    else:  # of its one grant there is nothing left
        iam.delete_role_policy(**named)
        found = document
    if found != document:
        raise ExerciseError(f"the role {role.name} has not the policy that it was given")


def try_role(
    lab: Lab,
    role: Role,
    exercises: Sequence[Exercise],
    recorded: Recorded,
    *,
    unseen: Mapping[tuple[str, str], str],
    say: Say,
) -> Iterator[Finding]:
    """Yield a finding for each grant; the role has its whole policy before and after."""
    mine = [exercise for exercise in exercises if exercise.role == role.part]
    usual = {exercise: _run_whole(lab, exercise, recorded, say) for exercise in mine}
    for grant in list_grants(role.document):
        source = unseen.get((role.part, grant.action))
        if source is not None:
            yield Finding(role=role.part, grant=grant, source=source)
            continue
        try:
            put_policy(lab, role, remove_grant(role.document, grant))
            yield _look_for_loss(lab, role, grant, usual, recorded)
        finally:
            put_policy(lab, role, role.document)
    for exercise in mine:
        again = _run_whole(lab, exercise, recorded, say)
        if again != usual[exercise]:
            raise ExerciseError(
                f"{role.part}, {exercise.name}: '{usual[exercise]}' at first and '{again}' with "
                f"the whole policy put back; it proves nothing"
            )


def _run_whole(lab: Lab, exercise: Exercise, recorded: Recorded, say: Say) -> str:
    """Run an exercise with the role's whole policy; raise ``ExerciseError`` unless it works."""
    told = _run(lab, exercise, recorded, say)
    if not told.startswith(exercise.usual):
        raise ExerciseError(
            f"{exercise.role}, {exercise.name}: '{told}' and not '{exercise.usual}' with the whole "
            f"policy; see the cloud's log, and mend the role or the exercise"
        )
    return told


def _look_for_loss(
    lab: Lab, role: Role, grant: Grant, usual: Mapping[Exercise, str], recorded: Recorded
) -> Finding:
    likeliest = sorted(usual, key=lambda e: (grant.action not in e.first_for, bool(e.first_for)))
    for exercise in likeliest:
        told = _run(lab, exercise, recorded, _say_nothing)
        # A busy machine may make one late; without the grant the second is not as usual either.
        if (
            told != usual[exercise]
            and _run(lab, exercise, recorded, _say_nothing) != usual[exercise]
        ):
            return Finding(
                role=role.part,
                grant=grant,
                exercise=exercise.name,
                usual=exercise.usual,
                without=told,
            )
    return Finding(role=role.part, grant=grant)


def _run(lab: Lab, exercise: Exercise, recorded: Recorded, say: Say) -> str:
    started = time.perf_counter()
    for bucket, prefix in exercise.without:
        lab.remove(bucket, prefix)
    try:
        told = exercise.act(lab, recorded).told
    finally:
        lab.put_back()
    say(f"{exercise.role}, {exercise.name}: {told} ({time.perf_counter() - started:.1f} s)")
    return told


def _say_nothing(line: str) -> None:
    del line
