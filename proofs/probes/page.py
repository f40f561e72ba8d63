"""``docs/emulators.md``: the recorded rows as a page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from proofs.probes.probe import Probe, compare_with_aws
from proofs.probes.recorded import Recorded, find_recorded
from proofs.probes.table import PROBES
from toolchain.project import ROOT

PAGE = ROOT / "docs/emulators.md"
COLUMNS = {"ministack": "MiniStack", "localstack": "LocalStack", "aws": "AWS, seen"}
BARE = "ministack-bare"
# The rows that LocalStack's launcher and executor correct (docs/adr/0020). They are named, because
# without the executor there are no functions to probe.
CORRECTED_BY_NAME = {
    "localstack": frozenset(
        {
            "A later layer's file replaces an earlier one's",
            "A key with blanks, symbols and characters beyond ASCII arrives",
            "Sequencers of one key's versions",
            "A function's log goes to the group that it names",
        }
    )
}
_HEAD = """\
# What the emulators do as AWS does

The product relies on behaviours of AWS: conditional writes, the order of events, retries and
dead-letter messages, layers, limits. Each has a **probe** (`proofs/probes/`): it does one small
thing and returns in a word or two what it saw. What AWS does is written beside it in the same
words; the number leads to AWS's document about it. The documents describe behaviour more often than
error codes: doubt the exact codes in that column first, until a run against AWS is recorded.

    make probes                                     run on MiniStack, compare with this page
    make probes CLOUD=localstack                    the same for LocalStack
    make probes CLOUD=ministack RECORD=1            record what was seen, and write this page
    make probes CLOUD=aws ACCOUNT=123456789012      run on AWS, by the shell's credentials

The records are in `proofs/probes/expected/`. `make test` runs the probes again: a row that changed
fails it, with the recorded and the new result. Before it counts, such a row runs once more, in new
resources and with few others. Everything that a probe makes has a name that begins with
`dropcast-probe-` and is removed at the end; what could not be removed is listed by its name.

On AWS nothing is made unless `ACCOUNT` is named and STS says that the credentials are of that
account. Retries there are minutes apart, so a run takes about ten; it needs an administrator's
credentials and costs cents. Where the last column says "not run", **this command has not been run
against AWS**, and the column "On AWS" is expected, not seen.

- *as AWS*: what was seen equals the column "On AWS".
- *corrected*: equal because of what this project adds to the emulator
  (`emulators/ministack_server.py`, `emulators/ministack_access.py`, `emulators/localstack/`); what
  the emulator does without it is in brackets.
- *differs*, *absent*: what was seen instead. A run on that emulator proves nothing about that row.

"""


def write_page(recorded: Mapping[str, Recorded | None], probes: Sequence[Probe] = PROBES) -> str:
    """Return the page: versions, counts, a table for each service, the documents."""
    sources = list(dict.fromkeys(probe.source for probe in probes))
    lines = [_HEAD.rstrip(), "", *_count_rows(recorded, probes)]
    for service in dict.fromkeys(probe.service for probe in probes):
        lines += [
            f"## {service}",
            "",
            "| Behaviour | On AWS | " + " | ".join(COLUMNS.values()) + " | Relied on by |",
            "|---|---|" + "---|" * (len(COLUMNS) + 1),
        ]
        for probe in probes:
            if probe.service == service:
                number = sources.index(probe.source) + 1
                cells = [_write_cell(cloud, probe, recorded) for cloud in COLUMNS]
                lines.append(
                    f"| {_escape(probe.name)} | {_quote(probe.aws)} [{number}] | "
                    f"{' | '.join(cells)} | {_escape(probe.relied_on)} |"
                )
        lines.append("")
    lines += ["## Documents", ""]
    lines += [f"{number}. {_escape(source)}" for number, source in enumerate(sources, 1)]
    return "\n".join(lines) + "\n"


def find_all_recorded() -> dict[str, Recorded | None]:
    """Return what is recorded of every cloud on the page."""
    return {cloud: find_recorded(cloud) for cloud in (*COLUMNS, BARE)}


def _count_rows(recorded: Mapping[str, Recorded | None], probes: Sequence[Probe]) -> list[str]:
    lines = [
        "| Cloud | Version | as AWS | of these corrected | differs | absent |",
        "|---|---|---|---|---|---|",
    ]
    for cloud, title in COLUMNS.items():
        found = recorded.get(cloud)
        if found is None:
            lines.append(f"| {title} | not run | | | | |")
            continue
        counts = Counter(
            compare_with_aws(probe, found.seen.get(probe.name, "absent")) for probe in probes
        )
        corrected = sum(_is_corrected(cloud, probe, recorded) for probe in probes)
        lines.append(
            f"| {title} | {found.version} | {counts['as AWS']} | {corrected} | "
            f"{counts['differs']} | {counts['absent']} |"
        )
    return [*lines, ""]


def _is_corrected(cloud: str, probe: Probe, recorded: Mapping[str, Recorded | None]) -> bool:
    found = recorded.get(cloud)
    if found is None or found.seen.get(probe.name) != probe.aws:
        return False
    bare = recorded.get(BARE)
    if cloud == "ministack" and bare is not None:
        return bare.seen.get(probe.name) != probe.aws
    return probe.name in CORRECTED_BY_NAME.get(cloud, ())


def _write_cell(cloud: str, probe: Probe, recorded: Mapping[str, Recorded | None]) -> str:
    found = recorded.get(cloud)
    if found is None or probe.name not in found.seen:
        return "not run"
    seen = found.seen[probe.name]
    comparison = compare_with_aws(probe, seen)
    if comparison != "as AWS":
        return f"**{comparison}**: {_quote(seen.removeprefix('absent: '))}"
    if not _is_corrected(cloud, probe, recorded):
        return "as AWS"
    bare = recorded.get(BARE) if cloud == "ministack" else None
    without = f" ({_quote(bare.seen.get(probe.name, 'absent'))})" if bare else ""
    return f"as AWS, corrected{without}"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def _quote(text: str) -> str:
    return f"`{_escape(text)}`"


def save_page(path: Path = PAGE) -> None:
    """Write the page from what is recorded."""
    path.write_text(write_page(find_all_recorded()))
