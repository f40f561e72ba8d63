"""Writers at once, in every order of their operations that can matter, with faults among them:
their histories are those of a single copy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.storage.memory import MemoryBlobStore
from tests.storage.concurrency.exploring import draw, explore
from tests.storage.concurrency.scenarios import (
    CROWDS,
    Scenario,
    begin,
    commit,
    is_explained,
    judge_ledger,
    judge_registry,
    judge_versions,
    one_after_the_other,
    promote,
    roll_back,
    take_in,
    tell,
)
from tests.storage.concurrency.scheduler import Run

RACES = {
    "two runs for the first championship": Scenario(
        writes=(promote("a", generation=0), promote("b", generation=0)), model=judge_registry
    ),
    "a run against a rollback": Scenario(
        writes=(
            one_after_the_other(promote("a", generation=0), promote("c", generation=1)),
            roll_back("b"),
        ),
        model=judge_registry,
    ),
    "the same run twice": Scenario(
        writes=(promote("a", generation=0), promote("a", generation=0)), model=judge_registry
    ),
    "two drops of one key": Scenario(
        writes=(commit("k", "1", "x"), commit("k", "2", "y")), model=judge_versions
    ),
    "two keys": Scenario(
        writes=(commit("k", "1", "x"), commit("l", "1", "y")), model=judge_versions
    ),
    "one drop read by two releases": Scenario(
        writes=(commit("k", "1", "x", attempt=1), commit("k", "1", "y", attempt=2)),
        model=judge_versions,
    ),
    "one drop whose event came twice": Scenario(writes=(take_in(), begin()), model=judge_ledger),
}
TRIPLES = {
    "runs and an operator": Scenario(
        writes=(promote("a", generation=0), promote("b", generation=1), roll_back("a")),
        model=judge_registry,
    ),
    "drops": Scenario(
        writes=(commit("k", "1", "x"), commit("k", "2", "y"), commit("l", "1", "x")),
        model=judge_versions,
    ),
    "events of one drop": Scenario(writes=(take_in(), begin(), begin()), model=judge_ledger),
}


@pytest.mark.parametrize("name", RACES)
def test_every_order_of_a_race_with_a_fault_is_as_if_one_came_after_the_other(name: str) -> None:
    scenario = RACES[name]
    for run in explore(lambda run: scenario.play(run, MemoryBlobStore()), faults=1):
        assert is_explained(scenario, run), tell(run)


@pytest.mark.parametrize("name", TRIPLES)
def test_every_order_of_three_writers_is_as_if_they_came_one_by_one(name: str) -> None:
    scenario = TRIPLES[name]
    for run in explore(lambda run: scenario.play(run, MemoryBlobStore()), faults=0):
        assert is_explained(scenario, run), tell(run)


@pytest.mark.parametrize("name", CROWDS)
@given(seed=st.integers(0, 2**32 - 1), fault_rate=st.sampled_from([0.0, 0.1, 0.3]))
def test_any_order_of_many_writers_with_many_faults_is_too(
    name: str, seed: int, fault_rate: float
) -> None:
    run = Run(choose=draw(seed, fault_rate=fault_rate), faults_left=6)
    assert CROWDS[name].play(run, MemoryBlobStore())
    assert is_explained(CROWDS[name], run), tell(run)


class Unconditional(MemoryBlobStore):
    """A store whose conditional writes forget their condition."""

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        del etag
        self.write(key, body, content_type)
        return True


# The same run twice writes the same bytes: there even that does no harm.
@pytest.mark.parametrize("name", [name for name in RACES if name != "the same run twice"])
def test_without_conditional_writes_some_order_of_every_race_is_found_out(name: str) -> None:
    scenario = RACES[name]
    runs = explore(lambda run: scenario.play(run, Unconditional()), faults=1)
    assert any(not is_explained(scenario, run) for run in runs)
