"""Work spread over several cloud setups at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Setup = TypeVar("Setup")
Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    setups: Sequence[Setup], action: Callable[[Setup, Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Yield the result of ``action`` for each item, in their order.

    Each setup works at one item at a time. The first error is raised here, and no item is started
    after it.
    """
    idle: SimpleQueue[Setup] = SimpleQueue()
    raised: list[BaseException] = []
    for setup in setups:
        idle.put(setup)

    def act_on_idle(item: Item) -> Result:
        if raised:
            raise raised[0]
        setup = idle.get()
        try:
            return action(setup, item)
        except BaseException as error:
            raised.append(error)
            raise
        finally:
            idle.put(setup)

    with ThreadPoolExecutor(len(setups)) as pool:
        try:
            yield from pool.map(act_on_idle, items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
