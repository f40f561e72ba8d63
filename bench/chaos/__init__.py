"""The chaos suite: faults by seed on the deployed stack, then the promises checked on its buckets.

``python -m bench.chaos --seeds 200``; ``--seed n`` repeats one.
"""
