"""Layers that are unpacked once for a cloud.

MiniStack unpacks them again for each process of a function, thousands of files of some hundreds of
megabytes, and that is most of a cold start; here each later process's folder is a link to the
first. On AWS no process may write there, so none needs a copy of its own.
"""

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
    """A zip that is unpacked once; each later time the folder is a link to the first."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Make ``path`` a link to the unpacked files; a part of the zip is unpacked as usual."""
        if members is not None:
            super().extractall(path, members, pwd)
            return
        contents = [(one.filename, one.CRC, one.file_size) for one in self.infolist()]
        name = hashlib.sha256(repr(contents).encode()).hexdigest()[:32]
        kept = Path(tempfile.gettempdir(), "unpacked", name)
        with _unpacking:
            if not kept.exists():
                fresh = kept.with_suffix(".new")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(parents=True)  # an empty zip does not make it
                super().extractall(fresh)
                fresh.rename(kept)
        target = Path(str(path))
        target.rmdir()
        target.symlink_to(kept)
