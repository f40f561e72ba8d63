"""What goes wrong is a function of the seed and of the request or event that it happens to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.faults.plan import Call, Fault, Plan, Point, name_call, read_plan

RATES = {"before slow": 0.3, "after kill": 0.2, "before throttle": 0.5}
EVENTS = {"drop": 0.3, "delay": 0.3, "duplicate": 0.4}


def make_call(
    function: str = "ingest", name: str = "GET raw raw/", count: int = 1, ordinal: int = 1
) -> Call:
    return Call(function=function, name=name, count=count, ordinal=ordinal)


@given(
    seed=st.integers(0, 2**40), count=st.integers(1, 50), ordinals=st.tuples(*[st.integers()] * 2)
)
def test_a_draw_depends_on_its_own_request_or_event_alone(
    seed: int, count: int, ordinals: tuple[int, int]
) -> None:
    plans = (
        Plan(seed=seed, requests=RATES, events=EVENTS),
        Plan(seed=seed, requests=RATES, events=EVENTS),
    )
    # One of them has decided many other requests before.
    for other in range(20):
        plans[1].decide_request(make_call(count=count + other + 1))
        plans[1].decide_event("elsewhere", other)
    first, second = (
        plan.decide_request(make_call(count=count, ordinal=ordinal))
        for plan, ordinal in zip(plans, ordinals, strict=True)
    )
    assert first == second
    assert plans[0].decide_event("raw/a", count) == plans[1].decide_event("raw/a", count)


def test_rates_that_add_up_to_one_let_nothing_through_and_draw_each_kind() -> None:
    plan = Plan(seed=3, requests=RATES, events=EVENTS)
    faults = [fault for n in range(200) for fault in plan.decide_request(make_call(count=n))]
    assert len(faults) == 200
    assert {f"{fault.when} {fault.action}" for fault in faults} == set(RATES)
    arrivals = [plan.decide_event("raw/a", n) for n in range(200)]
    assert None in arrivals
    assert {len(copies) for copies in arrivals if copies is not None} == {1, 2, 3}


def test_without_rates_nothing_goes_wrong() -> None:
    assert Plan(seed=1).decide_request(make_call()) == []
    assert Plan(seed=1).decide_event("raw/a", 1) == [0.0]


@given(count=st.integers(1, 5), wanted=st.integers(1, 5))
def test_a_point_is_a_fault_once_and_at_its_own_request(count: int, wanted: int) -> None:
    point = Point(function="ingest", name="GET raw raw/", count=wanted, when="after", action="kill")
    plan = Plan(points=(point,))
    faults = plan.decide_request(make_call(count=count))
    assert faults == ([Fault(action="kill", when="after")] if count == wanted else [])
    assert plan.decide_request(make_call(function="features", count=wanted)) == []


def test_a_plan_comes_back_from_its_document() -> None:
    point = {"function": "fit", "name": "x", "count": 2, "when": "before", "action": "kill"}
    plan = read_plan({"seed": 7, "points": [point], "requests": RATES, "events": EVENTS})
    assert plan == Plan(seed=7, points=(Point(**point),), requests=RATES, events=EVENTS)  # type: ignore[arg-type]
    assert read_plan({}) == Plan()


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("clean/current/a.json", "GET lake clean/current/"),
        ("clean/other", "GET lake clean/"),
        ("else", "GET lake (other)"),
        ("", "GET lake (list)"),
    ],
)
def test_a_request_is_named_by_the_longest_prefix(key: str, name: str) -> None:
    assert name_call("GET", "lake", key, ("clean/", "clean/current/", "raw/")) == name
