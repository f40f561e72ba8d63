"""docs/operations.md has a section for each alarm of the template, and for no other."""

import re

from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.template import Template

PAGE = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+Alarm)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))


def list_alarms(template: Template) -> set[str]:
    """Return the alarms' names as the page has them: without construct path and hash."""
    names = set()
    for logical_id in template.find("CloudWatch::Alarm"):
        match = re.fullmatch(r"Observability(\w+)[0-9A-F]{8}", logical_id)
        assert match, logical_id
        names.add(match[1])
    return names


def test_each_alarm_has_a_section_and_no_section_is_about_another(aws: Template) -> None:
    assert SECTIONS.keys() == list_alarms(aws)


def test_the_page_counts_the_alarms_and_names_them_as_cloudformation_does(aws: Template) -> None:
    words = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"]
    (word,) = re.findall(r"^There are (\w+) alarms\.", PAGE, re.MULTILINE)
    assert words.index(word) + 10 == len(list_alarms(aws))
    (example,) = re.findall(r"`Dropcast-Observability(\w+)\.\.\.`", PAGE)
    assert example in list_alarms(aws)


def test_each_section_says_what_it_means_where_to_look_and_what_to_do() -> None:
    for name, text in SECTIONS.items():
        parts = re.findall(r"^\*\*([\w ]+)\.\*\* \S", text, re.MULTILINE)
        assert parts == ["Meaning", "First look", "Remedy"], name
