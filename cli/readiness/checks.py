"""The checks, one function each, in the order in which they are told."""

import re
from collections.abc import Callable

from cdk.endpoints import LOCAL_ACCOUNT_REMEDY
from cli.builder.budget import LAMBDA_LIMIT_BYTES, MB
from cli.readiness.findings import Facts, Finding, Level, Reached

PYTHONS = ((3, 11), (3, 14))
NODE_MAJOR = 20
# Older ones work, and the CDK says with each command that they are no longer supported.
SUPPORTED_NODE_MAJOR = 22
# A round of trials runs ten at once, and drops and predictions beside it.
CONCURRENCY_WANTED = 20
# What the stack asks of an account, by service and the quota's name at Service Quotas.
QUOTAS_WANTED: dict[tuple[str, str], float] = {
    ("apigateway", "Throttle rate"): 60,
    ("apigateway", "Regional APIs"): 1,
    ("states", "Registered state machines"): 1,
    ("s3", "General purpose buckets"): 3,
}
_NOT_DEPLOYABLE = re.compile(r"ROLLBACK_COMPLETE|.*_IN_PROGRESS|DELETE_FAILED|.*ROLLBACK_FAILED")

Check = Callable[[Facts], Finding]


def check_account(facts: Facts) -> Finding:
    return judge_account(stage=facts.stage, named=facts.named_account, reached=facts.reached)


def judge_account(*, stage: str, named: str | None, reached: Reached) -> Finding:
    """Refuse an account that is not the named one, a stage that is not for the cloud that is
    reached, and a real account that was not named."""
    if reached.mixture is None and reached.account is None and stage == "local":
        return _warn("account", f"no local cloud answers: {reached.error}", "`make demo` starts it")
    said = describe_reached(reached)
    for is_so, problem, remedy in _list_objections(stage, named, reached, said):
        if is_so:
            return _refuse("account", problem, remedy)
    return _accept("account", f"local {said}" if reached.is_local else said)


def _list_objections(
    stage: str, named: str | None, reached: Reached, said: str
) -> tuple[tuple[bool, str, str], ...]:
    """Return the reasons not to act: whether each holds, what it is, its remedy. The first that
    holds counts."""
    by = f"(by {reached.variables})"
    return (
        (
            reached.mixture is not None,
            f"{reached.mixture}",
            "set AWS_ENDPOINT_URL alone, or none of these variables",
        ),
        (
            reached.account is None,
            said,
            "log in (`aws sso login`, `aws configure`), or set AWS_PROFILE; for the local cloud "
            "`make demo`",
        ),
        (
            named is not None and named != reached.account,
            f"you named account {named}, and this would act on {said} {by}",
            "correct these, or name the account that you mean with --account",
        ),
        (
            reached.is_near and not reached.is_local,
            f"a cloud on this machine answers for an account that may be a real one: {said} {by}",
            LOCAL_ACCOUNT_REMEDY,
        ),
        (
            stage == "aws" and reached.is_local,
            f"the stage 'aws' is for AWS, and this would act on a local cloud: {said} {by}",
            "unset these variables (a new shell has none of them), or take the stage 'local'",
        ),
        (
            stage == "local" and not reached.is_local,
            f"the stage 'local' is for a local cloud, and this would act on {said} {by}",
            "take the stage 'aws' there; `make demo` uses the local cloud, and so does --local",
        ),
        (
            named is None and not reached.is_local,
            f"this is real {said} and was not named",
            f"if you mean it: --account {reached.account}",
        ),
    )


def describe_reached(reached: Reached) -> str:
    """Return where a command acts: account, caller, place, and by whose word."""
    if reached.account is None:
        return f"nobody answers at {_describe_place(reached)}: {reached.error}"
    return (
        f"account {reached.account} as {reached.caller}, at {_describe_place(reached)}, "
        f"by credentials from {reached.credentials}"
    )


def _describe_place(reached: Reached) -> str:
    return f"{reached.endpoint_url or 'AWS'}, region {reached.region or 'none'}"


