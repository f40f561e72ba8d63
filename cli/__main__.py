"""``python -m cli``: puts the core layer's sources on the path, as Lambda does, and starts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "layers/core/python"))

from cli.app import run

if __name__ == "__main__":
    run()
