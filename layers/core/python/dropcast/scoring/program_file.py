"""The scoring program's file, version 3.

A magic line, the head's length (u64, little-endian), the head (canonical JSON), then the arrays
that the head lists, little-endian, back to back and nothing after them. A program has one
form only, so its sha256 is its identity. Reading fills arrays and checks them
(``scoring.check``); nothing in a file can name code to run.
"""

import hashlib
import json
import struct
import sys
from array import array
from typing import Any

from dropcast.contracts.errors import DocumentError, ProgramError
from dropcast.contracts.limits import MAX_PROGRAM_BYTES
from dropcast.contracts.serialization.canonical import encode_canonical
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.contracts.serialization.frozen import dataclass, find_fields
from dropcast.scoring.check import check_program
from dropcast.scoring.program import Program, ProgramHead, Typecode

MAGIC = b"DROPCAST-PROGRAM 3\n"
MAX_HEAD_BYTES = 1024 * 1024
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, kw_only=True)
class ArraySpec:
    """An array of the file: ``typecode`` is d (float64), i (int32) or B (uint8)."""

    name: str
    typecode: Typecode
    count: int


@dataclass(frozen=True, kw_only=True)
class _Head(ProgramHead):
    """The file's head: ``arrays`` says how the numbers lie."""

    arrays: tuple[ArraySpec, ...]


_SHARED_FIELDS = tuple(find_fields(ProgramHead) or ())


def write_program(program: Program) -> bytes:
    """Return the program's file; the same program gives the same bytes.

    Raises ``ProgramError`` if the program would be refused by :func:`read_program`.
    """
    names = sorted(program.arrays)
    specs = tuple(
        ArraySpec(
            name=name,
            typecode=program.arrays[name].typecode,  # type: ignore[arg-type] # read back below
            count=len(program.arrays[name]),
        )
        for name in names
    )
    shared = {name: getattr(program, name) for name in _SHARED_FIELDS}
    try:
        head = encode_canonical(to_document(_Head(**shared, arrays=specs)))
    except ValueError as error:
        raise ProgramError(f"the scoring program cannot be written: its head: {error}") from error
    arrays = b"".join(_swap_to_little(program.arrays[name]).tobytes() for name in names)
    body = MAGIC + _LENGTH.pack(len(head)) + head + arrays
    read_program(body)
    return body


def read_program(body: bytes, *, sha256: str | None = None) -> Program:
    """Return the program that ``body`` holds, checked so that scoring cannot go astray.

    ``sha256``  lower-case hex the bytes must have, where the caller knows it

    Raises ``ProgramError`` for anything else than a whole and sound program.
    """
    _require(len(body) <= MAX_PROGRAM_BYTES, f"it is larger than {MAX_PROGRAM_BYTES:,} bytes")
    if sha256 is not None:
        found = hashlib.sha256(body).hexdigest()
        _require(found == sha256, f"its sha256 is {found}, not the registered {sha256}")
    _require(body.startswith(MAGIC), f"it does not begin with {MAGIC!r}")
    start = len(MAGIC) + _LENGTH.size
    _require(len(body) >= start, "it ends inside the head's length")
    (length,) = _LENGTH.unpack_from(body, len(MAGIC))
    _require(length <= MAX_HEAD_BYTES, f"its head is larger than {MAX_HEAD_BYTES:,} bytes")
    _require(len(body) >= start + length, "it ends inside its head")
    head = _read_head(body[start : start + length])
    shared = {name: getattr(head, name) for name in _SHARED_FIELDS}
    program = Program(
        **shared, arrays=_read_arrays(head.arrays, memoryview(body)[start + length :])
    )
    check_program(program)
    return program


def _read_head(text: bytes) -> _Head:
    try:
        head = from_document(_Head, json.loads(text))
        canonical = encode_canonical(to_document(head)) == text
    except DocumentError as error:
        raise ProgramError(f"the scoring program cannot be used: its head: {error}") from error
    except (ValueError, RecursionError, OverflowError) as error:
        raise ProgramError(
            f"the scoring program cannot be used: its head is not JSON of a sound kind: {error}"
        ) from error
    _require(canonical, "its head is not in its one canonical form")
    return head


def _read_arrays(specs: tuple[ArraySpec, ...], data: memoryview) -> dict[str, "array[Any]"]:
    names = [spec.name for spec in specs]
    _require(names == sorted(set(names)), "its arrays are not listed once each and in order")
    _require(all(spec.count >= 0 for spec in specs), "an array has a negative count")
    sizes = [spec.count * array(spec.typecode).itemsize for spec in specs]
    _require(
        sum(sizes) == len(data),
        f"its arrays need {sum(sizes):,} bytes and {len(data):,} are there",
    )
    arrays: dict[str, array[Any]] = {}
    start = 0
    for spec, size in zip(specs, sizes, strict=True):
        values: array[Any] = array(spec.typecode)
        values.frombytes(data[start : start + size])
        arrays[spec.name] = _swap_to_little(values)
        start += size
    return arrays


def _swap_to_little(values: "array[Any]") -> "array[Any]":
    """Return the array in the other byte order on a big-endian machine; the way back, too."""
    if sys.byteorder == "little":
        return values
    swapped = values[:]
    swapped.byteswap()
    return swapped


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ProgramError(f"the scoring program cannot be used: {problem}")
