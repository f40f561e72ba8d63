"""The model card and its page."""

from dataclasses import replace

import pytest

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.recipes import find_recipe
from dropcast.training.card import ModelCard, make_card, render_card
from dropcast.training.judge import judge
from tests.training.feature_rows import SONGS
from tests.training.judged import (
    evaluate_sample,
    fit_sample,
    judge_songs,
)
from tests.universal.samples import shrink


@pytest.mark.parametrize("dataset", ["spotify_preference", "spotify_events", "sipsa_prices"])
def test_a_card_of_each_task_survives_json_and_its_page_shows_the_figures(dataset: str) -> None:
    recipe = replace(find_recipe(dataset), title="<i>Title</i>")
    fitted = fit_sample(recipe, shrink(recipe.candidates[-1]))
    evaluation = evaluate_sample(recipe, fitted)
    verdict = judge(recipe, evaluation, model="xgboost")
    card = make_card(
        recipe=recipe,
        run_id="run",
        code_hash="c" * 64,
        fit=fitted.record,
        evaluation=evaluation,
        verdict=verdict,
    )
    assert from_document(ModelCard, to_document(card)) == card
    page = render_card(card)
    assert "<i>Title" not in page
    assert page.count("<svg") >= 3
    for name in evaluation.metrics:
        assert f"<td>{name}</td>" in page
    for rule in verdict.rules:
        assert rule.sentence.split(";")[0][:40].replace("'", "&#x27;") in page
    assert "ValueError: no" in page


def test_a_card_of_another_model_or_recipe_is_refused() -> None:
    fitted, evaluation = judge_songs()
    verdict = judge(SONGS, evaluation, model="logistic_regression")
    other = replace(evaluation, program_sha256="0" * 64)
    with pytest.raises(DocumentError, match="run it again"):
        make_card(
            recipe=SONGS,
            run_id="run",
            code_hash="c",
            fit=fitted.record,
            evaluation=other,
            verdict=verdict,
        )
    with pytest.raises(DocumentError, match="another recipe"):
        make_card(
            recipe=replace(SONGS, title="Other"),
            run_id="run",
            code_hash="c",
            fit=fitted.record,
            evaluation=evaluation,
            verdict=verdict,
        )
