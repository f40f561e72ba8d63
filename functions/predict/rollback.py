"""The rollback door: an operator puts an earlier champion back.

Only the operator's API key may do so; any other is answered 403. The pointer moves by
compare-and-swap from the champion that was read here, so of two movers one wins and the other is
told 409. What was asked is written before the pointer moves and what became of it after, so no
move is without its record, wherever a crash falls.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dropcast.contracts.api_keys import OPERATOR
from dropcast.contracts.errors import (
    ChampionMovedError,
    InvalidBodyError,
    ObjectNotFoundError,
    ProgramError,
    UnservableModelError,
)
from dropcast.contracts.limits import MAX_REASON_CHARACTERS
from dropcast.contracts.messages import Champion, ChampionRolledBack
from dropcast.runtime.api_keys import require_key
from dropcast.runtime.bodies import find_unknown_fields, is_text, read_fields
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.http import Answer, Problem, answer_json
from dropcast.runtime.routing import (
    Event,
    answer_route,
    find_dataset,
    find_request_id,
)
from dropcast.scoring import read_program

_FIELDS = ("to", "reason", "from")
KEYS = (OPERATOR,)


@dataclass(frozen=True, kw_only=True)
class RollbackAsked:
    """``seen`` is the champion that the operator thinks is there; none: whichever is."""

    model: str
    reason: str
    seen: str | None


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def roll_back(event: Event, dependencies: Dependencies) -> Answer:
    """Make an earlier champion the champion again."""
    key_id = require_key(event, dependencies.key_ids, KEYS)
    dataset = dependencies.find_recipe(find_dataset(event)).dataset
    asked = read_asked(read_fields(event))
    target = dependencies.registry.find_registration(dataset, asked.model).champion
    pointer = dependencies.registry.read_pointer(dataset)
    present = pointer.champion.model
    _require_move(asked, present)
    _require_servable(target, dependencies)
    record = ChampionRolledBack(
        dataset=dataset,
        outcome="asked",
        replaced=present,
        model=target.model,
        reason=asked.reason,
        key_id=key_id,
        request_id=find_request_id(event),
        at=dependencies.now().isoformat(timespec="milliseconds"),
        code_hash=dependencies.code_hash,
    )
    dependencies.registry.record_rollback(record)
    moved = dependencies.registry.promote(
        target, generation=pointer.generation, mover=record.request_id
    )
    done = replace(record, outcome="rolled back" if moved else "lost the race")
    dependencies.registry.record_rollback(done)
    if not moved:
        raise ChampionMovedError(
            f"the champion of '{dataset}' moved from {present} at the same moment; nothing was "
            f"changed here: look at GET /{dataset}/versions and ask again"
        )
    return answer_json(200, describe_rollback(done))


def describe_rollback(done: ChampionRolledBack) -> dict[str, object]:
    """Return a rollback as the API tells it."""
    return {
        "champion": done.model,
        "replaced": done.replaced,
        "reason": done.reason,
        "by": done.key_id,
        "at": done.at,
    }


def read_asked(body: Mapping[str, object]) -> RollbackAsked:
    """Return what a body asks for; raise ``InvalidBodyError`` with every problem."""
    problems = [*find_unknown_fields(body, _FIELDS), *_find_problems(body)]
    if problems:
        raise InvalidBodyError(problems)
    seen = body.get("from")
    return RollbackAsked(
        model=str(body["to"]),
        reason=str(body["reason"]).strip(),
        seen=None if seen is None else str(seen),
    )


def _find_problems(body: Mapping[str, object]) -> Iterator[Problem]:
    to, reason, seen = (body.get(name) for name in _FIELDS)
    if not isinstance(to, str) or not to:
        yield _tell("to", "is missing: the model to put back, as GET /{dataset}/versions names it")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
        yield _tell(
            "reason", f"must say why, in 1 to {MAX_REASON_CHARACTERS} characters; it is kept"
        )
    elif not is_text(reason):
        yield _tell("reason", "holds half a character (a lone surrogate), which cannot be kept")
    if seen is not None and not isinstance(seen, str):
        yield _tell("from", "must be the model that is champion now, or be left out")


def _require_move(asked: RollbackAsked, present: str) -> None:
    if asked.seen not in (None, present):
        raise ChampionMovedError(
            f"the champion is {present} and not {str(asked.seen)[:100]}; nothing was changed"
        )
    if asked.model == present:
        raise ChampionMovedError(f"{present} is champion already; nothing was changed")


def _require_servable(target: Champion, dependencies: Dependencies) -> None:
    """Read the program as serving will: a rollback must never point at what cannot answer."""
    try:
        read_program(
            dependencies.models.read(target.program_key).body, sha256=target.program_sha256
        )
    except (ObjectNotFoundError, ProgramError) as error:
        raise UnservableModelError(
            f"{target.model} cannot be put back: {error}; choose another model"
        ) from error


def _tell(field: str, sentence: str) -> Problem:
    return {"row": None, "field": field, "problem": f"{field}: {sentence}"}


ROUTES = {("POST", "/{dataset}/rollback"): roll_back}
