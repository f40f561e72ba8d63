"""Synthesise the app again and again in one process: a script, run in a copy of the project.

Loading the CDK takes six times as long as making a template, so tests that need many templates
share one process. It reads one request a line from its standard input, as JSON with ``root``,
``context``, ``environ`` and ``outdir``, and writes one line with the error's text, or ``null``.
"""

import json
import sys
from pathlib import Path


def serve() -> None:
    """Make a template for each request until the input ends."""
    sys.path[:0] = [str(Path.cwd()), str(Path.cwd() / "layers/core/python")]
    from cdk.app import make_app  # noqa: PLC0415 - the path comes first
    from cdk.functions import LayersMissingError  # noqa: PLC0415
    from cdk.settings import SettingsError  # noqa: PLC0415

    for line in sys.stdin:
        request = json.loads(line)
        reply = "null"
        try:
            make_app(
                root=Path(request["root"]),
                environ=request["environ"],
                context=request["context"],
                outdir=request["outdir"],
            ).synth()
        except (LayersMissingError, SettingsError) as error:
            reply = json.dumps(str(error))
        print(reply, flush=True)  # noqa: T201 - the reply


if __name__ == "__main__":
    serve()
