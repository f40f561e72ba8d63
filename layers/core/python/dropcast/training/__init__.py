"""Split, try, fit, evaluate, gate, card: arrays and bytes in, dataclasses and bytes out.

The steps, in order: :func:`plan_split`, :func:`select_train` and :func:`select_test`;
:func:`run_trial`; :func:`fit_best` and :func:`score_with_pipeline`; :func:`evaluate_model`;
:func:`judge`; :func:`make_card` and :func:`render_card`.
"""

from dropcast.training.card import ModelCard, make_card
from dropcast.training.compare import ChampionModel
from dropcast.training.compile import compile_program
from dropcast.training.evaluate import Evaluation, evaluate_model
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
from dropcast.training.rows import TARGET_COLUMN, FeatureRows, read_feature_rows, take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test, select_train
from dropcast.training.trials import run_trial

__all__ = [
    "TARGET_COLUMN",
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
    "judge",
    "make_card",
    "name_model",
    "plan_split",
    "read_feature_rows",
    "render_card",
    "run_trial",
    "score_with_pipeline",
    "select_test",
    "select_train",
    "take_rows",
]
