"""A fitted pipeline as a scoring program: data, never code."""

from dropcast.training.compile.program import compile_program

__all__ = ["compile_program"]
