"""Small changes of the code, each of which breaks a promise, with a schedule that shows it.

They are deployed as another release. They prove that a suite which finds nothing would find
something.
"""

from dataclasses import dataclass
from random import Random

from emulators.faults.plan import Plan, Point
from proofs.chaos.cloud_setup import DATASET, CloudSetup
from proofs.chaos.code_edits import Edits, deployed_edits, replace_text
from proofs.chaos.files import draw_file
from proofs.chaos.schedule import Action, Schedule
from proofs.chaos.schedule_run import ScheduleResult, run_schedule

_CORE = "layers/core/python/dropcast"
_KEY = f"raw/{DATASET}/changed.csv"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A change of the code.

    ``what``      it does, as a sentence
    ``promise``   the number of the promise that it breaks
    ``schedule``  in which that shows
    """

    what: str
    promise: int
    edits: Edits
    schedule: Schedule


@dataclass(frozen=True, kw_only=True)
class MutationResult:
    """What a mutation's schedule led to with the mutation, and without it as a ``control``."""

    mutation: Mutation
    control: ScheduleResult
    result: ScheduleResult

    @property
    def caught(self) -> bool:
        """Whether its own promise was found broken, and nothing without the change."""
        broken = {one.promise for one in self.result.broken}
        return self.mutation.promise in broken and not self.control.broken


def run_mutation(setup: CloudSetup, mutation: Mutation, *, code_hash: str) -> MutationResult:
    """Run a mutation's schedule with the code as it is, and then with the mutation deployed."""
    control = run_schedule(setup, mutation.schedule, code_hash=code_hash)
    with deployed_edits(setup.stack, mutation.edits):
        result = run_schedule(setup, mutation.schedule, code_hash=code_hash)
    return MutationResult(mutation=mutation, control=control, result=result)


def _drop(
    number: int, kind: str, key: str = _KEY, pause_seconds: float = 0.0, rows: int = 12
) -> Action:
    random = Random(number)  # noqa: S311 - made-up data, not a secret
    file = draw_file(random, mark=f"m{number}", kind=kind, rows=rows)
    return Action(kind="drop", key=key, file=file, pause_seconds=pause_seconds)


def _schedule(
    *actions: Action,
    base: str = "empty",
    seed: int = 0,
    lost: float = 0.0,
    kill: Point | None = None,
) -> Schedule:
    return Schedule(
        seed=seed,
        base="champions" if base == "champions" else "empty",
        weather="calm",
        events={"drop": lost} if lost else {},
        points=() if kill is None else (kill,),
        actions=actions,
    )


def find_overtaking_seed(key: str, rate: float) -> int:
    """Return the first seed by which a key's first event is lost and its second is not.

    The first event arrives later, when events are sent again.
    """
    for seed in range(100_000):
        plan = Plan(seed=seed, events={"drop": rate})
        if (plan.decide_event(key, 1), plan.decide_event(key, 2)) == (None, [0.0]):
            return seed
    raise LookupError(f"no seed lets the second event of {key} overtake the first")


