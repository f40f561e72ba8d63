"""Gathering the facts: calls to the cloud that only read, versions of tools, what is built."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulators.cloud import CLOUD_FOLDER, HEALTH_ERRORS, find_cloud, read_health
from emulators.clouds import DEFAULT_CLOUD
from emulators.localstack.install import SERVER_REQUIREMENTS
from emulators.localstack.launch import HEALTH
from emulators.ministack import REQUIREMENTS
from operations.clouds import Cloud
from operations.local_stack import name_assembly
from operations.preflight.checks import QUOTAS_WANTED
from operations.preflight.credentials import name_source
from operations.preflight.findings import Account, Built, Emulator, Reached, Tools
from toolchain.builder.budget import FUNCTIONS, find_overruns, measure_folder
from toolchain.builder.layers import LAYERS, list_core_sources
from toolchain.builder.stamps import read_stamp
from toolchain.endpoints import LOCAL_ACCOUNTS, describe_variables, find_mixture, is_on_this_machine

SERVICES = (
    "apigateway",
    "cloudformation",
    "cloudwatch",
    "events",
    "lambda",
    "logs",
    "s3",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
HEALTH_PATHS = {"ministack": "/_ministack/health", "localstack": HEALTH}
_PINS = {
    "ministack": REQUIREMENTS,
    "localstack": SERVER_REQUIREMENTS,
    # The image is of the same release.
    "localstack-docker": SERVER_REQUIREMENTS,
}
# Services that a deployment and every command call.
_SPLIT = ("sts", "cloudformation", "s3", "lambda")
_CALL_ERRORS = (BotoCoreError, ClientError)


def read_reached(cloud: Cloud) -> Reached:
    """Return where the cloud's session leads, and where its credentials come from."""
    endpoint = cloud.endpoint_url
    profile = cloud.environ.get("AWS_PROFILE")
    credentials = _try_call(cloud.session.get_credentials)
    is_near = endpoint is not None and is_on_this_machine(endpoint)
    source = name_source(credentials.method, is_local=is_near) if credentials is not None else None
    account, caller, error = None, None, ""
    try:
        identity = cloud.client("sts").get_caller_identity()
        account, caller = identity["Account"], identity["Arn"]
    except _CALL_ERRORS as problem:
        error = str(problem)
    return Reached(
        endpoint_url=endpoint,
        region=cloud.session.region_name,
        credentials=f"{source} (profile {profile})" if profile else source,
        account=account,
        caller=caller,
        error=error,
        is_local=endpoint is not None and account in LOCAL_ACCOUNTS,
        is_near=is_near,
        variables=describe_variables(cloud.environ),
        mixture=find_mixture(cloud.environ) or find_split(cloud),
    )


def find_split(cloud: Cloud) -> str | None:
    """Return a sentence where a profile sends some services to this machine and others elsewhere.

    ``None`` where all calls go to one place.
    """
    urls = {name: str(cloud.client(name).meta.endpoint_url) for name in _SPLIT}
    here = [f"{name} to {url}" for name, url in urls.items() if is_on_this_machine(url)]
    there = [f"{name} to {url}" for name, url in urls.items() if not is_on_this_machine(url)]
    return f"calls go to two places: {', '.join(here + there)}" if here and there else None


def read_account(cloud: Cloud, *, stack: str) -> Account:
    """Return what the account allows; what could not be looked up is ``None``."""
    limits = _try_call(lambda: cloud.client("lambda").get_account_settings()["AccountLimit"]) or {}
    version, error = read_bootstrap(cloud)
    described = _try_call(lambda: cloud.client("cloudformation").describe_stacks(StackName=stack))
    near = cloud.endpoint_url is not None
    return Account(
        missing_services=() if near else find_missing_services(cloud),
        concurrent_executions=limits.get("ConcurrentExecutions"),
        code_bytes=limits.get("CodeSizeUnzipped"),
        quotas={} if near else read_quotas(cloud),
        bootstrap_version=version,
        bootstrap_error=error,
        stack_status=described["Stacks"][0]["StackStatus"] if described else None,
    )


def find_missing_services(cloud: Cloud) -> tuple[str, ...]:
    """Return the services that the region does not have, by botocore's own list."""
    return tuple(
        service
        for service in SERVICES
        if cloud.region not in cloud.session.get_available_regions(service)
    )


def read_quotas(cloud: Cloud) -> dict[tuple[str, str], float | None]:
    """Return the wanted quotas' values by Service Quotas, the account's own or AWS's default."""
    client = cloud.client("service-quotas")
    found: dict[tuple[str, str], float | None] = dict.fromkeys(QUOTAS_WANTED)
    for service in sorted({service for service, _ in QUOTAS_WANTED}):
        for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
            pages = client.get_paginator(operation)
            listed = _try_call(
                lambda pages=pages, service=service: list(pages.paginate(ServiceCode=service))
            )
            for quota in (quota for page in listed or () for quota in page["Quotas"]):
                if (service, quota["QuotaName"]) in found:
                    found[service, quota["QuotaName"]] = quota["Value"]
    return found


