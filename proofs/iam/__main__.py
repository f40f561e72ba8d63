"""``python -m proofs.iam``: prove every grant of the deployed roles, and write the table."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.demo import bring_up
from emulators.cloud import stop_cloud
from proofs.iam.deployment import open_lab, stand_still
from proofs.iam.documented_grants import UNSEEN
from proofs.iam.mutations import Finding, find_roles, try_role
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
    """Take each grant of each role away in turn; exit status 1 if nothing misses one."""
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    wanted = {name for name in roles.split(",") if name}
    with _open_folder(folder) as place:
        lab = open_lab(bring_up(folder=place, console=console))
        recorded = record_run(lab.stack)
        findings: list[Finding] = []
        with stand_still(lab):
            console.print(f"{len(lab.stored)} objects are put back after each exercise")
            for role in find_roles(lab, MACHINE):
                if wanted and role.part not in wanted:
                    continue
                for finding in try_role(
                    lab, role, EXERCISES, recorded, unseen=UNSEEN, say=console.print
                ):
                    console.print(_tell(finding), markup=False)
                    findings.append(finding)
        if not wanted:
            write_table(draw_table(findings, name_resources(lab)), PAGE)
    unneeded = [finding for finding in findings if not finding.is_needed]
    console.print(
        f"{len(findings)} grants, {sum(f.source is not None for f in findings)} unseen here, "
        f"{len(unneeded)} not needed; {time.monotonic() - started:.0f} s"
    )
    stale = UNSEEN.keys() - {(finding.role, finding.grant.action) for finding in findings}
    if stale and not wanted:
        console.print(
            f"in proofs/iam/unseen.py, but no grant any more: {sorted(stale)}", markup=False
        )
    for finding in unneeded:
        console.print(f"not needed: {_tell(finding)}", markup=False)
    raise typer.Exit(1 if unneeded or (stale and not wanted) else 0)


def _tell(finding: Finding) -> str:
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
