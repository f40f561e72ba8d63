"""What a fit leaves for later steps, as documents; no learning library is needed to read them."""

from dataclasses import dataclass

from dropcast.recipe import Candidate
from dropcast.search.leaderboard import Leaderboard
from dropcast.training.split import SplitRecord


@dataclass(frozen=True, kw_only=True)
class Importance:
    """How much worse the gate's metric is when a feature is shuffled.

    Mean and standard deviation over the shuffles, in the metric's unit.
    """

    name: str
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """All that later steps need to know of a fit.

    ``references``  the versions of the reference tables by name
    ``packages``    the versions of the libraries that fitted it by name
    """

    model: str
    dataset: str
    dataset_version: str
    references: dict[str, str]
    recipe_hash: str
    seed: int
    candidate: Candidate
    leaderboard: Leaderboard
    importance: tuple[Importance, ...]
    features: tuple[str, ...]
    split: SplitRecord
    program_sha256: str
    program_bytes: int
    packages: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PipelinePredictions:
    """The pipeline's own predictions for the test rows, in their order.

    ``predictions``  class probabilities, or one number in the target's unit, for each row
    """

    predictions: tuple[tuple[float, ...], ...]


def name_model(dataset: str, program_sha256: str) -> str:
    """Return a model's name: its dataset and the first 16 hex digits of its program's sha256.

    >>> name_model("bitcoin", "0123456789abcdef" * 4)
    'bitcoin-0123456789abcdef'
    """
    return f"{dataset}-{program_sha256[:16]}"
