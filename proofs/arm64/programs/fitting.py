"""Run with the layers of what fits: a whole training, or a program of each candidate.

    fitting.py train <folder of feature tables> <folder for the program> <dataset>
    fitting.py each  <folder of feature tables> <folder for the programs>

Forests and boosted models are fitted with few trees, to spare an emulated processor.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from arro3.io import read_parquet

from dropcast.recipe import Candidate, Recipe
from dropcast.recipe.references import ReferenceColumns
from dropcast.recipes import RECIPES
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial
from dropcast.training.card import make_card, render_card
from dropcast.training.fit import Fitted, fit_best, predict_with_pipeline, run_trial
from dropcast.training.judge import evaluate_model, judge
from dropcast.training.rows import FeatureRows, read_feature_rows, take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test, select_train

SEED = 7
VERSION = "a" * 64
MOST_SCORED_ROWS = 200
_FEW = {"n_estimators": 20, "max_iter": 20}


def shrink(candidate: Candidate) -> Candidate:
    """Return the candidate with few trees and no search."""
    parameters = {
        name: min(_FEW[name], value) if name in _FEW and isinstance(value, int) else value
        for name, value in candidate.parameters.items()
    }
    return dataclasses.replace(candidate, parameters=parameters, search={})


def read_rows(folder: Path, recipe: Recipe) -> tuple[SplitRecord, FeatureRows, FeatureRows]:
    """Return the split of a dataset's feature table, its training rows and its test rows."""
    table = read_parquet(folder / recipe.dataset / "features.parquet").read_all()
    columns = {name: table.column(name).combine_chunks().to_numpy() for name in table.column_names}
    rows = read_feature_rows(columns, recipe)
    split = plan_split(recipe, rows)
    return (
        split,
        take_rows(rows, select_train(split, rows)),
        take_rows(rows, select_test(split, rows)),
    )


def read_references(folder: Path, recipe: Recipe) -> ReferenceColumns:
    """Return the reference columns that were written beside the feature table."""
    written = json.loads((folder / recipe.dataset / "references.json").read_text())
    return {
        table: {name: tuple(cells) for name, cells in columns.items()}
        for table, columns in written.items()
    }


def fit_leaderboard(
    folder: Path,
    recipe: Recipe,
    train: FeatureRows,
    split: SplitRecord,
    rows: tuple[LeaderboardRow, ...],
) -> Fitted:
    """Return the best candidate of these trials, fitted on the training rows."""
    return fit_best(
        recipe,
        train,
        leaderboard=Leaderboard(metric=recipe.gate.metric, rows=rows),
        split=split,
        seed=SEED,
        dataset_version=VERSION,
        references={table.dataset: VERSION for table in recipe.references},
        reference_columns=read_references(folder, recipe),
    )


def train_once(source: Path, target: Path, dataset: str) -> dict[str, Any]:
    """Return the figures of one training, and write its program with rows to score.

    Rows are split, every candidate is tried, the best is fitted, evaluated and judged.
    """
    recipe = RECIPES[dataset]
    split, train, test = read_rows(source, recipe)
    trials = tuple(
        run_trial(recipe, train, Trial(number=n, entry=n, candidate=shrink(candidate)), seed=SEED)
        for n, candidate in enumerate(recipe.candidates)
    )
    fitted = fit_leaderboard(source, recipe, train, split, trials)
    evaluation = evaluate_model(
        recipe=recipe,
        program=fitted.program,
        test=test,
        predictions=predict_with_pipeline(fitted.pipeline, test),
        split=split,
        champion=None,
        seed=SEED,
    )
    verdict = judge(recipe, evaluation, model=fitted.record.candidate.model)
    card = make_card(
        recipe=recipe,
        run_id="arm64",
        code_hash="0" * 64,
        fit=fitted.record,
        evaluation=evaluation,
        verdict=verdict,
    )
    write_case(target / dataset, fitted.record.candidate.model, fitted.program, test)
    return {
        "training rows": len(train),
        "test rows": len(test),
        "cuts": split.cuts,
        "trials": {row.candidate.model: [row.mean, row.error] for row in trials},
        "metrics": {name: figure.value for name, figure in evaluation.metrics.items()},
        "passed": verdict.passed,
        "card is a page": render_card(card).startswith("<!doctype html>"),
    }


def fit_each(source: Path, target: Path) -> dict[str, Any]:
    """Write a program of every candidate of every recipe; return the size of each."""
    sizes: dict[str, Any] = {}
    for dataset, recipe in RECIPES.items():
        split, train, test = read_rows(source, recipe)
        for candidate in map(shrink, recipe.candidates):
            row = LeaderboardRow(
                number=0,
                entry=0,
                candidate=candidate,
                fold_scores=(1.0,),
                mean=1.0,
                std=0.0,
                error=None,
            )
            fitted = fit_leaderboard(source, recipe, train, split, (row,))
            write_case(target / dataset, candidate.model, fitted.program, test)
            sizes[f"{dataset}, {candidate.model}"] = len(fitted.program)
    return sizes


def write_case(folder: Path, model: str, program: bytes, test: FeatureRows) -> None:
    """Write a program and the first test rows, each number as its bits."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{model}.program").write_bytes(program)
    rows = [[value.hex() for value in row] for row in test.values[:MOST_SCORED_ROWS].tolist()]
    (folder / "rows.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    mode, source, target, *datasets = sys.argv[1:]
    if mode == "train":
        figures = train_once(Path(source), Path(target), datasets[0])
    else:
        figures = fit_each(Path(source), Path(target))
    json.dump(figures, sys.stdout)
