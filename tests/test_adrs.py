"""Each decision record states its status and its date, and the index shows both."""

import re
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs/adr"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
LINK = r"\[ADR (\d+)\]\(([\w-]+\.md)\)"
STATUS = re.compile(
    rf"(proposed|rejected|accepted|accepted, amended by {LINK}(, {LINK})*|superseded by {LINK})"
)
HEAD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n- Status: (?P<status>.+)\n- Date: (?P<date>.+)\n\n"
)


def read_head(page: Path) -> dict[str, str]:
    """Return a record's number, title, status and date."""
    head = HEAD.match(page.read_text(encoding="utf-8"))
    assert head, f"{page.name} begins otherwise than '# N. Title', '- Status: ...', '- Date: ...'"
    return head.groupdict()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_record_begins_with_its_number_its_status_and_its_date(page: Path) -> None:
    head = read_head(page)
    assert page.name.startswith(f"{int(head['number']):04}-")
    assert STATUS.fullmatch(head["status"]), head["status"]
    assert date.fromisoformat(head["date"]).isoformat() == head["date"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_amends_or_supersedes_a_record_is_a_later_record(page: Path) -> None:
    head = read_head(page)
    for number, name in re.findall(LINK, head["status"]):
        later = read_head(FOLDER / name)
        assert later["number"] == number
        assert int(number) > int(head["number"])
        assert later["date"] >= head["date"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_record_says_what_holds_now_where_it_was_amended(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    is_amended = "amended by" in read_head(page)["status"]
    assert is_amended == ("\n## Amended\n" in text)
    if is_amended:
        section = text.split("\n## Amended\n")[1]
        for number, name in re.findall(LINK, read_head(page)["status"]):
            assert f"[ADR {number}]({name})" in section


def test_numbers_are_given_once_and_without_a_gap() -> None:
    assert [int(read_head(page)["number"]) for page in PAGES] == list(range(1, len(PAGES) + 1))


def test_the_index_has_every_record_with_its_status_and_date() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line for line in index.splitlines() if line.startswith("| [")]
    assert rows == [
        "| [{number}. {title}]({name}) | {status} | {date} |".format(
            **read_head(page), name=page.name
        )
        for page in PAGES
    ]
