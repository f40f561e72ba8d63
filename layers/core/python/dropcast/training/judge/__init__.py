"""The evaluation of a model on its test rows, and the gate's verdict."""

from dropcast.training.judge.comparison import ChampionModel, Comparison
from dropcast.training.judge.evaluation import Evaluation, evaluate_model
from dropcast.training.judge.gate import Verdict, judge

__all__ = ["ChampionModel", "Comparison", "Evaluation", "Verdict", "evaluate_model", "judge"]
