"""Where peers are installed: a folder of the user's cache, from the indexes that pip and npm are configured for.

The first run installs, which takes about a minute; later ones find it. A change of a lock or of Python starts afresh.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .peers import PeerError

HERE = Path(__file__).resolve().parent
PYTHON_LOCK = HERE / "oscar.txt"
NODE_FILES = {"package.json": HERE / "package.json", "package-lock.json": HERE / "node-lock.json"}
"""What npm wants to find, and where it is here: our lock has hashes but no hosts, and a name that says so."""
PIP = ("pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r")
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def python_with_peers() -> Path:
    """Return a Python that has django-oscar.

    Raises:
        PeerError: it cannot be installed.
    """
    folder = _folder("python", sys.version, PYTHON_LOCK)
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _say(f"installing django-oscar into {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        _run(folder, "this Python cannot make a venv", sys.executable, "-m", "venv", "--clear", folder)
        _run(folder, "django-oscar could not be installed with pip", python, "-I", "-m", *PIP, PYTHON_LOCK)
        (folder / "ready").touch()
    return python


def folder_with_node_modules() -> Path:
    """Return a folder in which node finds Medusa and Vendure.

    Raises:
        PeerError: there is no node, or they cannot be installed.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PeerError("node and npm are not on PATH: install Node.js 20 or later, or give --without-peers")
    folder = _folder("node", "", *NODE_FILES.values())
    if not (folder / "ready").exists():
        _say(f"installing Medusa and Vendure into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, file in NODE_FILES.items():
            shutil.copy(file, folder / name)
        _run(folder, "Medusa and Vendure could not be installed with npm", npm, *NPM)
        (folder / "ready").touch()
    return folder


def _folder(kind: str, version: str, *locks: Path) -> Path:
    """Return the folder for what these locks ask for."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(version.encode() + b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    return caches / "fairtill" / f"engine-benchmark-{kind}-{digest[:12]}"


def _run(folder: Path, problem: str, *command: str | Path) -> None:
    if subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False).returncode:  # noqa: S603 - pip or npm
        raise PeerError(f"{problem}; the reason stands above")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
