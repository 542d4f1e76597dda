"""Where Oscar is installed: a folder of the user's cache, beside what this Python has already.

The first run installs, which takes some seconds; later ones find it. A change of the lock or of Python starts afresh.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.txt")


class InstallationError(Exception):
    """Oscar could not be installed; with what the installer said."""


def folder_with_oscar() -> Path:
    """Return a folder in which Python finds Oscar, its API and their Django."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairtill"
    digest = hashlib.sha256(sys.version.encode() + LOCK.read_bytes()).hexdigest()
    folder = caches / f"oscar-shop-{digest[:12]}"
    caches.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not folder.exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    made = folder.with_suffix(".part")
    shutil.rmtree(made, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    options = ("-q", "--require-hashes", "--python", sys.executable, "--target", made, "-r", LOCK)
    done = subprocess.run([uv, "pip", "install", *options], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise InstallationError(f"Oscar could not be installed: {done.stderr}")
    made.rename(folder)
