from dataclasses import dataclass

import pytest

from dropcast.contracts.errors import (
    ContendedError,
    NoChampionError,
    StoreBusyError,
    TransientError,
)
from dropcast.contracts.messages import Champion
from dropcast.contracts.ports import BlobStore
from dropcast.storage.memory import MemoryBlobStore
from dropcast.storage.registry import S3ModelRegistry


def open_registry(store: BlobStore) -> S3ModelRegistry:
    return S3ModelRegistry(models=store, pause=lambda _seconds: None)


def make_champion(model: str) -> Champion:
    return Champion(
        dataset="d",
        model=model,
        program_key=f"models/d/{model}/model.program",
        program_sha256="0" * 64,
        dataset_version="1" * 64,
        references={},
        recipe_hash="2" * 64,
        run_id="run",
        code_hash="3" * 64,
    )


def test_a_dataset_without_champion_says_what_to_do(store: BlobStore) -> None:
    with pytest.raises(NoChampionError, match="drop a file under raw/d/"):
        open_registry(store).read_champion("d")


def test_the_pointer_moves_only_from_the_champion_that_was_seen(store: BlobStore) -> None:
    registry = open_registry(store)
    assert registry.promote(make_champion("a"), generation=0, mover="a")
    assert not registry.promote(make_champion("b"), generation=0, mover="b")
    assert not registry.promote(make_champion("b"), generation=2, mover="b")
    assert registry.promote(make_champion("b"), generation=1, mover="b")
    assert registry.read_champion("d") == make_champion("b")


def test_who_looked_before_a_rollback_cannot_move_the_pointer_after_it(store: BlobStore) -> None:
    registry = open_registry(store)
    for generation, model in enumerate("aba"):
        assert registry.promote(make_champion(model), generation=generation, mover=f"{generation}")
    # "a" is champion again, but the pointer is not the one that was seen when "a" was first.
    assert not registry.promote(make_champion("c"), generation=1, mover="late")
    assert registry.read_champion("d") == make_champion("a")
    assert registry.read_pointer("d").generation == 3


def test_a_mover_that_asks_again_is_reported_that_it_moved_as_far_back_as_is_kept(
    store: BlobStore,
) -> None:
    registry = open_registry(store)
    for generation in range(17):
        assert registry.promote(make_champion("a"), generation=generation, mover=f"{generation}")
    again = [
        registry.promote(make_champion("a"), generation=generation, mover=f"{generation}")
        for generation in range(17)
    ]
    assert again == [False] + [True] * 16
    assert not registry.promote(make_champion("a"), generation=5, mover="4")
    assert registry.read_pointer("d").generation == 17


@dataclass
class Forgetful(MemoryBlobStore):
    """A store whose answer to a swap is lost: the client sends it again, and then this happens."""

    error: TransientError | None
    writes: bool = True

    def __post_init__(self) -> None:
        super().__init__()

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        if self.writes:
            super().swap(key, body, content_type, etag)
        if self.error is not None:
            raise self.error
        return False


@pytest.mark.parametrize("error", [None, ContendedError("409"), StoreBusyError("503")])
def test_a_move_whose_answer_was_lost_is_a_move(error: TransientError | None) -> None:
    registry = open_registry(Forgetful(error))
    assert registry.promote(make_champion("a"), generation=0, mover="a")
    assert registry.read_champion("d") == make_champion("a")
    assert registry.promote(make_champion("b"), generation=1, mover="b")


@pytest.mark.parametrize("error", [None, ContendedError("409")])
def test_a_move_that_never_gets_its_turn_may_be_tried_again(error: TransientError | None) -> None:
    registry = open_registry(Forgetful(error, writes=False))
    with pytest.raises(ContendedError, match="kept being written"):
        registry.promote(make_champion("a"), generation=0, mover="a")


def test_a_move_that_a_busy_store_did_not_make_may_be_tried_again() -> None:
    registry = open_registry(Forgetful(StoreBusyError("503"), writes=False))
    with pytest.raises(StoreBusyError):
        registry.promote(make_champion("a"), generation=0, mover="a")
