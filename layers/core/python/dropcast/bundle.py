"""All modules of this package from one file of bytecode, where the builder left one beside them.

A module costs a search, three system calls and a read before it runs; what answers predictions is
40 of them, and a person waits (``docs/adr/0014``). The file is to this package what ``__pycache__``
is to a folder: Python's own marshalled code, made by the builder from the sources that lie beside
it, and of no use to another Python, which imports those sources instead.

It is the magic number of the Python that it was compiled for, the length of a list (u32,
little-endian), that list, marshalled, of the modules, and their code, back to back. Only what is
imported is read.
"""

import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, spec_from_file_location
from collections.abc import Mapping, Sequence
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

FILE_NAME = "modules.{tag}.bin"
_HEAD = len(MAGIC_NUMBER) + 4
# Module -> whether it is a package, and where its code starts and ends, from the list's end on.
Modules = Mapping[str, tuple[bool, int, int]]


class BundleLoader(SourceFileLoader):
    """Loads a module whose code is ``length`` bytes of an open file."""

    def __init__(self, name: str, path: str, file: int, start: int, length: int) -> None:
        super().__init__(name, path)
        self._place = (file, length, start)

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code."""
        del fullname
        code: CodeType = marshal.loads(os.pread(*self._place))  # noqa: S302 - our own, as a .pyc is
        return code


class BundleFinder:
    """Finds the modules of one bundle.

    ``folder``  where their sources are, without the package's own name
    ``file``    the bundle, open for as long as the process runs
    ``first``   where in it the first module's code starts
    """

    def __init__(self, folder: str, file: int, modules: Modules, first: int) -> None:
        self._folder = folder
        self._file = file
        self._modules = modules
        self._first = first

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> "ModuleSpec | None":
        """Return how to load the module, or ``None`` for one that is not of the bundle."""
        del path, target
        found = self._modules.get(name)
        if found is None:
            return None
        is_package, start, end = found
        stem = f"{self._folder}/{name.replace('.', '/')}"
        source = f"{stem}/__init__.py" if is_package else f"{stem}.py"
        return spec_from_file_location(
            name,
            source,
            loader=BundleLoader(name, source, self._file, self._first + start, end - start),
            submodule_search_locations=[stem] if is_package else None,
        )


def join_bundle(magic: bytes, codes: Mapping[str, tuple[bool, bytes]]) -> bytes:
    """Return the file: module -> whether it is a package, and its code, marshalled."""
    modules: dict[str, tuple[bool, int, int]] = {}
    end = 0
    for name, (is_package, code) in codes.items():
        modules[name] = (is_package, end, end + len(code))
        end += len(code)
    # Version 2 has all that a list needs, and every Python reads it.
    listed = marshal.dumps(modules, 2)
    head = magic + len(listed).to_bytes(4, "little")
    return b"".join([head, listed, *(code for _, code in codes.values())])


def use_bundle(package: str) -> None:
    """Import from the bundle in the package's folder from now on, if there is one for this Python.

    Raises what ``marshal`` raises for a file that was cut off on the way.
    """
    try:
        file = os.open(
            f"{package}/{FILE_NAME.format(tag=sys.implementation.cache_tag)}", os.O_RDONLY
        )
    except FileNotFoundError:
        return
    found = read_list(file)
    if found is None:
        os.close(file)
    else:
        sys.meta_path.insert(0, BundleFinder(package.rpartition("/")[0], file, *found))


def read_list(file: int) -> tuple[Modules, int] | None:
    """Return an open bundle's modules, and where the first one's code starts.

    Returns ``None`` where it was compiled for another Python.
    """
    head = os.pread(file, _HEAD, 0)
    if not head.startswith(MAGIC_NUMBER):
        return None
    length = int.from_bytes(head[len(MAGIC_NUMBER) :], "little")
    modules: Modules = marshal.loads(os.pread(file, length, _HEAD))  # noqa: S302 - see above
    return modules, _HEAD + length
