"""The champion and the pointer to it, which the predict function reads."""

from dropcast.contracts.serialization.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Champion:
    """A dataset's champion: the program that makes its predictions, and its origin."""

    dataset: str
    model: str
    program_key: str
    program_sha256: str
    dataset_version: str
    references: dict[str, str]
    recipe_hash: str
    run_id: str
    code_hash: str


@dataclass(frozen=True, kw_only=True)
class ChampionPointer:
    """The champion pointer as it is stored.

    ``generation`` counts its moves from 1, so no two states of it are alike: who read it before a
    move cannot move it after, even where the same model is champion again. ``movers`` are the
    models that won it and the rollback requests, the latest first: one whose answer was lost still
    finds that it moved.
    """

    champion: Champion
    generation: int
    movers: tuple[str, ...]

    def was_moved(self, mover: str, *, generation: int) -> bool:
        """Return whether the move to ``generation`` was this mover's, as far as is recorded."""
        back = self.generation - generation
        return 0 <= back < len(self.movers) and self.movers[back] == mover