def check_region(facts: Facts) -> Finding:
    if facts.reached.region is None:
        return _refuse("region", "no region is named", "set AWS_REGION, or give the profile one")
    if facts.account.missing_services:
        missing = ", ".join(facts.account.missing_services)
        return _refuse(
            "region", f"{facts.reached.region} has no {missing}", "choose another: AWS_REGION"
        )
    return _accept("region", f"{facts.reached.region} has every service that is used")


def check_concurrency(facts: Facts) -> Finding:
    found = facts.account.concurrent_executions
    if found is None:
        return _warn(
            "Lambda at once",
            "could not look how many functions may run at once",
            "allow lambda:GetAccountSettings, or look at Service Quotas in the console",
        )
    if found < CONCURRENCY_WANTED:
        return _warn(
            "Lambda at once",
            f"{found} functions may run at once; a search wants {CONCURRENCY_WANTED}",
            "it works and waits for room; ask for more at Service Quotas, 'Concurrent executions'",
        )
    return _accept("Lambda at once", f"{found} functions may run at once")


def check_code_size(facts: Facts) -> Finding:
    if facts.built.missing_layers:
        return _warn("code size", "not known before the layers are built", "see layers, below")
    allowed = facts.account.code_bytes or LAMBDA_LIMIT_BYTES
    largest = facts.built.largest_bytes
    said = f"the largest function unpacks to {largest / MB:.0f} MB of {allowed / MB:.0f} MB"
    if facts.built.overruns or largest > allowed:
        text = "; ".join(facts.built.overruns) or said
        return _refuse("code size", text, "`make build` lists the biggest parts; leave some out")
    return _accept("code size", said)


def check_quotas(facts: Facts) -> Finding:
    if facts.reached.is_local:
        return _accept("quotas", "a local cloud has none")
    quotas = facts.account.quotas
    short = [
        f"{service} '{name}' is {value:g}, {wanted:g} wanted"
        for (service, name), wanted in QUOTAS_WANTED.items()
        if (value := quotas.get((service, name))) is not None and value < wanted
    ]
    if short:
        return _refuse("quotas", "; ".join(short), "ask for more at Service Quotas")
    unseen = [f"{s} '{name}'" for s, name in QUOTAS_WANTED if quotas.get((s, name)) is None]
    if unseen:
        return _warn(
            "quotas",
            f"could not look up {', '.join(unseen)}",
            "allow servicequotas:ListServiceQuotas, or look at Service Quotas in the console",
        )
    return _accept("quotas", f"all {len(QUOTAS_WANTED)} are high enough")


def check_bootstrap(facts: Facts) -> Finding:
    found, wanted = facts.account.bootstrap_version, facts.built.required_bootstrap
    remedy = f"npx cdk bootstrap aws://{facts.reached.account}/{facts.reached.region}"
    if found is None and facts.account.bootstrap_error:
        # Whoever deploys need not be allowed to read the version: the CDK's roles are.
        return _warn("CDK bootstrap", facts.account.bootstrap_error, f"if it is missing: {remedy}")
    if found is None and facts.reached.is_local:
        return _warn("CDK bootstrap", "not done yet", "`make demo` does it by itself")
    if found is None:
        return _warn("CDK bootstrap", "not done yet in this account and region", f"next: {remedy}")
    if wanted is None:
        return _accept("CDK bootstrap", f"version {found}")
    if found < wanted:
        return _refuse("CDK bootstrap", f"version {found}; the stack needs {wanted}", remedy)
    return _accept("CDK bootstrap", f"version {found}; the stack needs {wanted}")


def check_stack(facts: Facts) -> Finding:
    status = facts.account.stack_status
    if status is None:
        return _accept("stack", "not there yet, or could not be looked up")
    if _NOT_DEPLOYABLE.fullmatch(status):
        return _refuse(
            "stack",
            f"it is {status}",
            "wait where it is under way; else look at its events in CloudFormation and delete it "
            "(`python -m cli destroy`)",
        )
    return _accept("stack", f"it is {status} and will be updated")


