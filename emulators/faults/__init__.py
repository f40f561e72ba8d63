"""Faults made inside the emulator, where AWS has them; what is deployed knows nothing of them.

The server loads this package where ``DROPCAST_CHAOS`` is set; ``control`` answers HTTP requests at
``/_chaos/`` that set, read and clear the faults.
"""
