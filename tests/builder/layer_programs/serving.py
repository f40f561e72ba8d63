"""Run with the core and powertools layers on the path: nothing else may be needed to import."""

import importlib.metadata
import json
import sys

import aws_lambda_powertools

from dropcast.recipes import RECIPES
from dropcast.scoring import build_scorer


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    return {
        "recipes": sorted(RECIPES),
        "scorer": build_scorer.__module__,
        "logger": aws_lambda_powertools.Logger(service="x").service,
        "data_libraries": sorted({"numpy", "pandas", "pyarrow", "sklearn"} & set(sys.modules)),
        "powertools": importlib.metadata.version("aws-lambda-powertools"),
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
