"""Work spread over several grounds at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Ground = TypeVar("Ground")
Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    grounds: Sequence[Ground], act: Callable[[Ground, Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Yield what ``act`` makes of each item, in their order, each ground at one item at a time.
    What one raises is raised here, and none begins once it was."""
    idle: SimpleQueue[Ground] = SimpleQueue()
    raised: list[BaseException] = []
    for ground in grounds:
        idle.put(ground)

    def act_on_idle(item: Item) -> Result:
        if raised:
            raise raised[0]
        ground = idle.get()
        try:
            return act(ground, item)
        except BaseException as error:
            raised.append(error)
            raise
        finally:
            idle.put(ground)

    with ThreadPoolExecutor(len(grounds)) as pool:
        try:
            yield from pool.map(act_on_idle, items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