def read_bootstrap(cloud: Cloud) -> tuple[int | None, str]:
    """Return the bootstrap stack's version, or why it is not known."""
    client = cloud.client("ssm")
    try:
        value = client.get_parameter(Name=BOOTSTRAP_PARAMETER)["Parameter"]["Value"]
    except client.exceptions.ParameterNotFound:
        return None, ""
    except _CALL_ERRORS as error:
        return None, f"could not be looked up: {error}"
    return int(value), ""


def read_tools(root: Path, *, path: str) -> Tools:
    """Return the tools' versions; ``path`` is the PATH to look on after the checkout's own."""
    cdk = root / "node_modules/aws-cdk/package.json"
    pins = json.loads((root / "package.json").read_text())["devDependencies"]
    return Tools(
        python=(sys.version_info.major, sys.version_info.minor),
        node=_read_node(os.pathsep.join([str(root / ".dropcast/tools/node/bin"), path])),
        cdk=json.loads(cdk.read_text())["version"] if cdk.exists() else None,
        cdk_pinned=pins["aws-cdk"],
    )


def read_built(root: Path, *, stage: str) -> Built:
    """Return what is built for a stage, and whether it is of the sources that lie here now."""
    layers, functions = root / "build" / stage / "layers", root / "functions"
    stamps = {
        name: read_stamp(root / "build" / stage / "stamps" / f"{name}.json") for name in LAYERS
    }
    missing = tuple(
        name for name, stamp in stamps.items() if stamp is None or not (layers / name).is_dir()
    )
    sizes = {name: measure_folder(layers / name) for name in LAYERS}
    return Built(
        missing_layers=missing,
        stale_files=() if "core" in missing else find_stale_files(root, layers / "core/python"),
        overruns=tuple(
            f"{one.name}: {one.size_bytes:,} bytes of {one.budget_bytes:,}"
            for one in find_overruns(layers, functions)
        ),
        largest_bytes=max(
            measure_folder(functions / load.folder) + sum(sizes[name] for name in load.layers)
            for load in FUNCTIONS.values()
        ),
        bytecode=all(stamp.bytecode_bytes for stamp in (stamps["core"],) if stamp is not None),
        required_bootstrap=read_required_bootstrap(root / name_assembly(stage)),
    )


def find_stale_files(root: Path, layer: Path) -> tuple[str, ...]:
    """Return the core layer's files that are not those of the sources."""
    base = root / "layers/core/python"
    sources = {path.relative_to(base): path for path in list_core_sources(root)}
    built = {path.relative_to(layer) for path in layer.rglob("*.py")}
    changed = {
        name
        for name, path in sources.items()
        if name in built and (layer / name).read_bytes() != path.read_bytes()
    }
    return tuple(sorted(str(name) for name in changed | (sources.keys() ^ built)))


def read_required_bootstrap(assembly: Path) -> int | None:
    """Return the bootstrap version that an assembly needs, ``None`` where there is no assembly."""
    manifest = assembly / "manifest.json"
    if not manifest.exists():
        return None
    artifacts = json.loads(manifest.read_text())["artifacts"].values()
    wanted = [one.get("properties", {}).get("requiresBootstrapStackVersion") for one in artifacts]
    return max((version for version in wanted if version is not None), default=0)


def read_emulator(cloud: Cloud | None, *, folder: Path = CLOUD_FOLDER) -> Emulator:
    """Return which local cloud answers, and which version of it is pinned.

    It is the folder's own, or the one that the shell's variables lead to.
    """
    problem = ""
    for name, health_path, ca_bundle in _list_health_checks(cloud, folder):
        try:
            health = json.loads(
                read_health(str(cloud and cloud.endpoint_url), health_path, ca_bundle=ca_bundle)
            )
            return Emulator(name=name, version=str(health["version"]), pinned=read_pin(name))
        except (*HEALTH_ERRORS, ValueError, KeyError, TypeError) as error:
            problem = problem or f"no healthy local cloud: {error}"
    return Emulator(version=None, pinned=read_pin(DEFAULT_CLOUD), error=problem)


def _list_health_checks(cloud: Cloud | None, folder: Path) -> list[tuple[str, str, str | None]]:
    """Return the names that a local cloud may have, each with how its health is read.

    That is the path of its health and the file of certificates to trust there.
    """
    if cloud is None or cloud.endpoint_url is None:
        return []
    running = find_cloud(folder)
    if running is not None and running.endpoint_url == cloud.endpoint_url:
        return [(running.name, running.health_path, running.ca_bundle)]
    trusted = cloud.environ.get("AWS_CA_BUNDLE")
    # MiniStack answers under LocalStack's path too, so its own path comes first.
    return [(name, path, trusted) for name, path in HEALTH_PATHS.items()]


def read_pin(name: str) -> str:
    """Return the version that is pinned of a local cloud.

    >>> read_pin("localstack") == read_pin("localstack-docker")
    True
    """
    text = _PINS[name].read_text()
    found = re.search(r"^(?:ministack|localstack-core)==([^\s\\]+)", text, re.MULTILINE)
    return found[1] if found else "nothing"


def _read_node(path: str) -> str | None:
    try:
        finished = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, check=True, env={"PATH": path}
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return finished.stdout.strip()


def _try_call(call: Any) -> Any:
    """Return the answer of a call, ``None`` where it is not allowed or not there."""
    try:
        return call()
    except _CALL_ERRORS:
        return None
