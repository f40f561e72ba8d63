"""How big layers and functions may be, unzipped (MB = 1,000,000 bytes), and how big they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dropcast.contracts.errors import DropcastError

MB = 1_000_000

LAYER_BUDGETS_MB: Mapping[str, float] = {
    "core": 3,
    "powertools": 5,
    "zones": 1,
    "tables": 200,
    "arrays": 86,
    "learning": 142,
    "boosting": 25,
    "search": 60,
    "docs": 3,
}
# What answers requests starts cold in front of a waiting person.
PREDICT_BUDGET_MB = 30
LAMBDA_LIMIT_BYTES = 262_144_000


@dataclass(frozen=True, kw_only=True)
class Load:
    """What Lambda unpacks for a function: its folder under ``functions/`` and its layers."""

    folder: str
    layers: tuple[str, ...]


_SERVING = ("core", "powertools")
_AT_ONCE = ("core", "zones")
_TABLES = (*_SERVING, "tables")
_ARRAYS = (*_SERVING, "arrays")
_FITTING = (*_ARRAYS, "learning", "boosting")

FUNCTIONS: Mapping[str, Load] = {
    "ingest": Load(folder="ingest", layers=_TABLES),
    "features": Load(folder="features", layers=_TABLES),
    "split": Load(folder="train", layers=_ARRAYS),
    "propose": Load(folder="train", layers=(*_SERVING, "search")),
    "trial": Load(folder="train", layers=_FITTING),
    "fit": Load(folder="train", layers=_FITTING),
    "evaluate": Load(folder="train", layers=_ARRAYS),
    "register": Load(folder="train", layers=_SERVING),
    "predict": Load(folder="predict", layers=_AT_ONCE),
    "score": Load(folder="predict", layers=_TABLES),
    "catalogue": Load(folder="predict", layers=(*_SERVING, "docs")),
    "uploads": Load(folder="predict", layers=_SERVING),
    "rollback": Load(folder="predict", layers=_SERVING),
}


class OverBudgetError(DropcastError):
    """A layer or a function is bigger than it may be; its biggest parts are listed."""


@dataclass(frozen=True, kw_only=True)
class Overrun:
    """Something over its budget, in bytes."""

    name: str
    size_bytes: int
    budget_bytes: int
    folders: tuple[Path, ...]


def measure_folder(folder: Path) -> int:
    """Return the bytes of all files under the folder (0 where there is none)."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def list_parts(folder: Path, *, depth: int = 2, count: int = 15) -> list[tuple[str, int]]:
    """Return the biggest parts of a folder and their bytes, most first.

    A part is a file, or a folder ``depth`` names down; a part that stands alone is not split.
    """
    sizes: dict[str, int] = {}
    for path in folder.rglob("*"):
        if not path.is_dir():
            part = "/".join(path.relative_to(folder).parts[:depth])
            sizes[part] = sizes.get(part, 0) + path.lstat().st_size
    return sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:count]


def find_overruns(layers: Path, functions: Path) -> list[Overrun]:
    """Return what is over budget among a stage's layers and the functions that use them."""
    sizes = {name: measure_folder(layers / name) for name in LAYER_BUDGETS_MB}
    candidates = [
        Overrun(
            name=f"layer {name}",
            size_bytes=sizes[name],
            budget_bytes=int(budget * MB),
            folders=(layers / name,),
        )
        for name, budget in LAYER_BUDGETS_MB.items()
    ]
    for function, load in FUNCTIONS.items():
        own = functions / load.folder
        candidates.append(
            Overrun(
                name=f"function {function} with its layers {', '.join(load.layers)}",
                size_bytes=measure_folder(own) + sum(sizes[name] for name in load.layers),
                budget_bytes=PREDICT_BUDGET_MB * MB
                if function == "predict"
                else LAMBDA_LIMIT_BYTES,
                folders=(own, *(layers / name for name in load.layers)),
            )
        )
    return [candidate for candidate in candidates if candidate.size_bytes > candidate.budget_bytes]


def describe_overruns(overruns: Sequence[Overrun]) -> str:
    """Return the text that says what is too big, by how much, and its biggest parts."""
    lines = []
    for overrun in overruns:
        excess = overrun.size_bytes - overrun.budget_bytes
        lines.append(
            f"{overrun.name}: {overrun.size_bytes / MB:.1f} MB is {excess / MB:.1f} MB over "
            f"its {overrun.budget_bytes / MB:.1f} MB; its biggest parts:"
        )
        parts = [
            (f"{folder.name}/{part}", size)
            for folder in overrun.folders
            for part, size in list_parts(folder, depth=3)
        ]
        biggest = sorted(parts, key=lambda part: (-part[1], part[0]))[:15]
        lines += [f"  {size / MB:8.2f} MB  {part}" for part, size in biggest]
    return "\n".join(lines)


def check_budgets(layers: Path, functions: Path) -> None:
    """Raise ``OverBudgetError`` with a table where a layer or a function is too big."""
    overruns = find_overruns(layers, functions)
    if overruns:
        raise OverBudgetError(describe_overruns(overruns))
