"""``make chaos``: play schedules by seed on the embedded cloud, check the promises after each."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from proofs.chaos.bases import prepare_bases, read_code_hash
from proofs.chaos.ground import Ground, open_ground
from proofs.chaos.mutations import MUTATIONS, Judged, Mutation, play_mutation
from proofs.chaos.play import Played, play
from proofs.chaos.report import Tally, sum_up, write_page
from proofs.chaos.schedule import draw_schedule
from proofs.chaos.spreading import spread


def main() -> int:
    """Play what is asked; return 1 if a promise was broken or a mutation was not caught."""
    asked = read_arguments()
    console = Console(highlight=False, soft_wrap=True)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="dropcast-chaos-"))
    with ExitStack() as opened:
        grounds = [
            opened.enter_context(open_ground(folder / str(number), console))
            for number in range(asked.jobs)
        ]
        tally = run(grounds, asked, console)
    for line in sum_up(tally):
        console.print(line)
    if asked.output is not None and tally.is_good:
        write_page(tally, asked.output, command=tell_command(asked))
    elif asked.output is not None:
        console.print(f"{asked.output} is not written: it is the page of runs that break nothing")
    return 0 if tally.is_good else 1


def read_arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m proofs.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first", type=int, default=0, help="and from which on")
    parser.add_argument("--seed", type=int, help="this one alone, told as a list")
    parser.add_argument("--places", help="their digest where the seed was played, to compare")
    parser.add_argument("--jobs", type=int, default=1, help="on how many clouds at once")
    parser.add_argument("--mutations", action="store_true", help="and the mutations")
    parser.add_argument("--folder", type=Path, help="where the cloud keeps its state")
    parser.add_argument("--output", type=Path, help="where the page is written")
    return parser.parse_args()


def tell_command(asked: argparse.Namespace) -> str:
    """Return what a person typed for this."""
    return f"make chaos SEEDS={asked.seeds}" + (" MUTATIONS=1" if asked.mutations else "")


def run(grounds: Sequence[Ground], asked: argparse.Namespace, console: Console) -> Tally:
    """Play the seeds, then the mutations; say what came of each, in their order."""
    with ThreadPoolExecutor(len(grounds)) as pool:
        points, *_ = pool.map(prepare_bases, grounds)
    code_hash = read_code_hash(grounds[0])
    tally = Tally(points=points)
    console.print(f"{len(points)} places, {tally.places}")
    if asked.places not in (None, tally.places):
        console.print(f"they were {asked.places}: the seed's kills may be at other places now")

    def play_seed(ground: Ground, seed: int) -> Played:
        try:
            return play(ground, draw_schedule(seed, points), code_hash=code_hash)
        except BaseException:
            console.print(f"seed {seed} ended the run; {tell_again(seed, tally)}", markup=False)
            raise

    def play_change(ground: Ground, mutation: Mutation) -> Judged:
        return play_mutation(ground, mutation, code_hash=code_hash)

    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else [asked.seed]
    for played in spread(grounds, play_seed, seeds):
        tally.played.append(played)
        show(played, console, whole=asked.seed is not None)
        if played.broken:
            console.print(f"  {tell_again(played.schedule.seed, tally)}", markup=False)
    for judged in spread(grounds, play_change, MUTATIONS if asked.mutations else ()):
        tally.judged.append(judged)
        said = "caught" if judged.caught else "NOT CAUGHT"
        console.print(f"mutation: {judged.mutation.what}: {said}", markup=False)
        show(judged.control, console, whole=not judged.caught)
        show(judged.played, console, whole=not judged.caught)
    return tally


def tell_again(seed: int, tally: Tally) -> str:
    """Return how a person plays a seed again."""
    return f"repeat it: make chaos SEED={seed} PLACES={tally.places}"


def show(played: Played, console: Console, *, whole: bool) -> None:
    """Say what a schedule came to, and all of it where a promise was broken."""
    kinds = Counter(one["kind"] for one in played.fired)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    console.print(
        f"seed {played.schedule.seed}: {played.seconds:.1f} s, {played.drops} drops, "
        f"{played.runs} runs, {played.answers} predictions, {played.refusals} refusals, "
        f"{len(played.redriven)} sent again; "
        f"{told or 'no fault'}",
        markup=False,
    )
    lines = [*played.schedule.tell(), *(f"sent again: {line}" for line in played.redriven)]
    for line in lines if whole or played.broken else ():
        console.print(f"  {line}", markup=False)
    for one in played.broken:
        console.print(f"  {one.tell()}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
