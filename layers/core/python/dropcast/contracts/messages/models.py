"""Messages about a fitted model, and the records of what became of it."""

from typing import Literal

from dropcast.contracts.champion import Champion
from dropcast.contracts.messages.runs import RowsSplit
from dropcast.contracts.serialization.frozen import dataclass

Decision = Literal["requested", "registered", "already champion", "rejected", "lost the race"]

RollbackOutcome = Literal["requested", "rolled back", "lost the race"]


@dataclass(frozen=True, kw_only=True)
class ModelFitted:
    """The best candidate was fitted on the training rows and compiled to a scoring program."""

    split: RowsSplit
    program_key: str
    program_sha256: str
    scores_key: str
    record_key: str
    model: str


@dataclass(frozen=True, kw_only=True)
class ModelEvaluated:
    """The model was judged once on the test rows; ``passed`` is the gate's decision.

    ``champion`` is the model that was champion then, and ``champion_generation`` the pointer's (0:
    there was none): the pointer moves from there or not at all.
    """

    fitted: ModelFitted
    card_key: str
    page_key: str
    passed: bool
    reasons: tuple[str, ...]
    champion: str | None
    champion_generation: int


@dataclass(frozen=True, kw_only=True)
class DecisionTaken:
    """The state machine took the gate's decision: the model is to be registered, or rejected."""

    decision: Literal["register", "reject"]
    evaluated: ModelEvaluated


@dataclass(frozen=True, kw_only=True)
class ModelDecided:
    """The end of the run: the model was registered as champion, kept as champion, or rejected.

    The audit trail has it once more from before the pointer is moved, as ``requested``.
    """

    dataset: str
    run_id: str
    model: str
    decision: Decision
    reasons: tuple[str, ...]
    card_key: str
    card_page_key: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A model became champion for the first time; ``replaced`` is the champion before it.

    ``metrics`` are its figures on the test rows, and ``metric`` the one that its gate compared.
    """

    champion: Champion
    registered_at: str
    replaced: str | None
    metric: str
    metrics: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ChampionRolledBack:
    """An operator moved the champion pointer by hand.

    It is written once when it is requested, and once more with its outcome. ``replaced`` was
    champion then; ``key_id`` is the id of the caller's API key, never the key.
    """

    dataset: str
    outcome: RollbackOutcome
    replaced: str
    model: str
    reason: str
    key_id: str
    request_id: str
    at: str
    code_hash: str
