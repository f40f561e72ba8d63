"""The bodies of a rollback: a model and a reason are read, the move that was made described."""

from collections.abc import Iterator, Mapping

from dropcast.api.bodies import find_unknown_fields, is_storable
from dropcast.contracts.errors import InvalidBodyError, Problem, make_problem
from dropcast.contracts.limits import MAX_REASON_CHARACTERS
from dropcast.contracts.messages import ChampionRolledBack
from dropcast.steps.requests.rollback import RollbackRequested

_FIELDS = ("to", "reason", "from")


def read_rollback(body: Mapping[str, object]) -> RollbackRequested:
    """Return the rollback that a body requests; raise ``InvalidBodyError`` with every problem."""
    problems = [*find_unknown_fields(body, _FIELDS), *_find_problems(body)]
    if problems:
        raise InvalidBodyError(problems)
    seen = body.get("from")
    return RollbackRequested(
        model=str(body["to"]),
        reason=str(body["reason"]).strip(),
        seen=None if seen is None else str(seen),
    )


def describe_rollback(done: ChampionRolledBack) -> dict[str, object]:
    """Return the answer to a rollback."""
    return {
        "champion": done.model,
        "replaced": done.replaced,
        "reason": done.reason,
        "by": done.key_id,
        "at": done.at,
    }


def _find_problems(body: Mapping[str, object]) -> Iterator[Problem]:
    to, reason, seen = (body.get(name) for name in _FIELDS)
    if not isinstance(to, str) or not to:
        yield make_problem(
            "to", "is missing: the model to put back, as GET /{dataset}/versions names it"
        )
    if not isinstance(reason, str) or not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
        yield make_problem(
            "reason", f"must say why, in 1 to {MAX_REASON_CHARACTERS} characters; it is kept"
        )
    elif not is_storable(reason):
        yield make_problem(
            "reason", "holds a lone surrogate (half of a UTF-16 pair), which cannot be stored"
        )
    if seen is not None and not isinstance(seen, str):
        yield make_problem("from", "must be the model that is champion now, or be left out")
