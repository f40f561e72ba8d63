"""Dropcast: drop a file in a bucket; get a checked table, an honest model and a prediction API.

The rooms, lowest first; a room imports only from rooms above it in this list:

``contracts``  words between rooms: messages, S3 key grammar, ports, errors
``recipe``     the vocabulary a dataset is written in
``recipes``    one file a dataset, declarations only
``ingest``     bytes -> checked table and quarantine
``features``   checked table -> feature table
``scoring``    the portable model and its plain-Python scorer
``training``   split, fit, evaluate, gate, compile to a scoring program
``storage``    S3 adapters for the ports, and their in-memory twins
``runtime``    what every Lambda function shares: dependencies, events, logs
"""

from dropcast.bundle import use_bundle

use_bundle(__path__[0])
