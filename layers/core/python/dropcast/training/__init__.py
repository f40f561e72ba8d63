"""Split, try, fit, evaluate, gate, card: arrays and bytes in, dataclasses and bytes out.

The steps, in order: :func:`plan_split`, :func:`select_train` and :func:`select_test`;
:func:`run_trial`; :func:`fit_best` and :func:`score_with_pipeline`; :func:`evaluate_model`;
:func:`judge`; :func:`make_card` and :func:`render_card`.
"""

from dropcast.training.card.model_card import ModelCard, make_card
from dropcast.training.card.page import render_card
from dropcast.training.compile.pipeline import compile_program
from dropcast.training.fit.best import (
    FitRecord,
    Fitted,
    PipelineScores,
    fit_best,
    name_model,
    score_with_pipeline,
)
from dropcast.training.fit.trials import run_trial
from dropcast.training.judge.comparison import ChampionModel
from dropcast.training.judge.evaluate import Evaluation, evaluate_model
from dropcast.training.judge.gate import Verdict, judge
from dropcast.training.rows import TARGET_COLUMN, FeatureRows, read_feature_rows, take_rows
from dropcast.training.split.plan import SplitRecord, plan_split, select_test, select_train

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
