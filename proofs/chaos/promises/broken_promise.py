"""The record of a broken promise."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BrokenPromise:
    """A promise that does not hold.

    ``promise``  its number in ``docs/chaos.md``; 0 is "nothing is lost"
    ``where``    the key, run or call that shows it
    """

    promise: int
    where: str
    what: str

    def describe(self) -> str:
        """Return the broken promise as one line."""
        return f"promise {self.promise} broken at {self.where}: {self.what}"
