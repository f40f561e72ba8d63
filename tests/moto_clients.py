"""Sessions and clients that moto answers, made once: that reads AWS's own descriptions of its
services, and takes longer than most tests. No test may change what it is handed here."""

from functools import cache
from typing import Any

import boto3

REGION = "us-east-1"


@cache
def open_session(region: str = REGION) -> boto3.Session:
    """Return a session whose keys nobody checks."""
    return boto3.Session(region_name=region, aws_access_key_id="1", aws_secret_access_key="1")


@cache
def make_client(service: str) -> Any:
    """Return the service's client; what it is told lives as long as the ``mock_aws`` around it."""
    make: Any = open_session().client
    return make(service)
