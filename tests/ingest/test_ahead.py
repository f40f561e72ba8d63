import threading
from collections.abc import Iterator

import pytest

from dropcast.ingest.ahead import work_ahead


def test_results_come_in_the_items_order_however_long_each_takes() -> None:
    last_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            last_is_done.set()
        else:
            assert last_is_done.wait(10)
        return item * 10

    assert list(work_ahead(work, [0, 1], threads=2)) == [(0, 0), (1, 10)]


def test_no_more_items_are_taken_than_threads_and_one() -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = work_ahead(str, items(), threads=3)
    assert [made for _, made in (next(results), next(results))] == ["0", "1"]
    assert len(taken) <= 2 + 3
    results.close()


def test_what_work_raises_comes_with_its_item_and_nothing_after_it() -> None:
    def work(item: int) -> float:
        return 1 / item

    results = work_ahead(work, [1, 0, 2], threads=1)
    assert next(results) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


def test_what_the_items_raise_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the file ends here")

    with pytest.raises(ValueError, match="ends here"):
        list(work_ahead(str, items(), threads=2))
