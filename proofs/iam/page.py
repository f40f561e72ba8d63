"""The findings as a table of ``docs/security.md``, the same for every deployment of the stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dropcast.contracts.errors import DropcastError
from proofs.iam.deployment import Deployment
from proofs.iam.mutations import Finding

BEGIN, END = "<!-- iam-mutations:begin -->", "<!-- iam-mutations:end -->"

NOT_ENFORCED = (
    "What the embedded cloud does not enforce, and so no run here proves:",
    "",
    "- the permissions by which EventBridge and API Gateway may call a function (Lambda's resource "
    "policies); that they are in the template, for their own rule or route alone, is tested there",
    "- the queue's permission for EventBridge's own dead-letter messages: a rule never fails here",
    "- who may take a role: a function has its role's rights whatever the role's trust policy is",
    "- bucket policies for the account's root, which is let through; for roles they are enforced",
    "- API Gateway's logging role, which is the account's and has AWS's own managed policy",
)


class PageError(DropcastError):
    """The page has no place for the table."""


def name_resources(deployment: Deployment) -> dict[str, str]:
    """Return plain names for the resources whose names differ in each deployment."""
    outputs = deployment.stack.outputs
    named = {
        outputs["RawBucketName"]: "raw bucket",
        outputs["LakeBucketName"]: "lake bucket",
        outputs["ModelBucketName"]: "model bucket",
        outputs["StateMachineArn"]: "state machine",
    }
    for name, function in deployment.functions.items():
        named[function["FunctionArn"]] = f"{name} function"
        named[function["LoggingConfig"]["LogGroup"]] = f"{name} log"
    return named


def describe_resource(resource: str, names: Mapping[str, str]) -> str:
    """Return a resource's plain name.

    >>> describe_resource("arn:aws:s3:::dropcast-raw-1a/raw/*", {"dropcast-raw-1a": "raw bucket"})
    'raw bucket: raw/*'
    >>> describe_resource("arn:aws:sqs:us-east-1:0:Dropcast-TriggersScoreDeadLetters1A", {})
    'Score dead-letter queue'
    """
    for name in sorted(names, key=len, reverse=True):
        if name in resource:
            rest = resource.partition(name)[2].strip("/").removesuffix(":*")
            return f"{names[name]}: {rest}" if rest else names[name]
    for queue in ("Ingest", "Features", "Score"):
        if f"{queue}DeadLetters" in resource:
            return f"{queue} dead-letter queue"
    return resource


def draw_table(findings: Sequence[Finding], names: Mapping[str, str]) -> str:
    """Return the findings as Markdown: the proven grants, then those that only AWS requires."""
    lines = ["| role | may | on | without it |", "|---|---|---|---|"]
    for finding in findings:
        if finding.source is not None:
            continue
        grant = finding.grant
        place = describe_resource(grant.resource, names)
        if grant.prefix is not None:
            place = f"{place}: {grant.prefix}"
        lost = (
            f"{finding.exercise}: {finding.without} (with it: {finding.usual})"
            if finding.exercise
            else "**nothing fails: not needed**"
        )
        lines.append(f"| {finding.role} | `{grant.action}` | `{place}` | {lost} |")
    documented = [finding for finding in findings if finding.source is not None]
    proven = sum(finding.exercise is not None for finding in findings)
    lines += ["", f"Proven: {proven} grant(s).", ""]
    if documented:
        lines += [
            "No call on the embedded cloud needs these grants; by AWS's documents its services do:",
            "",
            "| role | may | on | documented in |",
            "|---|---|---|---|",
            *(
                f"| {f.role} | `{f.grant.action}` | "
                f"`{describe_resource(f.grant.resource, names)}` | <{f.source}> |"
                for f in documented
            ),
        ]
    lines += ["", *NOT_ENFORCED]
    return "\n".join(lines) + "\n"


def write_table(table: str, page: Path) -> None:
    """Put the table between the page's two marks; raise ``PageError`` where they are not."""
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise PageError(f"{page} must have one line {BEGIN} and, after it, one line {END}")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}\n\n{table}\n{END}{tail}")
