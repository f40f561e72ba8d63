"""Split, fit, evaluate, gate, card: arrays and bytes in, dataclasses and bytes out.

The steps, in order: :func:`plan_split` and :func:`select_test`; :func:`fit_best` and
:func:`score_with_pipeline`; :func:`evaluate_model`; :func:`judge`; :func:`make_card` and
:func:`render_card`.
"""

from dropcast.training.card import ModelCard, make_card
from dropcast.training.compile import compile_program
from dropcast.training.evaluate import ChampionModel, Evaluation, evaluate_model
from dropcast.training.fit import (
    FitRecord,
    Fitted,
    PipelineScores,
    fit_best,
    name_model,
    score_with_pipeline,
)
from dropcast.training.gate import Verdict, judge
from dropcast.training.page import render_card
from dropcast.training.rows import (
    FeatureRows,
    hide_target,
    list_table_columns,
    read_feature_rows,
    take_rows,
)
from dropcast.training.split import SplitRecord, plan_split, select_test

__all__ = [
    "ChampionModel",
    "Evaluation",
    "FeatureRows",
    "FitRecord",
    "Fitted",
    "ModelCard",
    "PipelineScores",
    "SplitRecord",
    "Verdict",
    "compile_program",
    "evaluate_model",
    "fit_best",
    "hide_target",
    "judge",
    "list_table_columns",
    "make_card",
    "name_model",
    "plan_split",
    "read_feature_rows",
    "render_card",
    "score_with_pipeline",
    "select_test",
    "take_rows",
]
