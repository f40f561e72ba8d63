"""``make probes``: look at a cloud, and compare with what is recorded of it, or record it."""

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
from proofs.probes.probe import Probe, judge
from proofs.probes.recorded import (
    Recorded,
    find_recorded,
    find_version,
    list_changes,
    refuse_changes,
    write_recorded,
)
from proofs.probes.runner import look_again, look_at, open_account, open_local
from proofs.probes.table import PROBES
from proofs.probes.target import Target


def prepare_bare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started with nothing mended: to see what the mending does."""
    launch = prepare_ministack(folder=folder, port=port)
    return replace(launch, command=(launch.command[0], "-P", "-m", "ministack"))


Show = Callable[[Probe, str], None]
EMULATORS: Mapping[str, Emulator] = {**CLOUDS, BARE: prepare_bare_ministack}


def main(arguments: list[str]) -> int:
    """Return 0 where every row is as it is recorded."""
    parser = argparse.ArgumentParser(prog="make probes")
    parser.add_argument("--cloud", default=DEFAULT_CLOUD, choices=[*EMULATORS, "aws"])
    parser.add_argument("--account", help="the account of AWS that may be used; 12 digits")
    parser.add_argument("--record", action="store_true", help="write what was seen, and the page")
    asked = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)

    def show(probe: Probe, seen: str) -> None:
        standing = judge(probe, seen)
        told = "" if standing == "as AWS" else f": {seen}  (AWS: {probe.aws})"
        console.print(f"{standing:8} {escape(probe.name + told)}")

    try:
        if asked.record:
            record(asked.cloud, asked.account, show)
            console.print("recorded, and docs/emulators.md written; look at the diff")
        else:
            compare(asked.cloud, asked.account, show)
            console.print(f"all {len(PROBES)} rows are as they are recorded of {asked.cloud}")
    except DropcastError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        return 1
    return 0


def compare(cloud: str, account: str | None, show: Show | None = None) -> None:
    """Raise ``ChangedRowsError`` for rows that are not as recorded, at a second look too."""
    with open_target(cloud, account) as target:
        recorded = find_recorded(cloud)
        seen = look_at(target, PROBES, show)
        changed = list_changes(cloud, recorded, seen)
        doubtful = [probe for probe in PROBES if probe.name in changed]
        again = look_again(target, seen, doubtful)
    refuse_changes(cloud, list_changes(cloud, recorded, again))


def record(cloud: str, account: str | None, show: Show | None = None) -> None:
    """Write what a cloud does, and the page; of MiniStack also what it does with nothing mended.

    What is not as AWS is looked at twice: the record is to hold for the next who looks.
    """
    for name in (cloud, BARE) if cloud == "ministack" else (cloud,):
        with open_target(name, account) as target:
            seen = look_at(target, PROBES, show if name == cloud else None)
            doubtful = [probe for probe in PROBES if judge(probe, seen[probe.name]) != "as AWS"]
            again = look_again(target, seen, doubtful)
        write_recorded(name, Recorded(version=find_version(name), seen=again))
    save_page()


@contextmanager
def open_target(cloud: str, account: str | None) -> Iterator[Target]:
    """A target on a cloud: on an emulator of its own, or on the account that is named."""
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
