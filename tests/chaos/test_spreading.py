import threading

import pytest

from proofs.chaos.spreading import spread


def test_results_come_in_the_order_of_the_items_and_no_ground_has_two_at_once() -> None:
    together = threading.Barrier(2, timeout=30)
    busy: set[str] = set()

    def act(ground: str, item: int) -> tuple[str, int]:
        assert ground not in busy
        busy.add(ground)
        together.wait()  # only two grounds at work at once come past it
        busy.remove(ground)
        return ground, item

    found = list(spread("ab", act, range(6)))
    assert [item for _, item in found] == list(range(6))
    assert {ground for ground, _ in found} == {"a", "b"}


def test_what_one_raises_is_raised_and_none_begins_after_it() -> None:
    begun = []

    def act(ground: str, item: int) -> int:
        begun.append(item)
        if item == 1:
            raise LookupError(f"{item} on {ground}")
        return item

    found: list[int] = []
    with pytest.raises(LookupError, match="1 on a"):
        found += spread("a", act, range(1000))
    assert begun == [0, 1]
