"""What this proof uses of the project's tools, in one place."""

from cli.builder.layers import build_layers, open_workshop
from cli.project import ROOT, run_tool
from dropcast.contracts.errors import DropcastError

__all__ = ["ROOT", "DropcastError", "build_layers", "open_workshop", "run_tool"]
