"""The table of what the loss of each grant led to."""

from pathlib import Path

import pytest

from proofs.iam.grants import Grant
from proofs.iam.mutations import Finding
from proofs.iam.page import BEGIN, END, PageError, draw_table, write_table

NAMES = {"dropcast-lake-1a": "lake bucket", "/aws/cfn/FitLog1A": "Fit log"}
LAKE = "arn:aws:s3:::dropcast-lake-1a"
LOG = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/cfn/FitLog1A:*"


def grant(action: str, resource: str, prefix: str | None = None) -> Grant:
    return Grant(statement=0, action=action, resource=resource, prefix=prefix)


def test_it_shows_needed_grants_unneeded_ones_and_those_that_only_aws_requires() -> None:
    table = draw_table(
        [
            Finding(
                role="Fit",
                grant=grant("s3:GetObject", f"{LAKE}/work/train/*"),
                exercise="a fit",
                usual="returned",
                without="AccessDenied",
            ),
            Finding(role="Fit", grant=grant("s3:ListBucket", LAKE, "cards/*")),
            Finding(role="Fit", grant=grant("logs:PutLogEvents", LOG), source="https://docs"),
        ],
        NAMES,
    )
    assert (
        "| Fit | `s3:GetObject` | `lake bucket: work/train/*` | "
        "a fit: AccessDenied (with it: returned) |" in table
    )
    assert "| Fit | `s3:ListBucket` | `lake bucket: cards/*` | **nothing fails" in table
    assert "| Fit | `logs:PutLogEvents` | `Fit log` | <https://docs> |" in table
    assert "1 grant" in table


def test_it_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "security.md"
    page.write_text(f"# Security\n\n{BEGIN}\nold\n{END}\n\nMore.\n")
    write_table("new\n", page)
    write_table("newer\n", page)
    assert page.read_text() == f"# Security\n\n{BEGIN}\n\nnewer\n\n{END}\n\nMore.\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_a_place_for_it_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "security.md"
    page.write_text(text)
    with pytest.raises(PageError, match="must have one line"):
        write_table("new", page)
    assert page.read_text() == text
