"""The checks in their order: each runs a program on both machines and compares what it gave."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from proofs.arm64.comparison import Outcome, compare_results
from proofs.arm64.machines import Machine, make_command, run_program

# Function -> the layers that it carries, as the stack declares them.
LAYERS_OF = {
    "Ingest": ("core", "powertools", "tables"),
    "Split": ("core", "powertools", "arrays"),
    "Evaluate": ("core", "powertools", "arrays"),
    "Fit": ("core", "powertools", "arrays", "learning", "boosting"),
    "Propose": ("core", "powertools", "search"),
    "Predict": ("core", "zones"),
    "Score": ("core", "powertools", "tables"),
}
# Layer program -> the function whose layers it runs with.
LAYER_PROGRAMS = {
    "tables": "Ingest",
    "arrays": "Split",
    "evaluating": "Evaluate",
    "learning": "Fit",
    "boosting": "Fit",
    "search": "Propose",
    "serving": "Predict",
}
# Functions whose layers together hold every compiled library.
WITH_LIBRARIES = ("Ingest", "Fit", "Propose")
TRAINED = "spotify_preference"
# Libraries add up in another order on another processor, so a row may be predicted otherwise.
LEARNING_TOLERANCE = 0.02
# The lock may hold other versions of a library for this machine's Python.
VERSION_KEYS = ("versions", "optuna")


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """Both machines, the project's folder and a folder for what the programs write."""

    here: Machine
    arm64: Machine
    root: Path
    workspace: Path

    def run_file(
        self, machine: Machine, *arguments: str | Path, program: Path, function: str
    ) -> Any:
        """Return what a program gives with the layers of a function."""
        folders = [self.root / "functions/predict"] if program.stem == "serving" else []
        command = make_command(
            machine, program, layers=LAYERS_OF[function], folders=folders, arguments=arguments
        )
        return run_program(machine, command, workspace=self.workspace)

    def run_own(self, machine: Machine, name: str, *arguments: str | Path, function: str) -> Any:
        """Return what one of this proof's own programs gives."""
        program = self.root / f"proofs/arm64/programs/{name}.py"
        return self.run_file(machine, *arguments, program=program, function=function)

    def compare(
        self,
        name: str,
        run: Callable[[Machine], Any],
        *,
        tolerance: float = 0.0,
        ignored: Collection[str] = (),
    ) -> Outcome:
        """Return how the two machines compare."""
        here, arm64 = partial(run, self.here), partial(run, self.arm64)
        return compare_results(name, here, arm64, tolerance=tolerance, ignored=ignored)


def run_checks(lab: Laboratory) -> Iterator[Outcome]:
    """Yield the outcome of each check as soon as it is known."""
    yield from _run_layer_programs(lab)
    yield from _load_libraries(lab)
    yield lab.compare(
        "bits of the recipes' arithmetic and of Python's math",
        lambda machine: lab.run_own(machine, "arithmetic", function="Predict"),
    )
    yield from _train_and_score(lab)


def _run_layer_programs(lab: Laboratory) -> Iterator[Outcome]:
    for name, function in LAYER_PROGRAMS.items():
        program = lab.root / f"tests/builder/layer_programs/{name}.py"
        yield lab.compare(
            f"layer program '{name}' with the layers of {function}",
            partial(lab.run_file, program=program, function=function),
            tolerance=LEARNING_TOLERANCE,
            ignored=VERSION_KEYS,
        )


def _load_libraries(lab: Laboratory) -> Iterator[Outcome]:
    for function in WITH_LIBRARIES:
        layers = [lab.arm64.layers / name for name in LAYERS_OF[function]]
        yield compare_results(
            f"compiled libraries in the layers of {function}, all loaded",
            partial(list_loaded, layers),
            partial(lab.run_own, lab.arm64, "load_libraries", *layers, function=function),
        )


def list_loaded(layers: Collection[Path]) -> dict[str, str]:
    """Return what ``programs/load_libraries.py`` gives where every library can be loaded."""
    paths = (path for layer in layers for path in layer.rglob("*.so*") if path.is_file())
    return {str(path): "loaded" for path in paths}


def _train_and_score(lab: Laboratory) -> Iterator[Outcome]:
    samples = lab.root / "tests/samples"
    features, fitted, trained = (lab.workspace / name for name in ("features", "fitted", "trained"))

    def take_in(machine: Machine) -> Any:
        target = features / machine.name
        return lab.run_own(machine, "take_in", samples, target, function="Ingest")

    def train(machine: Machine) -> Any:
        places = (features / machine.name, trained / machine.name)
        return lab.run_own(machine, "fitting", "train", *places, TRAINED, function="Fit")

    def score_rows(folder: Path, machine: Machine) -> Any:
        return lab.run_own(machine, "score_rows", folder, samples, function="Predict")

    def score_blocks(folder: Path, machine: Machine) -> Any:
        return lab.run_own(machine, "score_blocks", folder, function="Score")

    yield lab.compare("bits of every sample's checked rows and features", take_in)
    yield lab.compare(f"training of '{TRAINED}'", train, tolerance=LEARNING_TOLERANCE)
    # Here alone: what one machine fitted must be scored alike by both.
    lab.run_own(lab.here, "fitting", "each", features / lab.here.name, fitted, function="Fit")
    for made_on, folder in (("here", fitted), ("on arm64", trained / lab.arm64.name)):
        for scored, score in (("rows and requests", score_rows), ("whole files", score_blocks)):
            name = f"bits of predictions for {scored}, by programs fitted {made_on}"
            yield lab.compare(name, partial(score, folder))
