"""Evaluate model: the only look at the test rows' truth, the gate's verdict, the model card."""

from collections.abc import Callable
from typing import Any

from dropcast.contracts.blobs import HTML_TYPE
from dropcast.contracts.documents import read_document, read_json, write_document
from dropcast.contracts.errors import DocumentError
from dropcast.contracts.keys import EVALUATION_CARD, EVALUATION_PAGE, MODEL_CARD
from dropcast.contracts.messages import Champion, ModelEvaluated, ModelFitted
from dropcast.contracts.ports import BlobStore, ModelRegistry
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipe import Recipe
from dropcast.steps.tables.arrays import ArrayTables
from dropcast.training.card import make_card, render_card
from dropcast.training.judge import ChampionModel, evaluate_model, judge
from dropcast.training.records import FitRecord, PipelinePredictions
from dropcast.training.rows import read_feature_rows
from dropcast.training.split import SplitRecord


def evaluate_and_judge(
    fitted: ModelFitted,
    *,
    lake: BlobStore,
    models: BlobStore,
    arrays: ArrayTables,
    registry: ModelRegistry,
    find_recipe: Callable[[str], Recipe],
    code_hash: str,
) -> ModelEvaluated:
    """Write the model card, as JSON and as a page, with what the gate decided."""
    run = fitted.split.run
    recipe = find_recipe(run.dataset)
    record = read_document(lake, FitRecord, fitted.record_key)
    truth = arrays.read(fitted.split.truth_key)
    test = {**arrays.read(fitted.split.test_key), **truth}
    pointer = registry.find_pointer(run.dataset)
    champion = _read_champion(pointer.champion, models) if pointer else None
    evaluation = evaluate_model(
        recipe=recipe,
        program=lake.read(fitted.program_key).body,
        test=read_feature_rows(test, recipe),
        predictions=read_document(lake, PipelinePredictions, fitted.scores_key),
        split=record.split,
        champion=champion,
        seed=record.seed,
    )
    verdict = judge(recipe, evaluation, model=record.candidate.model)
    card = make_card(
        recipe=recipe,
        run_id=run.run_id,
        code_hash=code_hash,
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
    write_document(lake, message.card_key, card)
    lake.write(message.page_key, render_card(card).encode(), HTML_TYPE)
    return message


def _read_champion(champion: Champion, models: BlobStore) -> ChampionModel:
    place = {"dataset": champion.dataset, "model": champion.model}
    card = read_json(models, MODEL_CARD.format(**place))
    return ChampionModel(
        model=champion.model,
        program=models.read(champion.program_key).body,
        split=_read_split(card),
    )


def _read_split(card: Any) -> SplitRecord | None:
    """Return the split of a champion's card, ``None`` where another release wrote it.

    Of the card only this is read, so an older card still serves.
    """
    try:
        return from_document(SplitRecord, card["fit"]["split"])
    except DocumentError:
        return None
