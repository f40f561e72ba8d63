"""A broken promise."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Broken:
    """``promise`` is its number in the plan of the house, 0 for "nothing is lost"."""

    promise: int
    where: str
    what: str

    def tell(self) -> str:
        """Return it as a line."""
        return f"promise {self.promise} broken at {self.where}: {self.what}"
