import pytest

from dropcast.contracts.errors import NoChampionError
from dropcast.contracts.messages import Champion
from dropcast.contracts.ports import BlobStore
from dropcast.storage.registry import S3ModelRegistry


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
        S3ModelRegistry(models=store).read_champion("d")


def test_the_pointer_moves_only_from_the_champion_that_was_seen(store: BlobStore) -> None:
    registry = S3ModelRegistry(models=store)
    assert registry.promote(make_champion("a"), instead_of=None)
    assert not registry.promote(make_champion("b"), instead_of=None)
    assert not registry.promote(make_champion("b"), instead_of="c")
    assert registry.promote(make_champion("b"), instead_of="a")
    assert registry.read_champion("d") == make_champion("b")
