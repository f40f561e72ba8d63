"""Three API keys, each with a plan of its own, and how a stack comes from one generation of them
to the next without a moment in which no key is valid."""

import re
from typing import Any

import pytest

from cdk.api.routes import ROUTES, Route, RouteKeysError, list_checked_keys
from tests.infrastructure.conftest import PROJECT, Synthesiser
from tests.infrastructure.template import Template
from tests.infrastructure.test_api_and_alarms import FUNCTION_BY_ROUTE, OPEN

OUTPUTS = {"predictions": "ApiKeyId", "uploads": "UploadKeyId", "operator": "OperatorKeyId"}
# Spelled out a second time, by hand: who may ask what beside reading.
TAKEN = {
    ("POST", "/{dataset}/predict"): {"predictions", "operator"},
    ("POST", "/{dataset}/uploads"): {"uploads", "operator"},
    ("POST", "/{dataset}/rollback"): {"operator"},
}
CHECKED = {"predict": ["predictions", "operator"], "uploads": ["uploads", "operator"]}
CHECKED |= {"rollback": ["operator"]}


@pytest.fixture(scope="module")
def generations(
    synthesiser: Synthesiser, aws: Template, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Template]:
    """The template of each value of ``-c keys=``."""
    folder = tmp_path_factory.mktemp("generations")
    return {"1": aws} | {
        keys: synthesiser.synthesise("aws", folder / keys, settings={"keys": keys})
        for keys in ("1,2", "2")
    }


def find_key(template: Template, name: str) -> str:
    """Return the logical id of the key that the outputs hand out."""
    logical_id: str = template.body["Outputs"][OUTPUTS[name]]["Value"]["Ref"]
    assert logical_id in template.find("ApiGateway::ApiKey")
    return logical_id


def list_accepted(template: Template, function: str) -> list[str]:
    """Return the logical ids of the keys that a function accepts."""
    variables = template.find_functions()[function]["Properties"]["Environment"]["Variables"]
    return re.findall(r"<(\w+)>", template.render(variables["DROPCAST_KEY_IDS"]))


def list_links(template: Template) -> dict[str, tuple[str, str]]:
    """Return each link's plan and key."""
    links = template.find("ApiGateway::UsagePlanKey")
    return {
        i: (r["Properties"]["UsagePlanId"]["Ref"], r["Properties"]["KeyId"]["Ref"])
        for i, r in links.items()
    }


def test_every_route_takes_the_keys_of_this_page() -> None:
    found = {(route.method, route.path): set(route.keys) for route in ROUTES}
    assert found.keys() == FUNCTION_BY_ROUTE.keys()
    for route, keys in found.items():
        assert keys == TAKEN.get(route, set() if route in OPEN else set(OUTPUTS)), route


def test_functions_know_the_keys_that_their_routes_take_and_no_other(aws: Template) -> None:
    for function, names in CHECKED.items():
        assert list_accepted(aws, function) == [find_key(aws, name) for name in names]
    assert len({find_key(aws, name) for name in OUTPUTS}) == 3


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_each_key_has_a_plan_of_its_own_with_a_pace_and_a_quota(
    templates: dict[str, Template], stage: str
) -> None:
    template = templates[stage]
    plans = {i: r["Properties"] for i, r in template.find("ApiGateway::UsagePlan").items()}
    ((stage_id, deployed),) = template.find("ApiGateway::Stage").items()
    assert deployed["Properties"]["StageName"] == "v1"
    for plan in plans.values():
        assert plan["Throttle"]["RateLimit"] > 0
        assert plan["Throttle"]["BurstLimit"] > 0
        assert plan["Quota"]["Period"] == "DAY"
        assert plan["Quota"]["Limit"] > 0
        assert plan["ApiStages"][0]["Stage"] == {"Ref": stage_id}
    by_key = {key: plan for plan, key in list_links(template).values()}
    assert by_key.keys() == {find_key(template, name) for name in OUTPUTS}
    assert set(by_key.values()) == plans.keys()

    def find_plan(name: str) -> Any:
        return plans[by_key[find_key(template, name)]]

    predictions = find_plan("predictions")
    for name in ("uploads", "operator"):
        assert find_plan(name)["Throttle"]["RateLimit"] < predictions["Throttle"]["RateLimit"]
        assert find_plan(name)["Quota"]["Limit"] < predictions["Quota"]["Limit"]


