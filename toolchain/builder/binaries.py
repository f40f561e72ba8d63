"""Compiled libraries in a layer: whose machine they are for, and cutting off what is never loaded.

ELF (System V ABI, 64-bit, little-endian) is read here by hand, because the binutils of one machine
do not know the libraries of another.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from dropcast.contracts.errors import DropcastError

_MAGIC = b"\x7fELF\x02\x01"  # 64-bit, little-endian
_HEADER_BYTES = 64
_MACHINES = {62: "x86_64", 183: "aarch64"}
# Offsets in the file header: e_machine; e_phoff; e_shoff; e_phentsize with e_phnum; e_shnum with
# e_shstrndx. In a program header: p_offset; p_filesz.
_MACHINE_AT, _SEGMENTS_AT, _SECTIONS_AT, _SEGMENT_COUNT_AT, _SECTION_COUNT_AT = 18, 32, 40, 54, 60
_FILE_OFFSET_AT, _FILE_SIZE_AT = 8, 32


class WrongBinaryError(DropcastError):
    """A layer holds a compiled library of another machine or another Python than its stage's."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """A shared library: its path in the layer, its machine as ``platform.machine()`` says."""

    path: str
    machine: str


def find_binaries(folder: Path) -> list[Binary]:
    """Return every 64-bit ELF file under the folder, by path."""
    found = []
    for path in sorted(folder.rglob("*")):
        if ".so" not in path.name or not path.is_file():
            continue
        with path.open("rb") as stream:
            head = stream.read(_HEADER_BYTES)
        if head.startswith(_MAGIC):
            (number,) = struct.unpack_from("<H", head, _MACHINE_AT)
            name = path.relative_to(folder).as_posix()
            found.append(Binary(path=name, machine=_MACHINES.get(number, f"machine {number}")))
    return found


def check_binaries(folder: Path, *, machine: str, cpython_tag: str) -> int:
    """Return how many libraries there are; raise ``WrongBinaryError`` naming each foreign one.

    An extension module's name carries its Python (``.cpython-313-…so``) or ``.abi3.so`` for all.
    """
    binaries = find_binaries(folder)
    foreign = [
        f"{binary.path} is for {binary.machine}" for binary in binaries if binary.machine != machine
    ]
    foreign += [
        f"{binary.path} is not for {cpython_tag}"
        for binary in binaries
        if ".cpython-" in binary.path and f".{cpython_tag}-" not in binary.path
    ]
    if foreign:
        raise WrongBinaryError(
            f"a layer for {machine} and {cpython_tag} holds other libraries: {'; '.join(foreign)}"
        )
    return len(binaries)


def cut_symbols(folder: Path) -> int:
    """Cut every library after its last loaded byte; return the bytes freed.

    What follows are symbol tables for debuggers and the table of sections, for linkers. The
    dynamic loader reads program headers only, so no loaded byte moves or changes. (`strip` would
    move them, and breaks libraries that wheel repair tools have rewritten.)
    """
    return sum(_cut_file(folder / binary.path) for binary in find_binaries(folder))


def _cut_file(path: Path) -> int:
    body = bytearray(path.read_bytes())
    end = _find_loaded_end(body)
    freed = len(body) - end
    if freed <= 0:
        return 0
    del body[end:]
    struct.pack_into("<Q", body, _SECTIONS_AT, 0)
    struct.pack_into("<HH", body, _SECTION_COUNT_AT, 0, 0)
    path.write_bytes(body)
    return freed


def _find_loaded_end(body: bytearray) -> int:
    (segments_at,) = struct.unpack_from("<Q", body, _SEGMENTS_AT)
    size, count = struct.unpack_from("<HH", body, _SEGMENT_COUNT_AT)
    end: int = segments_at + size * count
    for index in range(count):
        header = segments_at + index * size
        (offset,) = struct.unpack_from("<Q", body, header + _FILE_OFFSET_AT)
        (length,) = struct.unpack_from("<Q", body, header + _FILE_SIZE_AT)
        end = max(end, offset + length)
    return end
