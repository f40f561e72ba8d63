"""One record a drop, from its first try to its end, whoever else writes it."""

from dataclasses import replace

import pytest

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import ContendedError
from dropcast.contracts.ports import BlobStore
from dropcast.storage.ledger import S3Ledger
from dropcast.storage.memory import MemoryBlobStore

DROP = DropRecord(
    dataset="d",
    raw_key="raw/d/a file + ü\n.csv",
    raw_version_id="v1",
    sequencer="1",
    size_bytes=1,
    attempt=1,
    state="processing",
    report_key="r",
    code_hash="c",
    started_at="2026-01-01T00:00:00+00:00",
)


def open_ledger(store: BlobStore) -> S3Ledger:
    return S3Ledger(lake=store, pause=lambda _seconds: None)


def end(record: DropRecord, **changes: object) -> DropRecord:
    fields = {"state": "success", "finished_at": "2026-01-01T00:00:01+00:00", **changes}
    return DropRecord(**{**vars(record), **fields})


def find(ledger: S3Ledger) -> DropRecord | None:
    return ledger.find(dataset="d", raw_key=DROP.raw_key, version_id="v1")


def test_a_drop_is_recorded_from_its_first_try_to_its_end(store: BlobStore) -> None:
    ledger = open_ledger(store)
    assert find(ledger) is None
    begun = ledger.begin(DROP)
    assert find(ledger) == begun == DROP
    done = end(begun, rows_accepted=1)
    assert ledger.finish(done) == done
    assert find(ledger) == done
    assert ledger.find(dataset="d", raw_key=DROP.raw_key, version_id="v2") is None


def test_a_drop_that_is_done_with_is_not_taken_up_again(store: BlobStore) -> None:
    ledger = open_ledger(store)
    done = ledger.finish(end(ledger.begin(DROP), state="refused"))
    assert ledger.begin(DROP) == done
    assert ledger.finish(end(done, message="another end")) == done


def test_a_drop_that_failed_or_was_cut_off_is_taken_up_under_the_next_number(
    store: BlobStore,
) -> None:
    ledger = open_ledger(store)
    ledger.finish(end(ledger.begin(DROP), state="failed", error="StoreBusyError"))
    assert ledger.begin(DROP).attempt == 2
    again = ledger.begin(DROP)
    assert (again.attempt, again.state, again.error) == (3, "processing", None)


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_try_that_wakes_up_late_does_not_end_what_a_later_one_has_begun(
    store: BlobStore, state: str
) -> None:
    ledger = open_ledger(store)
    paused = ledger.begin(DROP)
    later = ledger.begin(DROP)
    assert ledger.finish(end(paused, state=state)) == later
    assert find(ledger) == later
    done = ledger.finish(end(later))
    assert ledger.finish(end(paused, state=state)) == done
    assert find(ledger) == done


class Forgetful(MemoryBlobStore):
    """Writes, and its first answer to a swap is lost: the client's second one is answered "no"."""

    forgets = True

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        stored = super().swap(key, body, content_type, etag)
        stored, self.forgets = stored and not self.forgets, False
        return stored


def test_an_end_whose_answer_was_lost_is_an_end() -> None:
    store = Forgetful()
    ledger = open_ledger(store)
    assert ledger.begin(DROP).attempt == 2  # the first try may be another's, for all it knows
    store.forgets = True
    done = end(replace(DROP, attempt=2))
    assert ledger.finish(done) == done
    assert find(ledger) == done


def test_a_record_that_never_rests_is_given_up_with_a_transient_error() -> None:
    class Restless(MemoryBlobStore):
        def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
            del key, body, content_type, etag
            raise ContendedError("409")

    with pytest.raises(ContendedError, match="kept being written"):
        open_ledger(Restless()).begin(DROP)
