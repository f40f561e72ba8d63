"""Evaluate model: the one look at the test rows' truth, the gate's verdict, the model card."""

from typing import Any

from dropcast.contracts.codec import from_document
from dropcast.contracts.documents import read_document, read_json, write_document
from dropcast.contracts.errors import DocumentError
from dropcast.contracts.keys import EVALUATION_CARD, EVALUATION_PAGE, MODEL_CARD
from dropcast.contracts.messages import Champion, ModelEvaluated, ModelFitted
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.wiring import Wiring
from dropcast.training import (
    ChampionModel,
    FitRecord,
    PipelineScores,
    SplitRecord,
    evaluate_model,
    judge,
    make_card,
    read_feature_rows,
    render_card,
)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("evaluate", event, context, evaluate_and_judge)


def evaluate_and_judge(event: Event, wiring: Wiring) -> ModelEvaluated:
    """Write the model card, as JSON and as a page, with what the gate decided."""
    fitted = from_document(ModelFitted, event)
    run = fitted.split.run
    recipe = wiring.find_recipe(run.dataset)
    record = read_document(wiring.lake, FitRecord, fitted.record_key)
    truth = wiring.arrays.read(fitted.split.truth_key)
    test = {**wiring.arrays.read(fitted.split.test_key), **truth}
    pointer = wiring.registry.find_pointer(run.dataset)
    champion = _read_champion(pointer.champion, wiring) if pointer else None
    evaluation = evaluate_model(
        recipe=recipe,
        program=wiring.lake.read(fitted.program_key).body,
        test=read_feature_rows(test, recipe),
        scores=read_document(wiring.lake, PipelineScores, fitted.scores_key),
        split=record.split,
        champion=champion,
        seed=record.seed,
    )
    verdict = judge(recipe, evaluation, model=record.candidate.model)
    card = make_card(
        recipe=recipe,
        run_id=run.run_id,
        code_hash=wiring.code_hash,
        fit=record,
        evaluation=evaluation,
        verdict=verdict,
    )
    place = {"dataset": run.dataset, "run_id": run.run_id}
    message = ModelEvaluated(
        fitted=fitted,
        card_key=EVALUATION_CARD.format(**place),
        page_key=EVALUATION_PAGE.format(**place),
        passed=verdict.passed,
        reasons=verdict.reasons,
        champion=champion.model if champion else None,
        champion_generation=pointer.generation if pointer else 0,
    )
    write_document(wiring.lake, message.card_key, card)
    wiring.lake.write(message.page_key, render_card(card).encode(), "text/html; charset=utf-8")
    return message


def _read_champion(champion: Champion, wiring: Wiring) -> ChampionModel:
    place = {"dataset": champion.dataset, "model": champion.model}
    card = read_json(wiring.models, MODEL_CARD.format(**place))
    return ChampionModel(
        model=champion.model,
        program=wiring.models.read(champion.program_key).body,
        split=_read_split(card),
    )


def _read_split(card: Any) -> SplitRecord | None:
    """Return the split of a champion's card; of the card only this is read, so an older one still
    serves, and one whose split is of another release is not compared with."""
    try:
        return from_document(SplitRecord, card["fit"]["split"])
    except DocumentError:
        return None
