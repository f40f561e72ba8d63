"""The CDK app, run by the CDK CLI. ``docs/deployment.md`` lists what ``-c name=value`` can set."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "layers/core/python"))

from cdk.app import make_app  # noqa: E402 - the path comes first
from cdk.functions import LayersMissingError  # noqa: E402
from cdk.settings import SettingsError  # noqa: E402
from toolchain.endpoints import StageMismatchError  # noqa: E402

if __name__ == "__main__":
    try:
        make_app(root=ROOT, environ=os.environ).synth()
    except (LayersMissingError, SettingsError, StageMismatchError) as error:
        sys.exit(f"error: {error}")
