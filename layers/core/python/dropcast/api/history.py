"""The models that were champion, and the rollbacks, as the API describes them: in pages."""

from collections.abc import Sequence
from typing import TypeVar

from dropcast.contracts.errors import InvalidRequestError, make_problem
from dropcast.contracts.limits import MODELS_A_PAGE, ROLLBACKS_A_PAGE
from dropcast.contracts.messages import Champion, ChampionRolledBack, Registration
from dropcast.steps.requests.catalogue import ModelHistory

T = TypeVar("T")


def describe_history(
    history: ModelHistory, *, models_after: str, rollbacks_after: str
) -> dict[str, object]:
    """Return a page of the models and one of the rollbacks, each after the one that is named."""
    return {
        "dataset": history.dataset,
        **describe_models(history.registrations, history.champion, after=models_after),
        **describe_rollbacks(history.rollbacks, after=rollbacks_after),
    }


def describe_models(
    registered: Sequence[Registration], present: Champion | None, *, after: str
) -> dict[str, object]:
    """Return a page of the models, those after the one that is named ``after``."""
    names = [registration.champion.model for registration in registered]
    page, leads_on = _take_page(registered, names, "models_after", after, MODELS_A_PAGE)
    return {
        "models": [_describe_model(registration, present) for registration in page],
        "models_next": leads_on,
    }


def describe_rollbacks(records: Sequence[ChampionRolledBack], *, after: str) -> dict[str, object]:
    """Return a page of the rollbacks that moved the champion.

    Those without a recorded outcome are listed too: a crash fell between the request and its
    outcome, and the pointer may have moved.
    """
    ended = {_name_rollback(r) for r in records if r.outcome != "requested"}
    shown = [
        r
        for r in records
        if r.outcome == "rolled back"
        or (r.outcome == "requested" and _name_rollback(r) not in ended)
    ]
    names = [rollback.request_id for rollback in shown]
    page, leads_on = _take_page(shown, names, "rollbacks_after", after, ROLLBACKS_A_PAGE)
    return {
        "rollbacks": [_describe_rollback(rollback) for rollback in page],
        "rollbacks_next": leads_on,
    }


def _take_page(
    items: Sequence[T], names: Sequence[str], parameter: str, after: str, size: int
) -> tuple[Sequence[T], str | None]:
    """Return the items after the one of this name, and the name that leads on to the next page."""
    if after and after not in names:
        sentence = f"nothing here is called '{after[:100]}'; begin without it"
        raise InvalidRequestError([make_problem(parameter, sentence)])
    begin = names.index(after) + 1 if after else 0
    end = begin + size
    return items[begin:end], names[end - 1] if end < len(items) else None


def _name_rollback(rollback: ChampionRolledBack) -> tuple[str, str, str]:
    return rollback.request_id, rollback.at, rollback.model


def _describe_rollback(rollback: ChampionRolledBack) -> dict[str, object]:
    return {
        "at": rollback.at,
        "from": rollback.replaced,
        "to": rollback.model,
        "by": rollback.key_id,
        "reason": rollback.reason,
        "request": rollback.request_id,
        "outcome": rollback.outcome,
    }


def _describe_model(registration: Registration, present: Champion | None) -> dict[str, object]:
    champion = registration.champion
    return {
        "model": champion.model,
        "champion": present is not None and present.model == champion.model,
        "registered_at": registration.registered_at,
        "replaced": registration.replaced,
        "metric": registration.metric,
        "metrics": registration.metrics,
        "dataset_version": champion.dataset_version,
        "recipe_hash": champion.recipe_hash,
        "program_sha256": champion.program_sha256,
        "run_id": champion.run_id,
    }
