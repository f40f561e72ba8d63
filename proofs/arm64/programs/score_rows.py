"""Run with the layers of what predicts: programs answer rows and requests, bit by bit.

score_rows.py <folder of programs and rows> <folder of the samples>
"""

import json
import sys
from pathlib import Path
from zoneinfo import reset_tzpath

from dropcast.scoring import (
    Program,
    build_scorer,
    build_value_scorer,
    check_rows,
    read_program,
)

MOST_ROWS = 1000


def score_request(program: Program, path: Path) -> list[list[str]]:
    """Return the predictions for the request of a sample, as the API computes them."""
    cases = check_rows(json.loads(path.read_text()), schema=program, max_rows=MOST_ROWS)
    score = build_scorer(program)
    return [[value.hex() for value in score(case)] for case in cases]


def score_all(folder: Path, samples: Path) -> dict[str, dict[str, list[list[str]]]]:
    """Return each program's predictions as hexadecimal floats."""
    found = {}
    for path in sorted(folder.glob("*/*.program")):
        dataset = path.parent.name
        program = read_program(path.read_bytes())
        score = build_value_scorer(program)
        rows = json.loads((path.parent / "rows.json").read_text())
        found[f"{dataset}, {path.stem}"] = {
            "rows": [
                [value.hex() for value in score(list(map(float.fromhex, row)))] for row in rows
            ],
            "request": score_request(program, samples / dataset / "request.json"),
        }
    return found


if __name__ == "__main__":
    reset_tzpath(())  # Lambda's image promises no time zones, so those of the layer are read.
    json.dump(score_all(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
