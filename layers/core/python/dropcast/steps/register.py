"""Register model | Reject model: the end of a run.

The model is kept either way, with its card. Only one that passed moves the champion pointer, and
only from the champion that it was compared with.
"""

from collections.abc import Callable
from datetime import datetime

from dropcast.contracts.blobs import HTML_TYPE, JSON_TYPE, PROGRAM_TYPE
from dropcast.contracts.documents import encode_document, read_json
from dropcast.contracts.errors import InvalidRunError
from dropcast.contracts.keys import AUDIT, MODEL_CARD, MODEL_CARD_PAGE, PROGRAM
from dropcast.contracts.messages import (
    Champion,
    Decision,
    DecisionTaken,
    ModelDecided,
    ModelEvaluated,
    Registration,
)
from dropcast.contracts.ports import BlobStore, ModelRegistry
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document


def decide_model(
    taken: DecisionTaken,
    *,
    lake: BlobStore,
    models: BlobStore,
    registry: ModelRegistry,
    code_hash: str,
    now: Callable[[], datetime],
) -> ModelDecided:
    """Keep the model, move the pointer if it passed, and write the audit record."""
    evaluated = taken.evaluated
    if (taken.decision == "register") != evaluated.passed:
        raise InvalidRunError(
            f"the decision is to {taken.decision} {evaluated.fitted.model}, but its gate said "
            f"{'passed' if evaluated.passed else 'not passed'}"
        )
    champion = _keep_model(evaluated, lake=lake, models=models, code_hash=code_hash)

    def write_decision(decision: Decision) -> ModelDecided:
        decided = _make_message(champion, evaluated, decision)
        _write_audit_record(decided, evaluated, models, code_hash=code_hash, at=now())
        return decided

    if not evaluated.passed:
        return write_decision("rejected")
    # Before the pointer moves, so that no move is without a record, wherever a crash falls.
    write_decision("requested")
    decision = _promote(champion, evaluated, registry)
    if decision in ("registered", "already champion"):
        registry.record(_describe_registration(champion, evaluated, lake, at=now()))
    return write_decision(decision)


def _make_message(
    champion: Champion, evaluated: ModelEvaluated, decision: Decision
) -> ModelDecided:
    place = {"dataset": champion.dataset, "model": champion.model}
    return ModelDecided(
        dataset=champion.dataset,
        run_id=champion.run_id,
        model=champion.model,
        decision=decision,
        reasons=evaluated.reasons,
        card_key=MODEL_CARD.format(**place),
        card_page_key=MODEL_CARD_PAGE.format(**place),
    )


def _keep_model(
    evaluated: ModelEvaluated, *, lake: BlobStore, models: BlobStore, code_hash: str
) -> Champion:
    """Copy the program and its card into the model bucket, once; return its pointer."""
    fitted = evaluated.fitted
    run = fitted.split.run
    place = {"dataset": run.dataset, "model": fitted.model}
    program_key = PROGRAM.format(**place)
    copies = (
        (fitted.program_key, program_key, PROGRAM_TYPE),
        (evaluated.page_key, MODEL_CARD_PAGE.format(**place), HTML_TYPE),
        (evaluated.card_key, MODEL_CARD.format(**place), JSON_TYPE),
    )
    for source, target, content_type in copies:
        models.create(target, lake.read(source).body, content_type)
    return Champion(
        dataset=run.dataset,
        model=fitted.model,
        program_key=program_key,
        program_sha256=fitted.program_sha256,
        dataset_version=run.dataset_version,
        references=run.references,
        recipe_hash=run.recipe_hash,
        run_id=run.run_id,
        code_hash=code_hash,
    )


def _promote(champion: Champion, evaluated: ModelEvaluated, registry: ModelRegistry) -> Decision:
    seen = evaluated.champion_generation
    pointer = registry.find_pointer(champion.dataset)
    if pointer is not None and pointer.champion.model == champion.model:
        # Its own move, where this step was cut off after it and is run again.
        own = pointer.was_moved(champion.model, generation=seen + 1)
        return "registered" if own else "already champion"
    moved = registry.promote(champion, generation=seen, mover=champion.model)
    return "registered" if moved else "lost the race"


def _describe_registration(
    champion: Champion, evaluated: ModelEvaluated, lake: BlobStore, *, at: datetime
) -> Registration:
    """Return the record that the model became champion.

    The first one stays: a step that is run again after a crash writes what the crash left out, and
    one that is run again by hand changes nothing.
    """
    card = read_json(lake, evaluated.card_key)
    found = card["evaluation"]["metrics"]
    return Registration(
        champion=champion,
        registered_at=at.isoformat(timespec="seconds"),
        replaced=None if evaluated.champion == champion.model else evaluated.champion,
        metric=card["metric"],
        metrics={name: float(metric["value"]) for name, metric in found.items()},
    )


def _write_audit_record(
    decided: ModelDecided,
    evaluated: ModelEvaluated,
    models: BlobStore,
    *,
    code_hash: str,
    at: datetime,
) -> None:
    """Write what was decided, when and by which code: once, however often the step is run.

    A model may win again after it was rolled back: the generation of the pointer that it was
    compared with distinguishes the two.
    """
    content = {**to_document(decided), "champion_generation": evaluated.champion_generation}
    record = {**content, "at": at.isoformat(timespec="milliseconds"), "code_hash": code_hash}
    key = AUDIT.format(
        dataset=decided.dataset, entry=f"{decided.run_id}-{hash_canonical(content)[:16]}"
    )
    models.create(key, encode_document(record), JSON_TYPE)
