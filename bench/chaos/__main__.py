"""``python -m bench.chaos --seeds 200 [--seed n] [--folder f]``."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console

from bench.chaos.ground import open_ground
from bench.chaos.run import play_all


def main() -> int:
    """Play the asked seeds; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many, from 0 on")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--folder", type=Path, help="where the cloud keeps its state")
    asked = parser.parse_args()
    seeds = range(asked.seeds) if asked.seed is None else [asked.seed]
    console = Console(highlight=False, soft_wrap=True)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="dropcast-chaos-"))
    broken = 0
    with open_ground(folder, console) as ground:
        for played in play_all(ground, seeds):
            kinds = Counter(one["kind"] for one in played.fired)
            told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            console.print(
                f"seed {played.schedule.seed}: {played.seconds:.1f} s, {played.drops} drops, "
                f"{played.runs} runs, {played.answers} answers, {len(played.redriven)} redriven; "
                f"{told or 'no fault'}",
                markup=False,
            )
            if played.broken or asked.seed is not None:
                for line in [*played.schedule.tell(), *played.redriven]:
                    console.print(f"  {line}", markup=False)
            for one in played.broken:
                console.print(f"  {one.tell()}", markup=False)
            broken += len(played.broken)
    console.print(f"{broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
