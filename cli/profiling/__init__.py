"""A CSV that nobody has described yet -> careful guesses -> the files of a new dataset.

``read_table`` reads it, ``plan_dataset`` guesses, ``render_dataset`` writes the guesses down as a
recipe and a made-up sample, ``add_dataset`` puts them into the project. No value of the file goes
into the project but ranges and the target's own classes.
"""

from cli.profiling.files import NewDataset, add_dataset, check_name, suggest_name
from cli.profiling.plan import DatasetPlan, plan_dataset
from cli.profiling.reading import ProfileError, RawTable, read_table
from cli.profiling.rendering import Rendered, render_dataset

__all__ = [
    "DatasetPlan",
    "NewDataset",
    "ProfileError",
    "RawTable",
    "Rendered",
    "add_dataset",
    "check_name",
    "plan_dataset",
    "read_table",
    "render_dataset",
    "suggest_name",
]
