"""What costs are counted from and where they are published: templates, samples, the page."""

import json
from pathlib import Path
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.serialization.codec import from_document
from operations.pricing.assets import measure_assets
from operations.pricing.page import render_blocks, replace_blocks
from operations.pricing.per_use import Measured
from toolchain.project import ROOT

PAGE = ROOT / "docs/costs.md"
SAMPLES = ROOT / "docs/costs.json"
BENCHMARKS = ROOT / "docs/benchmarks.json"
_KNOWN_SIZES = ROOT / "build/asset-sizes.json"


class NoTemplateError(DropcastError):
    """There is no template to count from; the message says where it was looked for."""


def read_assembly(folder: Path) -> dict[str, Any]:
    """Return the template of a cloud assembly's one stack; raise :class:`NoTemplateError`."""
    found = sorted(folder.glob("*.template.json"))
    if len(found) != 1:
        raise NoTemplateError(
            f"{folder} holds {len(found)} templates; it takes the folder of one stack, as "
            "`npx cdk synth -o FOLDER` writes it"
        )
    template: dict[str, Any] = json.loads(found[0].read_text())
    return template


def measure_known_assets(folder: Path, known_sizes: Path = _KNOWN_SIZES) -> int:
    """Return the bytes of an assembly's zipped assets; what was zipped once is not zipped again."""
    known: dict[str, int] = json.loads(known_sizes.read_text()) if known_sizes.exists() else {}
    size = measure_assets(folder, known)
    known_sizes.parent.mkdir(parents=True, exist_ok=True)
    known_sizes.write_text(json.dumps(known, indent=1))
    return size


def read_measured() -> Measured:
    """Return what ``make costs`` measured last."""
    return from_document(Measured, json.loads(SAMPLES.read_text()))


def write_page(template: dict[str, Any], measured: Measured) -> None:
    """Write the generated parts of ``docs/costs.md`` anew."""
    figures = json.loads(BENCHMARKS.read_text())
    blocks = render_blocks(template, measured, figures)
    PAGE.write_text(replace_blocks(PAGE.read_text(), blocks))
