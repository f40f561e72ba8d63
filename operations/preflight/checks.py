"""The checks, one function each, in the order in which they are shown."""

import re
from collections.abc import Callable

from operations.preflight.findings import (
    Built,
    Facts,
    Finding,
    Tools,
    accept,
    refuse,
    warn,
)
from operations.preflight.judgement import judge_account
from toolchain.builder.budget import LAMBDA_LIMIT_BYTES, MB
from toolchain.project import PROJECT_VARIABLE

PYTHONS = ((3, 11), (3, 14))
NODE_MAJOR = 20
# Older ones work, and the CDK says with each command that they are no longer supported.
SUPPORTED_NODE_MAJOR = 22
# A round of trials runs ten at once, and drops and predictions beside it.
CONCURRENCY_WANTED = 20
# What the stack needs of an account, by service and the quota's name at Service Quotas.
QUOTAS_WANTED: dict[tuple[str, str], float] = {
    ("apigateway", "Throttle rate"): 60,
    ("apigateway", "Regional APIs"): 1,
    ("states", "Registered state machines"): 1,
    ("s3", "General purpose buckets"): 3,
}
_NOT_DEPLOYABLE = re.compile(r"ROLLBACK_COMPLETE|.*_IN_PROGRESS|DELETE_FAILED|.*ROLLBACK_FAILED")

Check = Callable[[Facts], Finding]
MachineCheck = Callable[[Facts, Tools, Built], Finding]


def check_account(facts: Facts) -> Finding:
    """Return whether the account that is reached is the one that is meant."""
    return judge_account(stage=facts.stage, named=facts.named_account, reached=facts.reached)


def check_region(facts: Facts) -> Finding:
    """Return whether the region has every service that is used."""
    if facts.reached.region is None:
        return refuse("region", "no region is named", "set AWS_REGION, or give the profile one")
    if facts.account.missing_services:
        missing = ", ".join(facts.account.missing_services)
        return refuse(
            "region", f"{facts.reached.region} has no {missing}", "choose another: AWS_REGION"
        )
    return accept("region", f"{facts.reached.region} has every service that is used")


def check_concurrency(facts: Facts) -> Finding:
    """Return whether enough functions may run at the same time."""
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
            "it works, and waits; ask for more at Service Quotas, 'Concurrent executions'",
        )
    return accept("Lambda at once", f"{found} functions may run at once")


def check_code_size(facts: Facts, tools: Tools, built: Built) -> Finding:
    """Return whether every function and its layers fit into what Lambda unpacks."""
    del tools
    if built.missing_layers:
        return warn("code size", "not known before the layers are built", "see layers, below")
    allowed = facts.account.code_bytes or LAMBDA_LIMIT_BYTES
    largest = built.largest_bytes
    text = f"the largest function unpacks to {largest / MB:.0f} MB of {allowed / MB:.0f} MB"
    if built.overruns or largest > allowed:
        problem = "; ".join(built.overruns) or text
        return refuse("code size", problem, "`make build` lists the biggest parts; leave some out")
    return accept("code size", text)


def check_quotas(facts: Facts) -> Finding:
    """Return whether the account's quotas are high enough."""
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
    """Return whether the CDK's bootstrap is there, and new enough."""
    found = facts.account.bootstrap_version
    wanted = facts.built.required_bootstrap if facts.built is not None else None
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
    """Return whether a stack that is there can be updated."""
    status = facts.account.stack_status
    if status is None:
        return accept("stack", "not there yet, or could not be looked up")
    if _NOT_DEPLOYABLE.fullmatch(status):
        return refuse(
            "stack",
            f"it is {status}",
            "wait where it is under way; else look at its events in CloudFormation and delete it "
            "(`dropcast destroy`)",
        )
    return accept("stack", f"it is {status} and will be updated")


def check_python(facts: Facts, tools: Tools, built: Built) -> Finding:
    """Return whether this Python is one that the project runs with."""
    del facts, built
    low, high = PYTHONS
    text = ".".join(map(str, tools.python))
    if low <= tools.python < high:
        return accept("Python", text)
    return refuse("Python", f"{text} is not one of 3.11 to 3.13", "make setup PYTHON=/path/to/it")


def check_node(facts: Facts, tools: Tools, built: Built) -> Finding:
    """Return whether there is a Node that the CDK runs on."""
    del facts, built
    found = tools.node
    if found is None:
        return refuse("Node", "not there, and the CDK runs on it", "make setup")
    if int(found.lstrip("v").split(".")[0]) < NODE_MAJOR:
        return refuse("Node", f"{found} is older than {NODE_MAJOR}", "make setup")
    if int(found.lstrip("v").split(".")[0]) < SUPPORTED_NODE_MAJOR:
        return warn("Node", f"{found} is no longer supported by the CDK", "install Node 22 or 24")
    return accept("Node", found)


def check_cdk(facts: Facts, tools: Tools, built: Built) -> Finding:
    """Return whether the CDK CLI is the pinned one."""
    del facts, built
    found, pinned = tools.cdk, tools.cdk_pinned
    if found is None:
        return refuse("CDK CLI", "not there", "make setup")
    if found != pinned:
        return refuse("CDK CLI", f"{found}, but {pinned} is pinned", "make setup")
    return accept("CDK CLI", f"{found}, as pinned")


def check_layers(facts: Facts, tools: Tools, built: Built) -> Finding:
    """Return whether the layers are built from the sources that lie here now."""
    del tools
    remedy = f"make build STAGE={facts.stage}"
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
    """Return whether the local cloud runs, where one is meant, and is the pinned one."""
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


# Of the account; where nobody answers there is nothing to check.
ACCOUNT_CHECKS: tuple[Check, ...] = (
    check_region,
    check_stack,
    check_bootstrap,
    check_concurrency,
    check_quotas,
)
# Of the checkout and its tools.
MACHINE_CHECKS: tuple[MachineCheck, ...] = (
    check_code_size,
    check_layers,
    check_python,
    check_node,
    check_cdk,
)


def examine(facts: Facts) -> list[Finding]:
    """Return what every check finds: all problems at once."""
    of_account = ACCOUNT_CHECKS if facts.reached.account is not None else ()
    found = [check(facts) for check in (check_account, *of_account)]
    if facts.tools is None or facts.built is None:
        return [*found, _describe_missing_checkout()]
    tools, built = facts.tools, facts.built
    return [
        *found,
        *(check(facts, tools, built) for check in MACHINE_CHECKS),
        check_emulator(facts),
    ]


def _describe_missing_checkout() -> Finding:
    return warn(
        "checkout",
        "no checkout of Dropcast is here, so its layers and tools were not checked",
        f"run it inside a checkout, or set {PROJECT_VARIABLE} to its path",
    )
