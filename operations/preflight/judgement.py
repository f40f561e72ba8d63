"""Whether the account that is reached is the one that is meant."""

from operations.preflight.findings import Finding, Reached, accept, refuse, warn
from toolchain.endpoints import LOCAL_ACCOUNT_REMEDY


def judge_account(*, stage: str, named: str | None, reached: Reached) -> Finding:
    """Return whether the account that is reached is the one that is meant.

    Refused are an account that is not the named one, a stage that is not for the cloud that is
    reached, and a real account that was not named.
    """
    if reached.mixture is None and reached.account is None and stage == "local":
        return warn("account", f"no local cloud answers: {reached.error}", "`make demo` starts it")
    described = describe_reached(reached)
    for is_so, problem, remedy in _list_objections(stage, named, reached, described):
        if is_so:
            return refuse("account", problem, remedy)
    return accept("account", f"local {described}" if reached.is_local else described)


def _list_objections(
    stage: str, named: str | None, reached: Reached, described: str
) -> tuple[tuple[bool, str, str], ...]:
    """Return the reasons not to act: whether each holds, its sentence, its remedy.

    The first that holds counts.
    """
    by = f"(by {reached.variables})"
    return (
        (
            reached.mixture is not None,
            f"{reached.mixture}",
            "set AWS_ENDPOINT_URL alone, or none of these variables",
        ),
        (
            reached.account is None,
            described,
            "log in (`aws sso login`, `aws configure`), or set AWS_PROFILE; for the local cloud "
            "`make demo`",
        ),
        (
            named is not None and named != reached.account,
            f"you named account {named}, and this would act on {described} {by}",
            "correct these, or name the account that you mean with --account",
        ),
        (
            reached.is_near and not reached.is_local,
            f"a cloud on this machine has an account that may be a real one: {described} {by}",
            LOCAL_ACCOUNT_REMEDY,
        ),
        (
            stage == "aws" and reached.is_local,
            f"the stage 'aws' is for AWS, and this would act on a local cloud: {described} {by}",
            "unset these variables (a new shell has none of them), or take the stage 'local'",
        ),
        (
            stage == "local" and not reached.is_local,
            f"the stage 'local' is for a local cloud, and this would act on {described} {by}",
            "take the stage 'aws' there; `make demo` uses the local cloud, and so does --local",
        ),
        (
            named is None and not reached.is_local,
            f"this is real {described} and was not named",
            f"if you mean it: --account {reached.account}",
        ),
    )


def describe_reached(reached: Reached) -> str:
    """Return where a command acts: account, caller, place, and where the credentials come from."""
    if reached.account is None:
        return f"nobody answers at {_describe_place(reached)}: {reached.error}"
    return (
        f"account {reached.account} as {reached.caller}, at {_describe_place(reached)}, "
        f"by credentials from {reached.credentials}"
    )


def _describe_place(reached: Reached) -> str:
    return f"{reached.endpoint_url or 'AWS'}, region {reached.region or 'none'}"
