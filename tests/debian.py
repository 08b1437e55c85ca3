"""MariaDB's server from Debian's packages, unpacked below the checkout: nothing is installed, and root isn't needed.

In: an empty directory; out: the same with the server's `usr` and whatever of its libraries this machine lacks. apt
keeps its lists there too, so that neither its state nor a machine without lists matters.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "mariadb-server-core"
NEEDED = ("apt-get", "dpkg-deb")
MISSING = (
    "MariaDB is missing, and this machine has no apt-get to fetch it with: install MariaDB 10.6 or newer, "
    "so that `mariadbd` is in PATH or /usr/sbin (macOS: `brew install mariadb`; Fedora: `dnf install mariadb-server`)"
)


def unpack(directory: Path) -> None:
    """Fetch and unpack; an error says what to install instead."""
    if not all(map(shutil.which, NEEDED)):
        raise RuntimeError(MISSING)
    fetched = directory / "fetched"
    for name in ("lists/partial", "cache/archives/partial"):
        (fetched / name).mkdir(parents=True, exist_ok=True)
    try:
        _apt(fetched, "update")
        _apt(fetched, "install", "--yes", "--no-install-recommends", "--download-only", PACKAGE)
        for package in sorted((fetched / "cache" / "archives").glob("*.deb")):
            _run("dpkg-deb", "--extract", str(package), str(directory))
    finally:
        shutil.rmtree(fetched, ignore_errors=True)


def _apt(fetched: Path, *arguments: str) -> None:
    """apt asks which packages this machine has, and changes nothing of it."""
    options = {
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
        "Dir::Cache": str(fetched / "cache"),
        "Dir::State::Lists": str(fetched / "lists"),
    }
    if os.geteuid() == 0:
        options["APT::Sandbox::User"] = "root"  # its own user can't write here
    _run("apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items()), *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{MISSING.split(',', maxsplit=1)[0]}, and `{' '.join(command)}` failed:\n{done.stdout}")
