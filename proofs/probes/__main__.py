"""``make probes``: run the probes on a cloud, and compare them with its record or record them."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dropcast.contracts.errors import DropcastError
from emulators.cloud import CloudError, Emulator, Launch, run_cloud
from emulators.clouds import CLOUDS, DEFAULT_CLOUD
from emulators.ministack import prepare_ministack
from proofs.probes.page import BARE, save_page
from proofs.probes.probe import Probe, compare_with_aws
from proofs.probes.recorded import (
    Recorded,
    find_recorded,
    find_version,
    list_changes,
    refuse_changes,
    write_recorded,
)
from proofs.probes.runner import open_account, open_local, rerun_probes, run_probes
from proofs.probes.table import PROBES
from proofs.probes.target import Target


def prepare_bare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started without this project's corrections, to see what they do."""
    launch = prepare_ministack(folder=folder, port=port)
    return replace(launch, command=(launch.command[0], "-P", "-m", "ministack"))


Show = Callable[[Probe, str], None]
EMULATORS: Mapping[str, Emulator] = {**CLOUDS, BARE: prepare_bare_ministack}


def main(arguments: list[str]) -> int:
    """Return 0 where every row is as recorded."""
    parser = argparse.ArgumentParser(prog="make probes")
    parser.add_argument("--cloud", default=DEFAULT_CLOUD, choices=[*EMULATORS, "aws"])
    parser.add_argument("--account", help="the account of AWS that may be used; 12 digits")
    parser.add_argument("--record", action="store_true", help="write what was seen, and the page")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)

    def show(probe: Probe, seen: str) -> None:
        comparison = compare_with_aws(probe, seen)
        found = "" if comparison == "as AWS" else f": {seen}  (AWS: {probe.aws})"
        console.print(f"{comparison:8} {escape(probe.name + found)}")

    try:
        if options.record:
            record(options.cloud, options.account, show)
            console.print("recorded, and docs/emulators.md written; look at the diff")
        else:
            compare(options.cloud, options.account, show)
            console.print(f"all {len(PROBES)} rows are as recorded of {options.cloud}")
    except DropcastError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        return 1
    return 0


def compare(cloud: str, account: str | None, show: Show | None = None) -> None:
    """Raise ``ChangedRowsError`` for rows that are not as recorded in a second run either."""
    with open_target(cloud, account) as target:
        recorded = find_recorded(cloud)
        seen = run_probes(target, PROBES, show)
        changed = list_changes(cloud, recorded, seen)
        doubtful = [probe for probe in PROBES if probe.name in changed]
        again = rerun_probes(target, seen, doubtful)
    refuse_changes(cloud, list_changes(cloud, recorded, again))


def record(cloud: str, account: str | None, show: Show | None = None) -> None:
    """Record what a cloud does, and write the page; record MiniStack also without corrections.

    Probes that differ from AWS run twice, so that the record holds in later runs.
    """
    for name in (cloud, BARE) if cloud == "ministack" else (cloud,):
        with open_target(name, account) as target:
            seen = run_probes(target, PROBES, show if name == cloud else None)
            doubtful = [
                probe for probe in PROBES if compare_with_aws(probe, seen[probe.name]) != "as AWS"
            ]
            again = rerun_probes(target, seen, doubtful)
        write_recorded(name, Recorded(version=find_version(name), seen=again))
    save_page()


@contextmanager
def open_target(cloud: str, account: str | None) -> Iterator[Target]:
    """Open a target on a cloud: on a new emulator, or on the named account of AWS."""
    if cloud != "aws":
        with (
            tempfile.TemporaryDirectory(prefix="dropcast-probes-") as folder,
            run_cloud(EMULATORS[cloud], Path(folder)) as running,
            open_local(running) as target,
        ):
            yield target
        return
    if account is None:
        raise CloudError(
            "nothing is made on AWS unless its account is named: "
            "make probes CLOUD=aws ACCOUNT=<12 digits>"
        )
    with open_account(account) as target:
        yield target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
