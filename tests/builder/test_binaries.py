"""Reading and cutting compiled libraries, on tiny files written by hand."""

import struct
from pathlib import Path

import pytest

from toolchain.builder.binaries import (
    Binary,
    WrongBinaryError,
    check_binaries,
    cut_symbols,
    find_binaries,
)

AARCH64, X86_64 = 183, 62


def make_library(machine: int, *, loaded: bytes, after: bytes) -> bytes:
    """A 64-bit ELF with one program header; its segment is the headers and ``loaded``."""
    end = 64 + 56 + len(loaded)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, end + len(after), 0, 64, 56, 1, 64, 9, 8
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 0x10000)
    return head + segment + loaded + after


def write_library(path: Path, machine: int, *, after: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_library(machine, loaded=b"code", after=after))


def test_libraries_are_found_with_their_machine_and_other_files_are_not(tmp_path: Path) -> None:
    write_library(tmp_path / "a/lib.so.2600", AARCH64)
    write_library(tmp_path / "b.abi3.so", X86_64)
    (tmp_path / "text.so").write_text("GROUP ( libc.so.6 )")
    assert find_binaries(tmp_path) == [
        Binary(path="a/lib.so.2600", machine="aarch64"),
        Binary(path="b.abi3.so", machine="x86_64"),
    ]


def test_libraries_of_the_right_machine_and_python_pass(tmp_path: Path) -> None:
    write_library(tmp_path / "m.cpython-313-aarch64-linux-gnu.so", AARCH64)
    write_library(tmp_path / "m.abi3.so", AARCH64)
    assert check_binaries(tmp_path, machine="aarch64", cpython_tag="cpython-313") == 2


def test_every_foreign_library_is_named(tmp_path: Path) -> None:
    write_library(tmp_path / "m.cpython-311-x86_64-linux-gnu.so", X86_64)
    write_library(tmp_path / "fine.abi3.so", AARCH64)
    with pytest.raises(WrongBinaryError) as refused:
        check_binaries(tmp_path, machine="aarch64", cpython_tag="cpython-313")
    assert "m.cpython-311-x86_64-linux-gnu.so is for x86_64" in str(refused.value)
    assert "m.cpython-311-x86_64-linux-gnu.so is not for cpython-313" in str(refused.value)
    assert "fine.abi3.so" not in str(refused.value)


def test_what_is_never_loaded_is_cut_off_and_no_loaded_byte_changes(tmp_path: Path) -> None:
    library = tmp_path / "m.so"
    write_library(library, AARCH64, after=b"symbols and sections")
    before = library.read_bytes()
    assert cut_symbols(tmp_path) == len(b"symbols and sections")
    after = library.read_bytes()
    assert after[64:] == before[64 : len(after)]
    assert struct.unpack_from("<Q", after, 40) == (0,)
    assert struct.unpack_from("<HH", after, 60) == (0, 0)
    assert find_binaries(tmp_path) == [Binary(path="m.so", machine="aarch64")]


def test_a_library_with_nothing_to_cut_stays_as_it_is(tmp_path: Path) -> None:
    library = tmp_path / "m.so"
    write_library(library, X86_64)
    before = library.read_bytes()
    assert cut_symbols(tmp_path) == 0
    assert library.read_bytes() == before
