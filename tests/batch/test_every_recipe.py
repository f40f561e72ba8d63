"""Every recipe's sample as a file to answer: each number is the API's, however the file is cut."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dropcast.batch.results import LABEL, LINE_NUMBER, PREDICTION
from dropcast.recipe import Feature, Recipe, col
from dropcast.scoring import Program
from tests.batch.programs import ask_api, make_recipe_program
from tests.batch.scoring import score_body
from tests.ingest.files import EVERY_KIND
from tests.universal.samples import find_sample, list_recipes
from tests.universal.test_features import spell_request

RECIPES = pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.dataset)
_ROWS_ASKED = 60


def find_series(row: dict[str, Any], recipe: Recipe) -> tuple[Any, ...]:
    return tuple(row[name] for name in recipe.series.keys) if recipe.series else ()


def list_answers(row: dict[str, Any], program: Program) -> list[float]:
    names = [f"probability_{label}" for label in program.labels] or [PREDICTION]
    return [row[name] for name in names]


@RECIPES
def test_each_answer_has_the_bits_of_the_apis(recipe: Recipe, tmp_path: Path) -> None:
    program = make_recipe_program(recipe)
    scored = score_body(find_sample(recipe.dataset).read_bytes(), recipe, program, tmp_path)
    rows = scored.list_rows()
    assert len(rows) == scored.stats.rows_scored > 0
    asked = 0
    for place in range(0, len(rows), max(1, len(rows) // _ROWS_ASKED)):
        row = rows[place]
        series = find_series(row, recipe)
        before = [r for r in rows[: place + 1] if find_series(r, recipe) == series]
        case = [spell_request(r, recipe) for r in before[-recipe.rows_needed :]]
        answer = ask_api(program, case)
        if len(case) == recipe.rows_needed and isinstance(answer[0], float):
            assert list_answers(row, program) == answer
            asked += 1
        if program.labels:
            answers = list_answers(row, program)
            assert row[PREDICTION] == answers.index(max(answers))
            assert row[LABEL] == program.labels[row[PREDICTION]]
    # A row behind others that have no answer of their own was answered from rows not seen here.
    assert asked > _ROWS_ASKED / 4


@RECIPES
def test_the_csv_and_the_parquet_say_the_same(recipe: Recipe, tmp_path: Path) -> None:
    program = make_recipe_program(recipe)
    scored = score_body(find_sample(recipe.dataset).read_bytes(), recipe, program, tmp_path)
    for given, shown in zip(scored.list_rows(), scored.list_shown(), strict=True):
        assert list(given) == list(shown)
        for name, value in given.items():
            if isinstance(value, float):
                assert float(shown[name]) == value
        assert int(shown[LINE_NUMBER]) == given[LINE_NUMBER]


@RECIPES
@pytest.mark.parametrize("block_bytes", [3_000, 40_000])
def test_however_the_file_is_cut_the_bytes_are_the_same(
    recipe: Recipe, block_bytes: int, tmp_path: Path
) -> None:
    program = make_recipe_program(recipe)
    body = find_sample(recipe.dataset).read_bytes()[:150_000]
    body = body[: body.rindex(b"\n") + 1]
    whole = score_body(body, recipe, program, tmp_path)
    cut = score_body(body, recipe, program, tmp_path, block_bytes=block_bytes)
    assert cut == whole


def test_missing_values_of_every_kind_are_answered_as_by_the_api(tmp_path: Path) -> None:
    features = (
        Feature("x", col("x")),
        Feature("n", col("n"), fill=1.0),
        Feature("flag", col("flag"), fill=0.25),
        Feature("name", col("name"), encoding="one_hot"),
        Feature("hour", col("at").hour(), fill=3.0),
    )
    recipe = replace(EVERY_KIND, features=features)
    program = make_recipe_program(recipe)
    body = b"x,n,flag,name,at\n1,4,yes,a,2024-05-01 00:00:00\n2,,,,\n3,,no,b,\n0,7,,,1714539600\n"
    for block_bytes in (40, 4_000):
        scored = score_body(body, recipe, program, tmp_path, block_bytes=block_bytes)
        rows = scored.list_rows()
        assert [row["line_number"] for row in rows] == [2, 3, 4, 5]
        for row in rows:
            at: datetime | None = row["at"]
            asked = {column.name: row[column.name] for column in program.columns}
            case = [{**asked, "at": at.timestamp() if at else None}]
            assert list_answers(row, program) == ask_api(program, case)
