"""Evaluate model: the one look at the test rows' truth, the gate's verdict, the model card."""

from typing import Any

from dropcast.contracts.documents import read_document, read_json, write_document
from dropcast.contracts.errors import DocumentError
from dropcast.contracts.keys import EVALUATION_CARD, EVALUATION_PAGE, MODEL_CARD
from dropcast.contracts.messages import Champion, ModelEvaluated, ModelFitted
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step
from dropcast.training.card import make_card, render_card
from dropcast.training.judge import ChampionModel, evaluate_model, judge
from dropcast.training.records import FitRecord, PipelinePredictions
from dropcast.training.rows import read_feature_rows
from dropcast.training.split import SplitRecord


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("evaluate", event, context, evaluate_and_judge)


def evaluate_and_judge(event: Event, dependencies: Dependencies) -> ModelEvaluated:
    """Write the model card, as JSON and as a page, with what the gate decided."""
    fitted = from_document(ModelFitted, event)
    run = fitted.split.run
    recipe = dependencies.find_recipe(run.dataset)
    record = read_document(dependencies.lake, FitRecord, fitted.record_key)
    truth = dependencies.arrays.read(fitted.split.truth_key)
    test = {**dependencies.arrays.read(fitted.split.test_key), **truth}
    pointer = dependencies.registry.find_pointer(run.dataset)
    champion = _read_champion(pointer.champion, dependencies) if pointer else None
    evaluation = evaluate_model(
        recipe=recipe,
        program=dependencies.lake.read(fitted.program_key).body,
        test=read_feature_rows(test, recipe),
        predictions=read_document(dependencies.lake, PipelinePredictions, fitted.scores_key),
        split=record.split,
        champion=champion,
        seed=record.seed,
    )
    verdict = judge(recipe, evaluation, model=record.candidate.model)
    card = make_card(
        recipe=recipe,
        run_id=run.run_id,
        code_hash=dependencies.code_hash,
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
    write_document(dependencies.lake, message.card_key, card)
    dependencies.lake.write(
        message.page_key, render_card(card).encode(), "text/html; charset=utf-8"
    )
    return message


def _read_champion(champion: Champion, dependencies: Dependencies) -> ChampionModel:
    place = {"dataset": champion.dataset, "model": champion.model}
    card = read_json(dependencies.models, MODEL_CARD.format(**place))
    return ChampionModel(
        model=champion.model,
        program=dependencies.models.read(champion.program_key).body,
        split=_read_split(card),
    )


def _read_split(card: Any) -> SplitRecord | None:
    """Return the split of a champion's card; of the card only this is read, so an older one still
    serves, and one whose split is of another release is not compared with."""
    try:
        return from_document(SplitRecord, card["fit"]["split"])
    except DocumentError:
        return None
