"""Proofs that the product keeps what its documents promise, each a command of its own."""
