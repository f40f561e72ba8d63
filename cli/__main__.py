"""The program of the checkout that this file lies in, whatever is installed.

An installed `dropcast` starts it for what needs the checkout (``cli.app.enter_checkout``).
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(_ROOT), str(_ROOT / "layers/core/python")]

from cli.app import run  # noqa: E402 - the path comes first

if __name__ == "__main__":
    run()
