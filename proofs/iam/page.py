"""The findings as a table of ``docs/security.md``, the same for every deployment of the stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dropcast.contracts.errors import DropcastError
from proofs.iam.deployment import Lab
from proofs.iam.mutations import Finding

BEGIN, END = "<!-- iam-mutations:begin -->", "<!-- iam-mutations:end -->"

NOT_ENFORCED = (
    "What the embedded cloud does not enforce, and so no run here proves:",
    "",
    "- the permissions by which EventBridge and API Gateway may call a function (Lambda's resource "
    "policies); that they are in the template, for their own rule or route alone, is tested there",
    "- the queue's permission for EventBridge's own dead letters: a rule's hop never fails here",
    "- who may take a role: a function has its role's rights whatever the role's trust says",
    "- bucket policies towards the account's root, who is let through; towards roles they hold",
    "- API Gateway's logging role, which is the account's and has AWS's own managed policy",
)


class PageError(DropcastError):
    """The page has no place for the table."""


def name_resources(lab: Lab) -> dict[str, str]:
    """Return what the stack calls what has a name of its own at each deployment."""
    outputs = lab.stack.outputs
    named = {
        outputs["RawBucketName"]: "raw bucket",
        outputs["LakeBucketName"]: "lake bucket",
        outputs["ModelBucketName"]: "model bucket",
        outputs["StateMachineArn"]: "state machine",
    }
    for door, function in lab.functions.items():
        named[function["FunctionArn"]] = f"{door} function"
        named[function["LoggingConfig"]["LogGroup"]] = f"{door} log"
    return named


def describe_resource(resource: str, names: Mapping[str, str]) -> str:
    """Return a resource by what the stack calls it.

    >>> describe_resource("arn:aws:s3:::dropcast-raw-1a/raw/*", {"dropcast-raw-1a": "raw bucket"})
    'raw bucket: raw/*'
    >>> describe_resource("arn:aws:sqs:us-east-1:0:Dropcast-TriggersScoreDeadLetters1A", {})
    'Score dead letters'
    """
    for name in sorted(names, key=len, reverse=True):
        if name in resource:
            rest = resource.partition(name)[2].strip("/").removesuffix(":*")
            return f"{names[name]}: {rest}" if rest else names[name]
    for queue in ("Ingest", "Features", "Score"):
        if f"{queue}DeadLetters" in resource:
            return f"{queue} dead letters"
    return resource


def draw_table(findings: Sequence[Finding], names: Mapping[str, str]) -> str:
    """Return the findings as Markdown: what was proven, then what AWS alone asks for."""
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
    unseen = [finding for finding in findings if finding.source is not None]
    proven = sum(finding.exercise is not None for finding in findings)
    lines += ["", f"Proven so: {proven} grant(s).", ""]
    if unseen:
        lines += [
            "No call on the embedded cloud needs these; AWS's documents say that its services do:",
            "",
            "| role | may | on | said by |",
            "|---|---|---|---|",
            *(
                f"| {f.role} | `{f.grant.action}` | "
                f"`{describe_resource(f.grant.resource, names)}` | <{f.source}> |"
                for f in unseen
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
