"""Work on several items at once, results in the items' order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def work_ahead(
    work: Callable[[T], R], items: Iterable[T], *, threads: int
) -> Generator[tuple[T, R], None, None]:
    """Yield each item with what ``work`` makes of it; at most ``threads`` + 1 items are held.

    Raises what ``items`` or ``work`` raises; what is being worked on is finished first.

    >>> [made for _, made in work_ahead(str.upper, "abc", threads=2)]
    ['A', 'B', 'C']
    """
    held: deque[tuple[T, Future[R]]] = deque()
    pool = ThreadPoolExecutor(max_workers=threads)
    try:
        for item in items:
            held.append((item, pool.submit(work, item)))
            if len(held) > threads:
                first, made = held.popleft()
                yield first, made.result()
        while held:
            first, made = held.popleft()
            yield first, made.result()
    finally:
        pool.shutdown(cancel_futures=True)
