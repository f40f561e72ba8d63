"""What can be set with ``-c name=value``: one table, read as a whole, every problem at once.

``docs/deployment.md`` has the same table in words; a test compares the two.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from cdk.api.api_keys import FIRST_GENERATION
from cdk.stage import Stage, find_stage
from toolchain.endpoints import STACK_NAME, STAGES

_DAYS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}
_DATA = {"keep": RemovalPolicy.RETAIN, "delete": RemovalPolicy.DESTROY}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_GENERATION = re.compile(r"[A-Za-z0-9]{1,20}")
_KMS_KEY = re.compile(
    r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
_CERTIFICATE = re.compile(r"arn:[\w-]+:acm:[\w-]+:\d{12}:certificate/[\w-]+")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# What AWS takes in a tag, except the character that separates pairs here.
_TAG = re.compile(r"[\w .:/+@-]+")


class SettingsError(Exception):
    """Some ``-c name=value`` cannot be used; every problem is listed with what is accepted."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A host name of the customer's for the API, and the ACM certificate that proves it."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one deployment.

    ``stage`` has the removal of data and the retention of logs as they were set;
    ``key_generations`` are the API keys that exist side by side, oldest first.
    """

    name: str
    stage: Stage
    alarms: bool
    dashboard: bool
    detailed_metrics: bool
    tags: Mapping[str, str]
    kms_key_arn: str | None
    domain: Domain | None
    key_generations: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One row of the table of settings.

    ``default`` is as a person would type it, and ``accepted`` says in words what is accepted.
    ``parse`` returns the value, or raises ``ValueError`` or ``KeyError``.
    """

    name: str
    default: str
    accepted: str
    parse: Callable[[str], Any]


def _match(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return parse


def _choose(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda text: choices[text]


def _parse_tags(text: str) -> dict[str, str]:
    pairs = [pair.split("=", 1) for pair in text.split(",")]
    tags = {name.strip(): value.strip() for name, value in pairs}
    if len(tags) != len(pairs) or any(not _TAG.fullmatch(n) for n in tags):
        raise ValueError(text)
    if any(n.lower().startswith("aws:") or (v and not _TAG.fullmatch(v)) for n, v in tags.items()):
        raise ValueError(text)
    return tags


def _parse_generations(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    if len(set(found)) != len(found) or not all(_GENERATION.fullmatch(one) for one in found):
        raise ValueError(text)
    return found


_UNSET = ""
SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="stage",
        default=_UNSET,
        accepted="aws or local; left out, it follows the endpoint of the shell",
        parse=_choose(dict.fromkeys(STAGES, True)),
    ),
    Setting(
        name="name",
        default=STACK_NAME,
        accepted="the stack's name: letters, digits and hyphens, a letter first, at most 100",
        parse=_match(_NAME),
    ),
    Setting(
        name="data",
        default=_UNSET,
        accepted="keep or delete: what happens to the buckets when the stack is deleted",
        parse=_choose(_DATA),
    ),
    Setting(
        name="log-retention-days",
        default=_UNSET,
        accepted=f"one of {', '.join(map(str, _DAYS))}",
        parse=_choose({str(days): value for days, value in _DAYS.items()}),
    ),
    Setting(
        name="alarms", default="all", accepted="all or none", parse=_choose({"all": 1, "none": 0})
    ),
    Setting(
        name="dashboard", default="yes", accepted="yes or no", parse=_choose({"yes": 1, "no": 0})
    ),
    Setting(
        name="api-metrics",
        default="standard",
        accepted="standard or detailed: one metric for the API, or one for each route as well",
        parse=_choose({"standard": 0, "detailed": 1}),
    ),
    Setting(
        name="tags",
        default=_UNSET,
        accepted="pairs such as team=data,cost-center=42, which every resource carries",
        parse=_parse_tags,
    ),
    Setting(
        name="kms-key",
        default=_UNSET,
        accepted="the ARN of a KMS key in the stack's region",
        parse=_match(_KMS_KEY),
    ),
    Setting(
        name="domain",
        default=_UNSET,
        accepted="a host name such as api.example.com; needs certificate",
        parse=_match(_DOMAIN),
    ),
    Setting(
        name="certificate",
        default=_UNSET,
        accepted="the ARN of an ACM certificate in the stack's region; needs domain",
        parse=_match(_CERTIFICATE),
    ),
    Setting(
        name="keys",
        default=FIRST_GENERATION,
        accepted="generations of API keys, such as 1 or 1,2: letters and digits, the newest last",
        parse=_parse_generations,
    ),
)


def read_settings(
    context: Mapping[str, object], *, stage: str, shared: Collection[str] = ()
) -> Settings:
    """Return the settings of a context for a stage.

    ``stage`` is used where the context has none; ``shared`` are names that may be another app's,
    such as those of ``~/.cdk.json``. Raises :class:`SettingsError` with every problem.
    """
    problems = list(_find_misspelled(context.keys() - set(shared)))
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = context.get(setting.name)
        # An empty value is what an unset shell variable leaves: it means the default.
        text = setting.default if given in (None, "") else str(given)
        if isinstance(given, bool):  # JSON's true and false, which no setting takes
            problems.append(f"{setting.name}={text}: expected {setting.accepted}")
            continue
        try:
            values[setting.name] = setting.parse(text) if text else None
        except (KeyError, ValueError):
            problems.append(f"{setting.name}={text}: expected {setting.accepted}")
    if not problems and (values["domain"] is None) != (values["certificate"] is None):
        problems.append("domain and certificate go together; one of them is missing")
    if problems:
        raise SettingsError("; ".join(problems))
    named = str(context.get("stage") or stage)
    return Settings(
        name=values["name"],
        stage=_adapt(find_stage(named), values),
        alarms=bool(values["alarms"]),
        dashboard=bool(values["dashboard"]),
        detailed_metrics=bool(values["api-metrics"]),
        tags=values["tags"] or {},
        kms_key_arn=values["kms-key"],
        domain=values["domain"]
        and Domain(name=values["domain"], certificate_arn=values["certificate"]),
        key_generations=values["keys"],
    )


def _adapt(stage: Stage, values: Mapping[str, Any]) -> Stage:
    return replace(
        stage,
        data_removal=values["data"] or stage.data_removal,
        log_retention=values["log-retention-days"] or stage.log_retention,
    )


def _find_misspelled(names: Collection[str]) -> Iterable[str]:
    """Yield a sentence for each name that is nearly one of ours. Others are the CDK's own."""
    known = [setting.name for setting in SETTINGS]
    for name in sorted(set(names) - set(known)):
        near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.75)
        if near and not re.search(r"[@:/]", name):
            yield f"no setting '{name}'; did you mean '{near[0]}'?"