def test_the_page_tells_each_keys_output_pace_and_quota(aws: Template) -> None:
    plans = {i: r["Properties"] for i, r in aws.find("ApiGateway::UsagePlan").items()}
    by_key = {key: plans[plan] for plan, key in list_links(aws).values()}
    rows = re.findall(
        r"^\| (\w+) \| `(\w+)` \| .* \| (\d+) a second, ([\d,]+) a day \|$",
        (PROJECT / "docs/access.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    shown = {
        name: (output, int(pace), int(day.replace(",", ""))) for name, output, pace, day in rows
    }
    assert shown == {
        name: (output, plan["Throttle"]["RateLimit"], plan["Quota"]["Limit"])
        for name, output in OUTPUTS.items()
        for plan in (by_key[find_key(aws, name)],)
    }


def test_while_two_generations_live_both_are_accepted_and_the_new_one_is_handed_out(
    generations: dict[str, Template],
) -> None:
    old, both = generations["1"], generations["1,2"]
    assert len(both.find("ApiGateway::ApiKey")) == 6
    for name in OUTPUTS:
        assert find_key(both, name) not in old.find("ApiGateway::ApiKey")
    for function, names in CHECKED.items():
        expected = [key for n in names for key in (find_key(old, n), find_key(both, n))]
        assert list_accepted(both, function) == expected
    # The new key lies in the plan of its purpose, beside the old one.
    plans = {key: plan for plan, key in list_links(both).values()}
    assert plans.keys() == both.find("ApiGateway::ApiKey").keys()
    for name in OUTPUTS:
        assert plans[find_key(both, name)] == plans[find_key(old, name)]


def test_the_old_generation_goes_and_the_new_one_stays_as_it_is(
    generations: dict[str, Template],
) -> None:
    old, both, new = (generations[keys] for keys in ("1", "1,2", "2"))
    for name in OUTPUTS:
        assert find_key(new, name) == find_key(both, name)
    for function, names in CHECKED.items():
        assert list_accepted(new, function) == [find_key(new, name) for name in names]
    # CloudFormation changes a key or a link by replacing it, which would be another value, or a
    # second link that API Gateway refuses: what stays must be the same under the same id.
    for kind in ("ApiGateway::ApiKey", "ApiGateway::UsagePlanKey", "ApiGateway::UsagePlan"):
        for before, after in ((old, both), (both, new)):
            for logical_id, resource in before.find(kind).items():
                assert after.find(kind).get(logical_id, resource) == resource
        assert old.find(kind).keys() <= both.find(kind).keys()
        assert new.find(kind).keys() <= both.find(kind).keys()
    assert not old.find("ApiGateway::ApiKey").keys() & new.find("ApiGateway::ApiKey").keys()


def test_another_generation_makes_another_live_version_of_predict(
    generations: dict[str, Template],
) -> None:
    """A version keeps the variables that it was published with."""
    versions = [tuple(one.find("Lambda::Version")) for one in generations.values()]
    assert len(set(versions)) == 3


def test_a_function_whose_routes_take_different_keys_is_refused() -> None:
    other = Route(method="GET", path="/x", function="Predict")
    with pytest.raises(RouteKeysError, match="Predict"):
        list_checked_keys([*ROUTES, other])
    same = Route(method="GET", path="/x", function="Predict", keys=("predictions", "operator"))
    assert list_checked_keys([*ROUTES, same])["Predict"] == ("predictions", "operator")
