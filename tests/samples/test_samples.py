import json

from dropcast.recipes import find_recipe
from dropcast.scoring import check_rows
from tests.samples.spotify_preference import generate


def test_the_sample_is_what_its_generator_writes() -> None:
    assert generate.SAMPLE.read_text() == generate.render_sample()


def test_the_sample_says_that_it_is_generated() -> None:
    rows = generate.SAMPLE.read_text().splitlines()[1:-1]
    assert all("Generated song" in row for row in rows)


def test_the_example_request_fits_the_recipe() -> None:
    body = json.loads(generate.SAMPLE.with_name("request.json").read_text())
    rows = check_rows(body, recipe=find_recipe("spotify_preference"), max_rows=10)
    assert len(rows) == len(body["rows"])
