"""Register model | Reject model: the run's end. The model is kept either way, with its card; only
one that passed moves the champion pointer, and only from the champion it was compared with."""

from dataclasses import dataclass
from typing import Any, Literal

from dropcast.contracts.documents import JSON_TYPE, encode_document, read_json
from dropcast.contracts.errors import InvalidRunError
from dropcast.contracts.keys import AUDIT, MODEL_CARD, MODEL_CARD_PAGE, PROGRAM
from dropcast.contracts.messages import (
    Champion,
    Decision,
    ModelDecided,
    ModelEvaluated,
    Registration,
)
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the state machine asks for."""

    decision: Literal["register", "reject"]
    evaluated: ModelEvaluated


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("register", event, context, decide_model)


def decide_model(event: Event, dependencies: Dependencies) -> ModelDecided:
    """Keep the model, move the pointer if it passed, and write the audit record."""
    asked = from_document(Asked, event)
    evaluated = asked.evaluated
    if (asked.decision == "register") != evaluated.passed:
        raise InvalidRunError(
            f"asked to {asked.decision} {evaluated.fitted.model}, but its gate said "
            f"{'passed' if evaluated.passed else 'not passed'}"
        )
    champion = _keep_model(evaluated, dependencies)
    if evaluated.passed:
        # Before the pointer moves, so that no move is without a record, wherever a crash falls.
        _audit(_tell(champion, evaluated, "asked"), evaluated, dependencies)
    decision = _promote(champion, evaluated, dependencies) if evaluated.passed else "rejected"
    if decision in ("registered", "already champion"):
        _record(champion, evaluated, dependencies)
    decided = _tell(champion, evaluated, decision)
    _audit(decided, evaluated, dependencies)
    return decided


def _tell(champion: Champion, evaluated: ModelEvaluated, decision: Decision) -> ModelDecided:
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


def _keep_model(evaluated: ModelEvaluated, dependencies: Dependencies) -> Champion:
    """Copy the program and its card into the model bucket, once; return its pointer."""
    fitted = evaluated.fitted
    run = fitted.split.run
    place = {"dataset": run.dataset, "model": fitted.model}
    program_key = PROGRAM.format(**place)
    copies = (
        (fitted.program_key, program_key, "application/octet-stream"),
        (evaluated.page_key, MODEL_CARD_PAGE.format(**place), "text/html; charset=utf-8"),
        (evaluated.card_key, MODEL_CARD.format(**place), JSON_TYPE),
    )
    for source, target, content_type in copies:
        dependencies.models.create(target, dependencies.lake.read(source).body, content_type)
    return Champion(
        dataset=run.dataset,
        model=fitted.model,
        program_key=program_key,
        program_sha256=fitted.program_sha256,
        dataset_version=run.dataset_version,
        references=run.references,
        recipe_hash=run.recipe_hash,
        run_id=run.run_id,
        code_hash=dependencies.code_hash,
    )


def _promote(champion: Champion, evaluated: ModelEvaluated, dependencies: Dependencies) -> Decision:
    seen = evaluated.champion_generation
    pointer = dependencies.registry.find_pointer(champion.dataset)
    if pointer is not None and pointer.champion.model == champion.model:
        # Its own move, where this step was cut off after it and is run again.
        own = pointer.was_moved(champion.model, generation=seen + 1)
        return "registered" if own else "already champion"
    moved = dependencies.registry.promote(champion, generation=seen, mover=champion.model)
    return "registered" if moved else "lost the race"


def _record(champion: Champion, evaluated: ModelEvaluated, dependencies: Dependencies) -> None:
    """Keep that the model became champion. The first record stays: a step that is run again after
    a crash writes what the crash left out, and one run again by hand changes nothing."""
    card = read_json(dependencies.lake, evaluated.card_key)
    found = card["evaluation"]["metrics"]
    dependencies.registry.record(
        Registration(
            champion=champion,
            registered_at=dependencies.now().isoformat(timespec="seconds"),
            replaced=None if evaluated.champion == champion.model else evaluated.champion,
            metric=card["metric"],
            metrics={name: float(metric["value"]) for name, metric in found.items()},
        )
    )


def _audit(decided: ModelDecided, evaluated: ModelEvaluated, dependencies: Dependencies) -> None:
    """Write what was decided, when and by which code: once, however often the step is run. A model
    may win again after it was rolled back: the pointer that it was compared with tells the two
    apart."""
    told = {**to_document(decided), "champion_generation": evaluated.champion_generation}
    record = {
        **told,
        "at": dependencies.now().isoformat(timespec="milliseconds"),
        "code_hash": dependencies.code_hash,
    }
    key = AUDIT.format(
        dataset=decided.dataset, entry=f"{decided.run_id}-{hash_canonical(told)[:16]}"
    )
    dependencies.models.create(key, encode_document(record), JSON_TYPE)
