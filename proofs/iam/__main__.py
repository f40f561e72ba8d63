"""``python -m proofs.iam``: prove every grant of the deployed roles, and write the table."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from emulators.cloud import stop_cloud
from operations.demo_stack import bring_up, report_steps
from proofs.iam.deployment import open_deployment, pause_triggers
from proofs.iam.documented_grants import DOCUMENTED
from proofs.iam.mutations import Finding, find_roles, try_role_grants
from proofs.iam.page import draw_table, name_resources, write_table
from proofs.iam.recorded_run import record_run
from proofs.iam.role_exercises import EXERCISES, MACHINE
from toolchain.project import ROOT

PAGE = ROOT / "docs/security.md"


def prove(
    roles: Annotated[str, typer.Option(help="only these, by comma; the table stays")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="a running cloud's folder, which keeps running")
    ] = None,
) -> None:
    """Remove each grant of each role in turn; exit with status 1 if one is not needed."""
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    wanted = {name for name in roles.split(",") if name}
    with _open_folder(folder) as place:
        deployment = open_deployment(bring_up(folder=place, show_step=report_steps(console.print)))
        recorded = record_run(deployment.stack)
        findings: list[Finding] = []
        with pause_triggers(deployment):
            console.print(f"{len(deployment.stored)} objects are restored after each exercise")
            for role in find_roles(deployment, MACHINE):
                if wanted and role.part not in wanted:
                    continue
                for finding in try_role_grants(
                    deployment, role, EXERCISES, recorded, documented=DOCUMENTED, say=console.print
                ):
                    console.print(_describe(finding), markup=False)
                    findings.append(finding)
        if not wanted:
            write_table(draw_table(findings, name_resources(deployment)), PAGE)
    unneeded = [finding for finding in findings if not finding.is_needed]
    console.print(
        f"{len(findings)} grants, {sum(f.source is not None for f in findings)} only documented, "
        f"{len(unneeded)} not needed; {time.monotonic() - started:.0f} s"
    )
    stale = DOCUMENTED.keys() - {(finding.role, finding.grant.action) for finding in findings}
    if stale and not wanted:
        console.print(
            f"in proofs/iam/documented_grants.py, but no grant any more: {sorted(stale)}",
            markup=False,
        )
    for finding in unneeded:
        console.print(f"not needed: {_describe(finding)}", markup=False)
    raise typer.Exit(1 if unneeded or (stale and not wanted) else 0)


def _describe(finding: Finding) -> str:
    grant = finding.grant
    place = f"{grant.resource} {grant.prefix or ''}".strip()
    lost = finding.source or (
        f"{finding.exercise}: {finding.without}" if finding.exercise else "nothing fails"
    )
    return f"  {finding.role} without {grant.action} on {place}: {lost}"


@contextmanager
def _open_folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="dropcast-iam-") as made:
        try:
            yield Path(made)
        finally:
            stop_cloud(Path(made))


if __name__ == "__main__":
    typer.run(prove)
