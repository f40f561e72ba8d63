"""How a number is written, for Python's ``re`` and Arrow's RE2 alike."""

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
# Kinds of columns whose values are numbers.
NUMERIC_KINDS = ("number", "integer")
# Below this every whole number is a float64 of its own.
EXACT_FLOATS = 2**53
INT64_MINIMUM = -(2**63)
INT64_MAXIMUM = 2**63 - 1