def _race() -> Action:
    random = Random("race")  # noqa: S311 - made-up data, not a secret
    file = draw_file(random, mark="race", kind="clean", rows=460)
    return Action(kind="race", key=_KEY, file=file)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        what='a drop\'s record stays at "processing"',
        promise=0,
        edits={
            f"{_CORE}/steps/take_in.py": replace_text("return ledger.finish(ended)", "return ended")
        },
        schedule=_schedule(_drop(1, "clean")),
    ),
    Mutation(
        what="a version's parts stand in the order of their drops",
        promise=1,
        edits={
            f"{_CORE}/storage/versions.py": replace_text(
                "tuple(parts[key] for key in sorted(parts))", "tuple(parts.values())"
            )
        },
        schedule=_schedule(
            *(_drop(n, "clean", f"raw/{DATASET}/{n}.csv", pause_seconds=0.5) for n in range(5))
        ),
    ),
    Mutation(
        what="a part's record is written before the part",
        promise=1,
        edits={
            f"{_CORE}/steps/take_in.py": replace_text(
                "        lake.write_file(part.key, clean_path, PARQUET_TYPE)\n",
                "        write_document(lake, record_key, part)\n"
                "        lake.write_file(part.key, clean_path, PARQUET_TYPE)\n",
            )
        },
        schedule=_schedule(
            _drop(11, "clean"),
            kill=Point(
                function="ingest",
                name="PUT lake clean/parts/",
                count=1,
                when="before",
                action="kill",
            ),
        ),
    ),
    Mutation(
        what="the pointer is written over whatever it is",
        promise=1,
        edits={f"{_CORE}/storage/s3.py": replace_text("IfMatch=etag,", "")},
        schedule=_schedule(
            Action(
                kind="overwrite at commit",
                key=_KEY,
                file=_drop(12, "clean").file,
                second=_drop(13, "clean").file,
            ),
            base="champions",
        ),
    ),
    Mutation(
        what="an older drop takes a newer one's place",
        promise=2,
        edits={
            f"{_CORE}/storage/versions.py": replace_text(
                'if is_newer(known.sequencer, state.sequencer):\n        return "superseded"',
                "if is_newer(known.sequencer, state.sequencer):\n        return None",
            )
        },
        schedule=_schedule(
            _drop(21, "clean", pause_seconds=0.2),
            _drop(22, "clean"),
            lost=0.5,
            seed=find_overtaking_seed(_KEY, 0.5),
        ),
    ),
    Mutation(
        what="the first row of a quarantine is counted and not written",
        promise=3,
        edits={
            f"{_CORE}/ingest/outputs/quarantine.py": replace_text(
                "            for rule in dict.fromkeys(",
                "            if self.rows == 1:\n                continue\n"
                "            for rule in dict.fromkeys(",
            )
        },
        schedule=_schedule(_drop(31, "dirty")),
    ),
    Mutation(
        what="a model takes the champion's place whatever generation that is",
        promise=4,
        edits={
            f"{_CORE}/storage/registry.py": replace_text(
                "if (present.generation if present else 0) != generation:",
                "if present is None and generation:",
            )
        },
        schedule=_schedule(_race(), base="champions"),
    ),
    Mutation(
        what="the pointer is not moved, and reported as moved",
        promise=4,
        edits={
            f"{_CORE}/storage/registry.py": replace_text(
                "return Replace(body=encode_document(wanted), content_type=JSON_TYPE, result=True)",
                "return Leave(result=wanted.generation > 0)",
            )
        },
        schedule=_schedule(_drop(41, "clean", rows=460)),
    ),
    Mutation(
        what="a receipt names another dataset version",
        promise=5,
        edits={
            f"{_CORE}/api/predictions.py": replace_text(
                '"dataset_version": champion.dataset_version',
                '"dataset_version": champion.recipe_hash',
            )
        },
        schedule=_schedule(_drop(51, "empty", pause_seconds=4.0), base="champions"),
    ),
    Mutation(
        what="a program is read whatever its sha256 is",
        promise=5,
        edits={
            f"{_CORE}/scoring/program_file.py": replace_text(
                "if sha256 is not None:\n        found", "if sha256 == 'never':\n        found"
            )
        },
        schedule=_schedule(
            Action(kind="corrupt", what="other", pause_seconds=4.0), base="champions"
        ),
    ),
    Mutation(
        what="a program may be a pickle",
        promise=6,
        edits={
            f"{_CORE}/scoring/program_file.py": replace_text(
                "    _require(len(body) <= MAX_PROGRAM_BYTES",
                "    if body[:1] == bytes([128]):\n        import pickle\n\n"
                "        pickle.loads(body)\n"
                "    _require(len(body) <= MAX_PROGRAM_BYTES",
            )
        },
        schedule=_schedule(
            Action(kind="corrupt", what="pickle", pause_seconds=4.0), base="champions"
        ),
    ),
)
