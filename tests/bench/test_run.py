"""The options of a run, and where its page may be written."""

from pathlib import Path

import pytest

from bench.run import (
    FULL,
    PARTS,
    PUBLISHED,
    QUICK,
    UNPUBLISHED,
    Plan,
    name_command,
    read_arguments,
)
from bench.serving.served_model import TITLES


def test_a_whole_run_is_published() -> None:
    assert read_arguments([]).output == PUBLISHED
    assert name_command(quick=False, parts=frozenset(PARTS)) == "make bench"


@pytest.mark.parametrize("arguments", [["--quick"], ["--parts", "c,d"]])
def test_a_smaller_run_is_written_elsewhere(arguments: list[str]) -> None:
    assert read_arguments(arguments).output == UNPUBLISHED


@pytest.mark.parametrize("arguments", [["--quick"], ["--parts", "c,d"]])
def test_a_smaller_run_cannot_be_published(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_arguments([*arguments, "--output", str(PUBLISHED)])
    assert "is not published" in capsys.readouterr().err


def test_a_smaller_run_may_have_another_output(tmp_path: Path) -> None:
    assert read_arguments(["--quick", "--output", str(tmp_path)]).output == tmp_path


def test_an_unknown_part_is_refused_with_those_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--parts", "c,z"])
    assert "no part z; known: a, b1, b2, c, d, e, f, g" in capsys.readouterr().err


def test_the_command_names_the_parts_in_the_pages_order() -> None:
    assert name_command(quick=False, parts=frozenset({"d", "a"})) == "make bench PARTS=a,d"


@pytest.mark.parametrize("plan", [FULL, QUICK])
def test_the_file_that_is_profiled_is_one_that_is_measured(plan: Plan) -> None:
    assert plan.ingest_profile in plan.ingest
    assert set(plan.batch_rows) == set(TITLES)
