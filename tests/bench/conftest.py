"""Each kind of model that the bench serves, fitted once."""

from typing import get_args

import pytest

from bench.serving.served_model import Kind, Served, fit_model


@pytest.fixture(scope="session", params=get_args(Kind))
def served(request: pytest.FixtureRequest) -> Served:
    return fit_model(request.param, rows=300)