def check_python(facts: Facts) -> Finding:
    low, high = PYTHONS
    said = ".".join(map(str, facts.tools.python))
    if low <= facts.tools.python < high:
        return _accept("Python", said)
    return _refuse("Python", f"{said} is not one of 3.11 to 3.13", "make setup PYTHON=/path/to/it")


def check_node(facts: Facts) -> Finding:
    found = facts.tools.node
    if found is None:
        return _refuse("Node", "not there, and the CDK runs on it", "make setup")
    if int(found.lstrip("v").split(".")[0]) < NODE_MAJOR:
        return _refuse("Node", f"{found} is older than {NODE_MAJOR}", "make setup")
    if int(found.lstrip("v").split(".")[0]) < SUPPORTED_NODE_MAJOR:
        return _warn("Node", f"{found} is no longer supported by the CDK", "install Node 22 or 24")
    return _accept("Node", found)


def check_cdk(facts: Facts) -> Finding:
    found, pinned = facts.tools.cdk, facts.tools.cdk_pinned
    if found is None:
        return _refuse("CDK CLI", "not there", "make setup")
    if found != pinned:
        return _refuse("CDK CLI", f"{found}, but {pinned} is pinned", "make setup")
    return _accept("CDK CLI", f"{found}, as pinned")


def check_layers(facts: Facts) -> Finding:
    built, remedy = facts.built, f"make build STAGE={facts.stage}"
    # The CDK CLI builds them before it synthesises (cdk.json), so this stops nobody.
    if built.missing_layers:
        return _warn(
            "layers",
            f"not built yet: {', '.join(built.missing_layers)}",
            f"`cdk deploy` builds them first, which takes a few minutes; {remedy} does it now",
        )
    if built.stale_files:
        some = ", ".join(built.stale_files[:3])
        return _warn(
            "layers",
            f"{len(built.stale_files)} file(s) changed since they were built: {some}",
            f"`cdk deploy` builds them anew; {remedy} does it now",
        )
    if not built.bytecode:
        return _warn(
            "layers",
            "they carry no bytecode, so cold starts take about three times as long",
            f"install the stage's Python, then {remedy}",
        )
    return _accept("layers", f"built for the stage '{facts.stage}' from these sources")


def check_emulator(facts: Facts) -> Finding:
    found = facts.emulator
    if found is None:
        return _accept("local cloud", "not meant")
    if found.version is None:
        return _warn("local cloud", found.error or "none is running", "`make demo` starts it")
    if found.version != found.pinned:
        return _refuse(
            "local cloud",
            f"{found.name} {found.version} runs, but {found.pinned} is pinned",
            f"`make down`, then `make demo CLOUD={found.name}` starts the pinned one",
        )
    return _accept("local cloud", f"{found.name} {found.version} is healthy, as pinned")


# What an account is asked for; where nobody answers there is nothing to say.
ACCOUNT_CHECKS: tuple[Check, ...] = (
    check_region,
    check_stack,
    check_bootstrap,
    check_concurrency,
    check_quotas,
)
MACHINE_CHECKS: tuple[Check, ...] = (
    check_code_size,
    check_layers,
    check_python,
    check_node,
    check_cdk,
    check_emulator,
)


def examine(facts: Facts) -> list[Finding]:
    """Return what every check says: all problems at once."""
    asked = ACCOUNT_CHECKS if facts.reached.account is not None else ()
    return [check(facts) for check in (check_account, *asked, *MACHINE_CHECKS)]


def _accept(check: str, said: str) -> Finding:
    return _say(check, "ok", said)


def _warn(check: str, said: str, remedy: str) -> Finding:
    return _say(check, "warning", said, remedy)


def _refuse(check: str, said: str, remedy: str) -> Finding:
    return _say(check, "refused", said, remedy)


def _say(check: str, level: Level, said: str, remedy: str = "") -> Finding:
    return Finding(check=check, level=level, said=said, remedy=remedy)
