"""Layers unpacked once for a cloud. MiniStack unpacks them again for each process of a function,
thousands of files of some hundreds of megabytes, and that is most of a cold start; here another
process's folder is a link to the first's. On AWS none may write there, so none misses its own."""

import hashlib
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

_unpacking = threading.Lock()


def install() -> None:
    """Put :class:`LinkedZip` where MiniStack's workers look for ``zipfile``; there is no hook."""
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=LinkedZip, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
    )


class LinkedZip(zipfile.ZipFile):
    """A zip that is unpacked once; another time the folder is a link to the first."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if members is not None:
            super().extractall(path, members, pwd)
            return
        facts = [(one.filename, one.CRC, one.file_size) for one in self.infolist()]
        name = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
        kept = Path(tempfile.gettempdir(), "unpacked", name)
        with _unpacking:
            if not kept.exists():
                fresh = kept.with_suffix(".new")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(parents=True)  # which an empty zip does not
                super().extractall(fresh)
                fresh.rename(kept)
        target = Path(str(path))
        target.rmdir()
        target.symlink_to(kept)
