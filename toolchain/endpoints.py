"""Where the AWS settings of an environment lead: to AWS, or to a cloud on this machine.

The CDK app, the commands and the tests share this one rule (docs/adr/0022). It reads variables
only: nothing is connected to, and no name is looked up.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

STAGES = ("aws", "local")
# The stack's name where no other is given.
STACK_NAME = "Dropcast"
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
# Set by the CDK CLI for an app: the account that its credentials belong to.
ACCOUNT_VARIABLE = "CDK_DEFAULT_ACCOUNT"
# Local clouds answer for 000000000000, and MiniStack takes any 12-digit access key as an account
# of its own. AWS assigns none of these numbers.
LOCAL_ACCOUNTS = frozenset(f"{number:012d}" for number in range(100))
LOCAL_ACCOUNT_REMEDY = (
    f"For a local cloud use an access key from {min(LOCAL_ACCOUNTS)} to {max(LOCAL_ACCOUNTS)}, or "
    "'test'"
)
# LocalStack's public name, which resolves to 127.0.0.1; S3 buckets are subdomains of it.
_LOCALSTACK_NAME = "localhost.localstack.cloud"
# Variables that decide where a call goes and as whom, in the order in which they are shown.
_DECIDING = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")
_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class StageMismatchError(Exception):
    """The stage and the cloud that the environment leads to do not belong together."""


def is_on_this_machine(url: str) -> bool:
    """Return whether a URL's host is this machine, judged by the name alone.

    >>> [is_on_this_machine(f"http://{host}:4566") for host in ("localhost", "127.0.0.1", "[::1]")]
    [True, True, True]
    >>> is_on_this_machine("http://s3.localhost.localstack.cloud:4566")
    True
    >>> [is_on_this_machine(f"http://{host}:1") for host in ("0.0.0.0", "[::ffff:127.0.0.1]")]
    [True, True]
    >>> [is_on_this_machine(f"https://{host}") for host in ("sts.amazonaws.com", "localhost.com")]
    [False, False]
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host in ("localhost", _LOCALSTACK_NAME) or host.endswith(
        (".localhost", f".{_LOCALSTACK_NAME}")
    ):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def list_endpoints(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that send calls elsewhere than to AWS.

    They are the general one and those of single services (``AWS_ENDPOINT_URL_S3``).
    """
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return {}
    return {
        name: value
        for name, value in sorted(environ.items())
        if value and (name == ENDPOINT_VARIABLE or name.startswith(f"{ENDPOINT_VARIABLE}_"))
    }


def find_mixture(environ: Mapping[str, str]) -> str | None:
    """Return a sentence where some services would be called on this machine and others not.

    ``None`` where all calls go to one place.

    >>> find_mixture({"AWS_ENDPOINT_URL_S3": "http://localhost:4566"})
    'AWS_ENDPOINT_URL_S3=http://localhost:4566 leads to this machine, all other calls go to AWS'
    """
    endpoints = list_endpoints(environ)
    here = [f"{n}={v}" for n, v in endpoints.items() if is_on_this_machine(v)]
    there = [f"{n}={v}" for n, v in endpoints.items() if not is_on_this_machine(v)]
    if here and there:
        return f"{', '.join(here)} leads to this machine, {', '.join(there)} does not"
    if here and ENDPOINT_VARIABLE not in endpoints:
        return f"{', '.join(here)} leads to this machine, all other calls go to AWS"
    return None


def is_local(environ: Mapping[str, str]) -> bool:
    """Return whether the environment leads to a cloud on this machine.

    It does by its endpoint, or by the account that the CDK CLI has found behind a profile.
    """
    if is_on_this_machine(environ.get(ENDPOINT_VARIABLE, "")):
        return bool(list_endpoints(environ))
    return environ.get(ACCOUNT_VARIABLE) in LOCAL_ACCOUNTS


def choose_stage(named: str | None, environ: Mapping[str, str]) -> str:
    """Return the name of the stage.

    It is the named one, else ``local`` where the environment leads to this machine, else ``aws``. A
    name that is not known is returned as it is.

    >>> choose_stage(None, {"AWS_ENDPOINT_URL": "http://localhost:4566"})
    'local'
    >>> choose_stage(None, {}), choose_stage("local", {})
    ('aws', 'local')
    """
    return named or ("local" if is_local(environ) else "aws")


def require_match(stage: str, environ: Mapping[str, str]) -> None:
    """Raise :class:`StageMismatchError` where a stage would go to the wrong kind of cloud.

    That is arm64 functions on this machine, or a stage that deletes its data on AWS.
    """
    mixture = find_mixture(environ)
    if mixture is not None:
        raise StageMismatchError(
            f"{mixture}; set {ENDPOINT_VARIABLE} alone, or none of these variables"
        )
    account = environ.get(ACCOUNT_VARIABLE)
    if is_local(environ) and account and account not in LOCAL_ACCOUNTS:
        raise StageMismatchError(
            f"a cloud on this machine answers for account {account}, which may be a real one: "
            f"{describe_variables(environ)}. {LOCAL_ACCOUNT_REMEDY}"
        )
    if stage == "aws" and is_local(environ):
        raise StageMismatchError(
            f"stage 'aws' is for AWS, and this shell leads to a cloud on this machine: "
            f"{describe_variables(environ)}. Unset these variables (a new shell has none of "
            "them), or leave the stage out: it is then 'local'"
        )
    if stage == "local" and account and not is_local(environ):
        raise StageMismatchError(
            f"stage 'local' is for a cloud on this machine, and this shell leads to AWS, account "
            f"{account}: {describe_variables(environ)}. Set {ENDPOINT_VARIABLE} to the local "
            "cloud's address, or leave the stage out: it is then 'aws'"
        )


def describe_missing_account(environ: Mapping[str, str]) -> str | None:
    """Return a note where a profile is named and the CDK CLI has found no account by it.

    A template can be made so, and the CLI's own error at a deployment does not say why.
    """
    profile = environ.get("AWS_PROFILE")
    if not profile or environ.get(ACCOUNT_VARIABLE):
        return None
    return (
        f"note: no account was found by AWS_PROFILE={profile}; is the profile there, and logged in "
        f"(`aws sso login --profile {profile}`)?"
    )


def describe_variables(environ: Mapping[str, str]) -> str:
    """Return the variables that lead where they lead, without secrets.

    >>> describe_variables({"AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/"})
    'AWS_PROFILE=work, AWS_SECRET_ACCESS_KEY'
    >>> describe_variables({})
    'no variable, so the default profile'
    """
    shown = [f"{name}={value}" for name, value in list_endpoints(environ).items()]
    shown += [f"{name}={environ[name]}" for name in _DECIDING if environ.get(name)]
    shown += [name for name in _SECRET if environ.get(name)]
    return ", ".join(shown) or "no variable, so the default profile"
