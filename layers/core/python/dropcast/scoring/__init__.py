"""The portable model: its format, its checks and a plain-Python scorer. Standard library only."""

from dropcast.scoring.program import FittedFrom, Program, Step
from dropcast.scoring.program_file import read_program, write_program
from dropcast.scoring.requests import Checker, build_checker, check_rows
from dropcast.scoring.rows import Scorer, ValueScorer, build_scorer, build_value_scorer

__all__ = [
    "Checker",
    "FittedFrom",
    "Program",
    "Scorer",
    "Step",
    "ValueScorer",
    "build_checker",
    "build_scorer",
    "build_value_scorer",
    "check_rows",
    "read_program",
    "write_program",
]
