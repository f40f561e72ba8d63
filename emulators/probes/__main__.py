"""``make probes``: look at a cloud, and compare with what is recorded of it, or record it."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dropcast.contracts.errors import DropcastError
from emulators.cloud import CloudError, Emulator, Launch, run_cloud
from emulators.clouds import CLOUDS, DEFAULT_CLOUD
from emulators.ministack import prepare_ministack
from emulators.probes.page import BARE, save_page
from emulators.probes.probe import Probe, judge
from emulators.probes.recorded import (
    Recorded,
    find_recorded,
    find_version,
    list_changes,
    refuse_changes,
    write_recorded,
)
from emulators.probes.running import look_at, open_account, open_local, renew
from emulators.probes.table import PROBES
from emulators.probes.target import Target


def prepare_bare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started with nothing mended: to see what the mending does."""
    launch = prepare_ministack(folder=folder, port=port)
    return replace(launch, command=(launch.command[0], "-P", "-m", "ministack"))


EMULATORS: Mapping[str, Emulator] = {**CLOUDS, BARE: prepare_bare_ministack}


def main(arguments: list[str]) -> int:
    """Return 0 where every row is as it is recorded."""
    parser = argparse.ArgumentParser(prog="make probes")
    parser.add_argument("--cloud", default=DEFAULT_CLOUD, choices=[*EMULATORS, "aws"])
    parser.add_argument("--account", help="the account of AWS that may be used; 12 digits")
    parser.add_argument("--record", action="store_true", help="write what was seen, and the page")
    asked = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    try:
        check_cloud(asked.cloud, asked.account, record=asked.record, console=console)
    except DropcastError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        return 1
    return 0


def check_cloud(cloud: str, account: str | None, *, record: bool, console: Console) -> None:
    """Look at a cloud; record what was seen, or raise ``ChangedRowsError`` where it changed.

    What is recorded of MiniStack is also recorded of it with nothing mended.
    """

    def show(probe: Probe, seen: str) -> None:
        standing = judge(probe, seen)
        told = "" if standing == "as AWS" else f": {seen}  (AWS: {probe.aws})"
        console.print(f"{standing:8} {escape(probe.name + told)}")

    with open_target(cloud, account) as target:
        seen = look_at(target, PROBES, show)
        if cloud == "aws" and find_recorded(cloud) is None and not record:
            return
        if not record:
            refuse_changes(cloud, look_again(cloud, seen, target))
            console.print(f"all {len(seen)} rows are as they are recorded of {cloud}")
            return
    write_recorded(cloud, Recorded(version=find_version(cloud), seen=seen))
    if cloud == "ministack":
        with open_target(BARE, None) as bare:
            write_recorded(BARE, Recorded(version=find_version(BARE), seen=look_at(bare, PROBES)))
    save_page()
    console.print("recorded, and docs/emulators.md written; look at the diff")


def look_again(cloud: str, seen: Mapping[str, str], target: Target) -> dict[str, str]:
    """Return what changed since it was recorded, and is still changed at a second look."""
    recorded = find_recorded(cloud)
    changed = list_changes(cloud, recorded, seen)
    doubtful = [probe for probe in PROBES if probe.name in changed]
    if not doubtful:
        return changed
    with renew(target) as other:
        return list_changes(cloud, recorded, {**seen, **look_at(other, doubtful)})


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
