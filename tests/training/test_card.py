"""The model card: one document and one page, from parts that belong together."""

from dataclasses import replace

import pytest

from dropcast.contracts.documents import decode_document, encode_document
from dropcast.contracts.errors import DocumentError
from dropcast.recipe import Recipe
from dropcast.training import ModelCard, judge, make_card, render_card
from tests.training.test_evaluate import FITTED, FOREST, evaluate

EVALUATION = evaluate()
VERDICT = judge(FOREST.gate, EVALUATION)


def make(recipe: Recipe = FOREST) -> ModelCard:
    return make_card(
        recipe=recipe,
        run_id="run-1",
        code_hash="c0de",
        fit=FITTED.record,
        evaluation=EVALUATION,
        verdict=VERDICT,
    )


def test_a_card_survives_json_with_its_recipe() -> None:
    card = make()
    assert decode_document(ModelCard, encode_document(card), "card.json") == card
    assert Recipe.from_json(card.recipe) == FOREST
    assert card.model == FITTED.record.model


def test_parts_of_different_models_make_no_card() -> None:
    with pytest.raises(DocumentError, match="another recipe"):
        make(replace(FOREST, title="Other"))
    with pytest.raises(DocumentError, match="run it again"):
        make_card(
            recipe=FOREST,
            run_id="run-1",
            code_hash="c0de",
            fit=FITTED.record,
            evaluation=replace(EVALUATION, program_sha256="0" * 64),
            verdict=VERDICT,
        )


def test_the_page_tells_what_the_card_holds() -> None:
    page = render_card(make())
    figure = EVALUATION.metrics["roc_auc"].value
    for told in (
        FITTED.record.model,
        "passed its gate",
        f"{figure:.6g}",
        "random_forest max_depth=5 n_estimators=12 (chosen)",
        FITTED.record.program_sha256,
        "log_duration_ms",
        "There was no champion.",
        *VERDICT.reasons,
    ):
        assert told in page


def test_the_page_escapes_and_fetches_nothing() -> None:
    page = render_card(replace(make(), title="<script>alert(1)</script>", labels=("<b>", "&")))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page
    assert "http" not in page


def test_a_model_that_was_stopped_says_so() -> None:
    card = replace(make(), verdict=replace(VERDICT, passed=False))
    assert "did not pass its gate" in render_card(card)
