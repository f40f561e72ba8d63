"""Faults made inside the emulator, where AWS has them; what is deployed knows nothing of it.

Loaded by the server where ``DROPCAST_CHAOS`` is set, and ruled by HTTP at ``/_chaos/``.
"""
