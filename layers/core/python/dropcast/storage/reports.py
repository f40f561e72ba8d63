"""The report beside a dropped file: always the newest drop's, however late an event comes.

An event may come late or twice, and a drop that was refused moves no pointer that would show it.
So the present report is read before the drop is compared with the newest one, and is replaced only
if it is still the same: whoever is overtaken in between loses the write, compares again and leaves.
"""

from collections.abc import Callable

from dropcast.contracts.blobs import TEXT_TYPE, Blob
from dropcast.contracts.ports import BlobStore
from dropcast.storage.compare_and_swap import Leave, Replace, change_object

_ATTEMPTS = 8


class S3Reports:
    """Reports in the raw bucket. ``pause`` waits that many seconds before another attempt."""

    def __init__(self, *, raw: BlobStore, pause: Callable[[float], None]) -> None:
        self._raw = raw
        self._pause = pause

    def write(self, key: str, report: str, *, is_overtaken: Callable[[], bool]) -> None:
        """Write the report unless ``is_overtaken`` says that it is not this drop's to write.

        Raises ``ContendedError`` where other writers were faster in every attempt.
        """
        wanted = Replace(body=report.encode(), content_type=TEXT_TYPE, result=None)

        def decide(_: Blob | None) -> Leave[None] | Replace[None]:
            return Leave(result=None) if is_overtaken() else wanted

        change_object(self._raw, key, decide, attempts=_ATTEMPTS, pause=self._pause)
