"""Run with the layers of what scores files: programs answer whole columns of numpy, bit by bit.

score_blocks.py <folder of programs and rows>
"""

import json
import sys
from pathlib import Path

import numpy as np

from dropcast.scoring import read_program
from dropcast.scoring.batch.columns import build_batch_scorer


def score_all(folder: Path) -> dict[str, list[list[str]]]:
    """Return each program's predictions as hexadecimal floats."""
    found = {}
    for path in sorted(folder.glob("*/*.program")):
        score = build_batch_scorer(read_program(path.read_bytes()))
        rows = json.loads((path.parent / "rows.json").read_text())
        values = np.array([list(map(float.fromhex, row)) for row in rows])
        found[f"{path.parent.name}, {path.stem}"] = [
            [value.hex() for value in row] for row in score(values).tolist()
        ]
    return found


if __name__ == "__main__":
    json.dump(score_all(Path(sys.argv[1])), sys.stdout)
