"""The checks, one function each, in the order in which they are told."""

import re
from collections.abc import Callable

from operations.preflight.findings import Facts, Finding, accept, refuse, warn
from operations.preflight.judgement import judge_account
from toolchain.builder.budget import LAMBDA_LIMIT_BYTES, MB

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


def check_region(facts: Facts) -> Finding:
    if facts.reached.region is None:
        return refuse("region", "no region is named", "set AWS_REGION, or give the profile one")
    if facts.account.missing_services:
        missing = ", ".join(facts.account.missing_services)
        return refuse(
            "region", f"{facts.reached.region} has no {missing}", "choose another: AWS_REGION"
        )
    return accept("region", f"{facts.reached.region} has every service that is used")


def check_concurrency(facts: Facts) -> Finding:
    found = facts.account.concurrent_executions
    if found is None:
        return warn(
            "Lambda at once",
            "could not look how many functions may run at once",
            "allow lambda:GetAccountSettings, or look at Service Quotas in the console",
        )
    if found < CONCURRENCY_WANTED:
        return warn(
            "Lambda at once",
            f"{found} functions may run at once; a search wants {CONCURRENCY_WANTED}",
            "it works and waits for room; ask for more at Service Quotas, 'Concurrent executions'",
        )
    return accept("Lambda at once", f"{found} functions may run at once")


def check_code_size(facts: Facts) -> Finding:
    if facts.built.missing_layers:
        return warn("code size", "not known before the layers are built", "see layers, below")
    allowed = facts.account.code_bytes or LAMBDA_LIMIT_BYTES
    largest = facts.built.largest_bytes
    said = f"the largest function unpacks to {largest / MB:.0f} MB of {allowed / MB:.0f} MB"
    if facts.built.overruns or largest > allowed:
        text = "; ".join(facts.built.overruns) or said
        return refuse("code size", text, "`make build` lists the biggest parts; leave some out")
    return accept("code size", said)


def check_quotas(facts: Facts) -> Finding:
    if facts.reached.is_local:
        return accept("quotas", "a local cloud has none")
    quotas = facts.account.quotas
    short = [
        f"{service} '{name}' is {value:g}, {wanted:g} wanted"
        for (service, name), wanted in QUOTAS_WANTED.items()
        if (value := quotas.get((service, name))) is not None and value < wanted
    ]
    if short:
        return refuse("quotas", "; ".join(short), "ask for more at Service Quotas")
    unseen = [f"{s} '{name}'" for s, name in QUOTAS_WANTED if quotas.get((s, name)) is None]
    if unseen:
        return warn(
            "quotas",
            f"could not look up {', '.join(unseen)}",
            "allow servicequotas:ListServiceQuotas, or look at Service Quotas in the console",
        )
    return accept("quotas", f"all {len(QUOTAS_WANTED)} are high enough")


def check_bootstrap(facts: Facts) -> Finding:
    found, wanted = facts.account.bootstrap_version, facts.built.required_bootstrap
    remedy = f"npx cdk bootstrap aws://{facts.reached.account}/{facts.reached.region}"
    if found is None and facts.account.bootstrap_error:
        # Whoever deploys need not be allowed to read the version: the CDK's roles are.
        return warn("CDK bootstrap", facts.account.bootstrap_error, f"if it is missing: {remedy}")
    if found is None and facts.reached.is_local:
        return warn("CDK bootstrap", "not done yet", "`make demo` does it by itself")
    if found is None:
        return warn("CDK bootstrap", "not done yet in this account and region", f"next: {remedy}")
    if wanted is None:
        return accept("CDK bootstrap", f"version {found}")
    if found < wanted:
        return refuse("CDK bootstrap", f"version {found}; the stack needs {wanted}", remedy)
    return accept("CDK bootstrap", f"version {found}; the stack needs {wanted}")


def check_stack(facts: Facts) -> Finding:
    status = facts.account.stack_status
    if status is None:
        return accept("stack", "not there yet, or could not be looked up")
    if _NOT_DEPLOYABLE.fullmatch(status):
        return refuse(
            "stack",
            f"it is {status}",
            "wait where it is under way; else look at its events in CloudFormation and delete it "
            "(`python -m cli destroy`)",
        )
    return accept("stack", f"it is {status} and will be updated")


def check_python(facts: Facts) -> Finding:
    low, high = PYTHONS
    said = ".".join(map(str, facts.tools.python))
    if low <= facts.tools.python < high:
        return accept("Python", said)
    return refuse("Python", f"{said} is not one of 3.11 to 3.13", "make setup PYTHON=/path/to/it")


def check_node(facts: Facts) -> Finding:
    found = facts.tools.node
    if found is None:
        return refuse("Node", "not there, and the CDK runs on it", "make setup")
    if int(found.lstrip("v").split(".")[0]) < NODE_MAJOR:
        return refuse("Node", f"{found} is older than {NODE_MAJOR}", "make setup")
    if int(found.lstrip("v").split(".")[0]) < SUPPORTED_NODE_MAJOR:
        return warn("Node", f"{found} is no longer supported by the CDK", "install Node 22 or 24")
    return accept("Node", found)


def check_cdk(facts: Facts) -> Finding:
    found, pinned = facts.tools.cdk, facts.tools.cdk_pinned
    if found is None:
        return refuse("CDK CLI", "not there", "make setup")
    if found != pinned:
        return refuse("CDK CLI", f"{found}, but {pinned} is pinned", "make setup")
    return accept("CDK CLI", f"{found}, as pinned")


def check_layers(facts: Facts) -> Finding:
    built, remedy = facts.built, f"make build STAGE={facts.stage}"
    # The CDK CLI builds them before it synthesises (cdk.json), so this stops nobody.
    if built.missing_layers:
        return warn(
            "layers",
            f"not built yet: {', '.join(built.missing_layers)}",
            f"`cdk deploy` builds them first, which takes a few minutes; {remedy} does it now",
        )
    if built.stale_files:
        some = ", ".join(built.stale_files[:3])
        return warn(
            "layers",
            f"{len(built.stale_files)} file(s) changed since they were built: {some}",
            f"`cdk deploy` builds them anew; {remedy} does it now",
        )
    if not built.bytecode:
        return warn(
            "layers",
            "they carry no bytecode, so cold starts take about three times as long",
            f"install the stage's Python, then {remedy}",
        )
    return accept("layers", f"built for the stage '{facts.stage}' from these sources")


def check_emulator(facts: Facts) -> Finding:
    found = facts.emulator
    if found is None:
        return accept("local cloud", "not meant")
    if found.version is None:
        return warn("local cloud", found.error or "none is running", "`make demo` starts it")
    if found.version != found.pinned:
        return refuse(
            "local cloud",
            f"{found.name} {found.version} runs, but {found.pinned} is pinned",
            f"`make down`, then `make demo CLOUD={found.name}` starts the pinned one",
        )
    return accept("local cloud", f"{found.name} {found.version} is healthy, as pinned")


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
