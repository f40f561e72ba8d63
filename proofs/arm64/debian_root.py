"""A Debian for arm64 that is unpacked and never booted: its C library and its Python.

debootstrap downloads the packages and checks them by Debian's signature; ``dpkg -x`` unpacks
them. Neither needs an administrator, and nothing of the packages is executed on the way.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proofs.arm64.project import DropcastError, run_tool
from proofs.arm64.tools import find_tool

SUITE = "trixie"  # whose Python is the one that the layers are built for
PACKAGES = ("python3.13", "libstdc++6", "tzdata")
PYTHON = "usr/bin/python3.13"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# The last words of debootstrap where a mirror does not answer, or has not what is wanted.
_MIRROR_ERRORS = ("Failed getting release", "Couldn't download", "Couldn't find these debs")
_APT_QUERY = ("indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages")
_CORRUPT = " was corrupt"
_NO_SCRIPT = "No such script"


class MirrorMissingError(DropcastError):
    """Debian's packages cannot be had from here; the message is one sentence for the operator."""


class DownloadFailedError(DropcastError):
    """debootstrap refused what it found, by its signature for instance."""


@dataclass(frozen=True, kw_only=True)
class RootPlan:
    """Where the root lies and what fills it.

    ``mirror`` is ``None`` for debootstrap's default; ``keyring`` is ``None`` where no signature
    can be checked.
    """

    home: Path
    mirror: str | None
    keyring: Path | None

    @property
    def root(self) -> Path:
        """The unpacked root, whole whenever it is ready."""
        return self.home / "root"

    @property
    def is_ready(self) -> bool:
        """Whether the root is there and holds what this version of the project wants."""
        marked = self.ready.exists() and self.ready.read_text() == _describe_contents()
        return marked and (self.root / PYTHON).exists()

    @property
    def ready(self) -> Path:
        """The marker that is written last: what the root was filled with."""
        return self.home / ".ready"


def _describe_contents() -> str:
    return f"{SUITE}: {' '.join(PACKAGES)}\n"


def plan_root(home: Path, *, mirror: str, path: str) -> RootPlan:
    """Return the plan for a root at ``home``.

    ``mirror`` is an address, ``apt`` for the one that this machine's apt installs from, or empty
    for debootstrap's default. ``path`` is the PATH of the downloaders.

    Raises ``MirrorMissingError`` where apt knows none.
    """
    checks = KEYRING.exists() and find_tool(("gpgv", "sqv"), path) is not None
    return RootPlan(
        home=home,
        mirror=_find_apt_mirror(path) if mirror == "apt" else mirror or None,
        keyring=KEYRING if checks else None,
    )


def _find_apt_mirror(path: str) -> str:
    apt = find_tool(("apt-get",), path)
    listed = "" if apt is None else run_tool([apt, *_APT_QUERY], cwd=Path("/"))
    found = choose_apt_mirror(listed)
    if found is None:
        raise MirrorMissingError(
            "Skipped: this machine's apt has no mirror of Debian; name one with `make arm64 "
            "MIRROR=<address>`, or leave MIRROR out for debootstrap's default."
        )
    return found


def choose_apt_mirror(listed: str) -> str | None:
    """Return the first mirror of Debian among apt's lines of label and address.

    >>> choose_apt_mirror("Debian http://example.org/debian/")
    'http://example.org/debian'
    """
    for line in listed.splitlines():
        label, _, address = line.rpartition(" ")
        if label == "Debian" and address.startswith(("http://", "https://", "file:")):
            return address.rstrip("/")
    return None


def make_download_command(debootstrap: Path, plan: RootPlan, target: Path) -> list[str]:
    """Return the command that downloads the packages; what is there already is only checked."""
    command = [str(debootstrap), "--arch=arm64", "--variant=minbase", "--download-only"]
    command.append(f"--include={','.join(PACKAGES)}")
    if plan.keyring is not None:
        # Without the second option it would only warn where a signature cannot be checked.
        command += [f"--keyring={plan.keyring}", "--force-check-gpg"]
    command += [SUITE, str(target)]
    return [*command, plan.mirror] if plan.mirror else command


def make_root(plan: RootPlan, *, path: str) -> None:
    """Download and unpack the root, or do nothing where it is ready.

    What was interrupted is taken up again: packages that are there are not downloaded twice, and
    a root is moved into place when it is whole. Raises ``MirrorMissingError`` and
    ``DownloadFailedError``.
    """
    if plan.is_ready:
        return
    target = plan.home / "packages"
    debootstrap, dpkg = (find_tool((name,), path) for name in ("debootstrap", "dpkg"))
    assert debootstrap is not None
    assert dpkg is not None
    _download(make_download_command(debootstrap, plan, target), path)
    _unpack(dpkg, list_packages(target), plan)
    shutil.rmtree(target)


def _download(command: Sequence[str], path: str) -> None:
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    if finished.returncode != 0:
        raise explain_failure(finished.stdout + finished.stderr)


def explain_failure(said: str) -> DropcastError:
    """Return the error for what debootstrap printed.

    A mirror that is not there is no failure of the proof; a signature that does not hold is one.
    """
    errors = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    reason = errors[-1] if errors else "it gave no reason"
    if reason.startswith(_NO_SCRIPT):
        return MirrorMissingError(
            f"Skipped: the debootstrap of this machine does not know Debian {SUITE}; install a "
            "newer one with `apt install debootstrap`."
        )
    if reason.startswith(_MIRROR_ERRORS) and _CORRUPT not in said:
        return MirrorMissingError(
            f"Skipped: Debian's packages for arm64 cannot be downloaded ({reason}); name a mirror "
            "that this machine reaches with `make arm64 MIRROR=<address>`, or the one of its apt "
            "with `MIRROR=apt`."
        )
    return DownloadFailedError(f"debootstrap refused what it downloaded: {reason}")


def list_packages(target: Path) -> list[Path]:
    """Return the packages of the last download.

    debootstrap notes each package's name and place; older versions of an earlier download that
    was interrupted may lie beside them.
    """
    lines = (target / "debootstrap/debpaths").read_text().splitlines()
    return [target / line.split(" ")[1].lstrip("/") for line in lines]


def _unpack(dpkg: Path, packages: Sequence[Path], plan: RootPlan) -> None:
    plan.ready.unlink(missing_ok=True)
    fresh = plan.home / ".new-root"
    for folder in (fresh, plan.root):
        shutil.rmtree(folder, ignore_errors=True)
    # The links from /lib to /usr/lib come first, so that nothing is unpacked beside them.
    for package in sorted(packages, key=lambda path: not path.name.startswith("base-files_")):
        run_tool([dpkg, "-x", package, fresh], cwd=plan.home)
    if not (fresh / PYTHON).exists():
        raise DownloadFailedError(f"no {PYTHON} in Debian's packages for {SUITE}")
    fresh.rename(plan.root)
    plan.ready.write_text(_describe_contents())
