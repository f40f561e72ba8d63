"""The chaos suite: faults drawn by seed on the deployed stack, then its promises are checked.

``python -m proofs.chaos --seeds 200`` runs many schedules; ``--seed n`` repeats one.

``schedule``        what a seed draws: actions and faults
``schedule_run``    one run of a schedule, with its checks
``promises``        the promises, each a check of what was observed
``mutations``       code changes that must be caught
``report``          ``docs/chaos.md``
"""
