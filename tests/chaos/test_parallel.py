"""Work is spread over setups in order, and an error ends it."""

import threading

import pytest

from proofs.chaos.parallel import spread


def test_results_come_in_the_order_of_the_items_and_no_setup_has_two_at_once() -> None:
    together = threading.Barrier(2, timeout=30)
    busy: set[str] = set()

    def action(setup: str, item: int) -> tuple[str, int]:
        assert setup not in busy
        busy.add(setup)
        together.wait()  # only two setups at work at once come past it
        busy.remove(setup)
        return setup, item

    found = list(spread("ab", action, range(6)))
    assert [item for _, item in found] == list(range(6))
    assert {setup for setup, _ in found} == {"a", "b"}


def test_what_one_raises_is_raised_and_none_begins_after_it() -> None:
    begun = []

    def action(setup: str, item: int) -> int:
        begun.append(item)
        if item == 1:
            raise LookupError(f"{item} on {setup}")
        return item

    found: list[int] = []
    with pytest.raises(LookupError, match="1 on a"):
        found += spread("a", action, range(1000))
    assert begun == [0, 1]
