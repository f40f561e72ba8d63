"""The champion pointer: the one message that what answers predictions reads."""

from dropcast.contracts.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The champion pointer of a dataset: which program answers its predictions."""

    dataset: str
    model: str
    program_key: str
    program_sha256: str
    dataset_version: str
    references: dict[str, str]
    recipe_hash: str
    run_id: str
    code_hash: str
