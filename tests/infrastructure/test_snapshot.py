"""The whole template, as it was last reviewed, and what CloudFormation's own linter says of it.

A change of the template shows in the diff of ``aws_template.yaml``. After a change that is meant,
``make snapshot`` writes it again.
"""

import json
import os
import re
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest
import yaml

from tests.infrastructure.template import Template

SNAPSHOT = Path(__file__).with_name("aws_template.yaml")
# What follows from the bytes of code and layers: asset hashes, and the logical ids that the CDK
# derives from content.
_CONTENT = re.compile(r"\b[0-9a-f]{64}\b|(?<=CurrentVersion)\w+|(?<=ApiDeployment)\w+")


def describe_template(template: Template) -> str:
    """Return the template as YAML with sorted keys, without what follows from the code's bytes."""
    text: str = yaml.safe_dump(template.body, sort_keys=True, width=100)
    return _CONTENT.sub("_", text)


def test_the_template_is_the_reviewed_one(aws: Template) -> None:
    now = describe_template(aws)
    if os.environ.get("DROPCAST_RENEW_SNAPSHOT"):
        SNAPSHOT.write_text(now, encoding="utf-8")
    reviewed = SNAPSHOT.read_text(encoding="utf-8")
    difference = "".join(
        unified_diff(reviewed.splitlines(True), now.splitlines(True), "reviewed", "now", n=2)
    )
    assert not difference, f"{difference}\nif that is meant, run `make snapshot` and commit it"


def test_cloudformations_linter_finds_nothing_in_either_stages_template(
    templates: dict[str, Template], tmp_path: Path
) -> None:
    files = [tmp_path / f"{stage}.template.json" for stage in templates]
    for file, template in zip(files, templates.values(), strict=True):
        file.write_text(json.dumps(template.body), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "us-east-1"]
    # The CDK writes each function's dependency on its role out, which CloudFormation would find.
    command += ["--ignore-checks", "W3005", "--", *map(str, files)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


def test_the_linter_would_find_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "wrong.template.json"
    file.write_text('{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"X": 1}}}}')
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--", str(file)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode != 0
    assert "E3002" in finished.stdout


@pytest.mark.parametrize(
    "text", ["a" * 64, "FunctionsPredictCurrentVersion1A2B3C", "ApiDeployment55AA"]
)
def test_what_follows_from_the_codes_bytes_is_no_part_of_the_snapshot(text: str) -> None:
    assert _CONTENT.sub("_", text) != text
