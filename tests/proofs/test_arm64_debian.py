"""The Debian root for arm64: what is downloaded, from where, and what an interruption leaves."""

import dataclasses
from pathlib import Path

import pytest

from proofs.arm64.debian_root import (
    PYTHON,
    DownloadFailedError,
    MirrorMissingError,
    RootPlan,
    choose_apt_mirror,
    explain_failure,
    make_download_command,
    make_root,
    plan_root,
)
from proofs.arm64.project import DropcastError

# Notes one package, as debootstrap does; whoever finds it there already says so.
DEBOOTSTRAP = """
for target; do case "$target" in */packages) break;; esac; done
mkdir -p "$target/debootstrap" "$target/var/cache/apt/archives"
deb=/var/cache/apt/archives/python3.13_1_arm64.deb
test -e "$target$deb" && echo again >> "$(dirname "$target")/log"
echo package > "$target$deb"
echo older > "$target/var/cache/apt/archives/python3.13_0_arm64.deb"
echo "python3.13 $deb" > "$target/debootstrap/debpaths"
"""
DPKG = f"""
test "$1" = -x || exit 1
test "$(cat "$2")" = package || {{ echo "an older package" >&2; exit 1; }}
mkdir -p "$3/usr/bin" && cp "$2" "$3/{PYTHON}"
"""


def make_tools(folder: Path, **scripts: str) -> str:
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def make_plan(home: Path, *, mirror: str | None = None, keyring: Path | None = None) -> RootPlan:
    return RootPlan(home=home, mirror=mirror, keyring=keyring)


def test_the_mirror_is_debootstraps_own_unless_another_is_named() -> None:
    plan = make_plan(Path("/home"))
    command = make_download_command(Path("/usr/sbin/debootstrap"), plan, Path("/packages"))
    assert command[:3] == ["/usr/sbin/debootstrap", "--arch=arm64", "--variant=minbase"]
    assert command[-2:] == ["trixie", "/packages"]
    named = dataclasses.replace(plan, mirror="http://example.org/debian")
    command = make_download_command(Path("/usr/sbin/debootstrap"), named, Path("/packages"))
    assert command[-2:] == ["/packages", "http://example.org/debian"]


def test_where_debians_keys_are_a_signature_must_hold() -> None:
    unchecked = make_download_command(Path("d"), make_plan(Path("/home")), Path("/packages"))
    assert "--force-check-gpg" not in unchecked
    plan = make_plan(Path("/home"), keyring=Path("/keys.gpg"))
    command = make_download_command(Path("d"), plan, Path("/packages"))
    assert {"--keyring=/keys.gpg", "--force-check-gpg"} <= set(command)


def test_the_mirror_of_apt_is_the_one_that_is_labelled_debian() -> None:
    listed = (
        "Node Source https://example.org/node/\n"
        "Debian-Security http://example.org/debian-security/\n"
        "Debian cdrom:[Debian]/\n"
        "Debian http://example.org/debian/\n"
    )
    assert choose_apt_mirror(listed) == "http://example.org/debian"
    assert choose_apt_mirror("") is None


def test_without_a_mirror_in_apt_the_sentence_says_what_to_name(tmp_path: Path) -> None:
    path = make_tools(tmp_path / "bin", **{"apt-get": "exit 0"})
    with pytest.raises(MirrorMissingError, match="MIRROR=<address>"):
        plan_root(tmp_path, mirror="apt", path=path)
    assert plan_root(tmp_path, mirror="", path=path).mirror is None
    assert plan_root(tmp_path, mirror="http://a/b", path=path).mirror == "http://a/b"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (
            "I: Retrieving InRelease\nE: Failed getting release file http://example.org/Release",
            MirrorMissingError,
            "cannot be downloaded (Failed getting release file",
        ),
        ("E: Couldn't download packages: libc6", MirrorMissingError, "MIRROR=apt"),
        ("E: No such script: scripts/trixie", MirrorMissingError, "does not know Debian trixie"),
        ("E: Invalid Release signature (key id AB)", DownloadFailedError, "Invalid Release"),
        (
            "W: /libc6.deb was corrupt\nE: Couldn't download packages: libc6",
            DownloadFailedError,
            "refused what it downloaded",
        ),
        ("", DownloadFailedError, "it gave no reason"),
    ],
)
def test_a_mirror_that_is_away_skips_and_a_wrong_signature_does_not(
    said: str, kind: type[DropcastError], words: str
) -> None:
    error = explain_failure(said)
    assert type(error) is kind
    assert words in str(error)
    assert "\n" not in str(error)


def test_a_root_is_made_once(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "home")
    plan.home.mkdir()
    path = make_tools(tmp_path / "bin", debootstrap=DEBOOTSTRAP, dpkg=DPKG)
    assert not plan.is_ready
    make_root(plan, path=path)
    assert plan.is_ready
    assert sorted(entry.name for entry in plan.home.iterdir()) == [".ready", "root"]
    make_root(plan, path=make_tools(tmp_path / "bin", debootstrap="exit 1"))
    assert plan.is_ready


def test_a_root_of_other_packages_is_not_ready(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    (tmp_path / ".ready").write_text("trixie: python3.12\n")
    assert not plan.is_ready


def test_an_interruption_leaves_no_root_and_what_was_downloaded(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "home")
    plan.home.mkdir()
    broken = f"{DPKG}\nexit 1"
    with pytest.raises(DropcastError, match="ended with 1"):
        make_root(plan, path=make_tools(tmp_path / "bin", debootstrap=DEBOOTSTRAP, dpkg=broken))
    assert not plan.is_ready
    assert not plan.root.exists()
    make_root(plan, path=make_tools(tmp_path / "bin", dpkg=DPKG))
    assert plan.is_ready
    assert (plan.home / "log").read_text() == "again\n"


def test_packages_without_the_python_make_no_root(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "home")
    plan.home.mkdir()
    path = make_tools(tmp_path / "bin", debootstrap=DEBOOTSTRAP, dpkg='mkdir -p "$3"')
    with pytest.raises(DownloadFailedError, match=PYTHON):
        make_root(plan, path=path)
    assert not plan.is_ready
