"""The chaos suite: faults by seed on the deployed stack, then the promises checked on its buckets.

``python -m proofs.chaos --seeds 200``; ``--seed n`` repeats one.
"""
