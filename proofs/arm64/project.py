"""What this proof uses of the project's tools, in one place."""

from dropcast.contracts.errors import DropcastError
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT, run_tool

__all__ = ["ROOT", "DropcastError", "build_layers", "open_workshop", "run_tool"]
