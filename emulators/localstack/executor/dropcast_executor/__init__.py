"""LocalStack's Lambda functions as processes of this machine.

All modules but ``plugin`` need the standard library alone, so that they can be tested, and used by
the benchmarks, where LocalStack is not installed.
"""
