"""The CDK app: ``cdk synth -c stage=aws`` or ``-c stage=local``. Reads files, nothing else."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "layers/core/python"))

from cdk.app import make_app  # noqa: E402 - the path comes first

if __name__ == "__main__":
    make_app(root=ROOT).synth()
