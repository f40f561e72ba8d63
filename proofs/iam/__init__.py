"""The proof that every grant of the deployed roles is needed.

``python -m proofs.iam`` removes each grant in turn and runs the role's exercises: at least one must
fail. It writes the table in ``docs/security.md``.
"""
