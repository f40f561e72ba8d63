"""Dropcast: drop a file in a bucket; get a checked table, an honest model and a prediction API.

docs/architecture.md lists the packages and what each may import.
"""

from dropcast.bundle import use_bundle

use_bundle(__path__[0])
