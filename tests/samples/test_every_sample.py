"""Every generated sample is what its generator writes, so no real row can be in it."""

import importlib
from pathlib import Path

import pytest

DATASETS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/generate.py"))


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_generator_writes_the_sample_and_its_request(dataset: str) -> None:
    generate = importlib.import_module(f"tests.samples.{dataset}.generate")
    assert generate.SAMPLE.read_text() == generate.render_sample()
    if hasattr(generate, "render_request"):
        assert generate.REQUEST.read_text() == generate.render_request()
