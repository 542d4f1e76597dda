#!/usr/bin/env python3
"""Set up and run this project. Needs Python 3.11 or later on Linux or macOS, and nothing else.

usage: python3 dev.py COMMAND [ARGS]

  demo [ARGS]        play the demo shop, examples/shop/demo.py; ARGS such as --keep go to it
  oscar              buy in a shop that we did not write, before and after: examples/oscar_shop
  test [ARGS]        run the tests on every core; ARGS go to pytest: -k money, -n 0, tests/laws
  check              lint, format, types, arrows, dependencies: run all, then say how each went
  serve [ARGS]       start the promotions API: promo serve ARGS
  bench NAME [ARGS]  run benchmarks/NAME.py; without a NAME, list them
  laws [--deep]      hold the engine to its laws, with 10,000 random examples each; it goes on where it was stopped
  mutate [MODULE…]   change the engine in small ways, and see whether a test notices
  peer-cases         price other engines' test carts; PROMO_PEER_CASES=<folder> names others than those kept here
  receipts [ARGS]    price random carts in many processes, compare the bytes: --python 3.13 --carts 10000
  same-bytes         price random carts in process, by the API and behind each shell, compare the bytes: --carts 10000
  fuzz [N [SEED]]    send the API what its OpenAPI document admits and what it does not, N random requests of each kind
  fuzz rules [N]     evaluate N texts that may be rules of value stores, 100,000 unless said otherwise
  chaos [ACT] [ARGS] kill servers, clients, PostgreSQL, a shop's workers; many processes at one limit; lie to a shop
  build              build the source distribution and the wheel into dist/
  lock [ARGS]        write requirements.lock anew; lock --upgrade takes newer versions

--compiled among the ARGS builds, also into dist/, the wheel whose hot modules mypyc has compiled, and runs the
command on it: test --compiled, bench engine --compiled. It needs a C compiler.

Each command first brings .venv in line with requirements.lock and pyproject.toml. The first time
that takes some ten seconds and a package index; afterwards nothing, until one of the two changes.
It installs with the uv at hand, else with the lock's own uv, else with pip, and holds every
download against its hash in the lock. To start afresh, delete .venv.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
VERSION = sys.version.split()[0]

ENV = {
    **os.environ,
    "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_PYTHON": str(PYTHON),
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_SYSTEM_CERTS": "true",
    "UV_CUSTOM_COMPILE_COMMAND": "python3 dev.py lock",
}
ENV.pop("VIRTUAL_ENV", None)
if "PIP_INDEX_URL" in ENV:  # uv reads none of pip's settings
    ENV.setdefault("UV_DEFAULT_INDEX", ENV["PIP_INDEX_URL"])


def set_up() -> None:
    """Bring `.venv` in line with the lock; its stamp makes the next call free."""
    interpreter = f"{sys.base_prefix} {VERSION} {ROOT}"
    inputs = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / "stamp"
    with LOCK.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two commands started at once take turns
        found = stamp.read_text().splitlines() if stamp.exists() else []
        if found == [interpreter, inputs]:
            return
        started = time.monotonic()
        if found[:1] != [interpreter]:
            say(f"creating .venv with Python {VERSION}")
            make_venv("--clear", "--without-pip")
        install()
        stamp.write_text(f"{interpreter}\n{inputs}\n")
        say(f"ready after {time.monotonic() - started:.0f} s")


def make_venv(*options: str) -> None:
    """Create `.venv`, or without options add pip to it."""
    if not ok(sys.executable, "-m", "venv", *options, VENV):
        package = f"python3.{sys.version_info[1]}-venv"
        sys.exit(f"This Python's venv is incomplete. On Debian or Ubuntu: apt install {package}")


def install() -> None:
    """Install exactly the locked packages, then the project itself as editable."""
    for installer in installers():
        say(f"installing the locked packages: {' '.join(map(str, installer[:3]))}")
        if ok(*installer, LOCK):
            break
    else:
        sys.exit("The locked packages could not be installed; the reasons stand above.")
    editable = ("-q", "--no-deps", "--no-build-isolation", "--editable", ".")
    if not ok(BIN / "uv", "pip", "install", *editable):
        sys.exit("The project itself could not be installed; the reason stands above.")


def installers() -> Iterator[list[str | Path]]:
    """Yield the commands that can install a lock file, the fastest first."""
    sync = ("pip", "sync", "-q", "--require-hashes")
    uv = shutil.which("uv", path=ENV["PATH"])
    if uv:
        yield [uv, *sync]
    say("adding pip to .venv")
    make_venv()
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    if not uv:
        say("installing the lock's own uv with pip")
        blocks = re.split(r"\n(?=\S)", LOCK.read_text())
        pinned = VENV / "uv.txt"
        pinned.write_text(next(block for block in blocks if block.startswith("uv==")))
        if ok(*pip, pinned):
            yield [BIN / "uv", *sync]
    yield pip


def check() -> NoReturn:
    """Run every check, also after one that failed, and sum up."""
    summary = {}
    for name, command in CHECKS.items():
        say(f"checking {name}")
        started = time.monotonic()
        summary[name] = ok(*command), time.monotonic() - started
    for name, (passed, seconds) in summary.items():
        print(f"{'ok' if passed else 'FAILED':8}{name:14}{seconds:5.1f} s")
    sys.exit(not all(passed for passed, _ in summary.values()))


def bench(name: str = "", *args: str) -> NoReturn:
    """Run the benchmark of this name, or list their names."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    if name not in names:
        sys.exit(f"usage: python3 dev.py bench NAME [ARGS]\nNAME: {', '.join(names)}")
    become(PYTHON, f"benchmarks/{name}.py", *args)


def compile_engine() -> None:
    """Build the compiled wheel, and let what runs from here on import it instead of the sources."""
    say("building the compiled wheel")
    if not ok(BIN / "hatchling", "build", "--target", "wheel", HATCH_BUILD_HOOK_ENABLE_CUSTOM="true"):
        sys.exit("The compiled wheel could not be built; the reason stands above.")
    wheel = max((ROOT / "dist").glob("*-cp*.whl"), key=lambda path: path.stat().st_mtime)
    unpacked = ROOT / "build" / "compiled"
    shutil.rmtree(unpacked, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    ENV["PYTHONPATH"] = str(unpacked)
    ENV["PYTEST_ADDOPTS"] = "-p tests.compiled"


def become(*command: str | Path) -> NoReturn:
    """Turn into this command: its signals and its exit code are then this process's own."""
    sys.stdout.flush()
    os.execve(command[0], command, ENV)


def ok(*command: str | Path, **env: str) -> bool:
    """Run this command and tell whether it succeeded."""
    return subprocess.run(command, env=ENV | env).returncode == 0


def say(sentence: str) -> None:
    """Print what happens on stderr; stdout belongs to the command."""
    print(f"dev.py: {sentence}", file=sys.stderr, flush=True)


COMPILE = """
    pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11
    --generate-hashes --no-emit-index-url --quiet --output-file requirements.lock
"""
CHECKS = {
    "lint": (BIN / "ruff", "check"),
    "format": (BIN / "ruff", "format", "--check"),
    "types": (BIN / "mypy",),
    "arrows": (BIN / "lint-imports", "--no-logo"),
    "dependencies": (BIN / "deptry", "--no-ansi", "src", "plugins"),
}
COMMANDS: dict[str, Callable[..., NoReturn]] = {
    "demo": partial(become, PYTHON, "-m", "examples.shop.demo"),
    "oscar": partial(become, PYTHON, "-m", "examples.oscar_shop"),
    "test": partial(become, PYTHON, "-m", "pytest", "-n", "auto"),
    "check": check,
    "serve": partial(become, BIN / "promo", "serve"),
    "bench": bench,
    "laws": partial(become, PYTHON, "-m", "pytest", "-n", "auto", "--maxschedchunk=1", "tests/laws"),
    "mutate": partial(become, PYTHON, "-m", "tests.mutation"),
    "peer-cases": partial(become, PYTHON, "-m", "tests.peer_cases"),
    "receipts": partial(become, PYTHON, "-m", "tests.receipts"),
    "same-bytes": partial(become, PYTHON, "-m", "tests.same_bytes"),
    "fuzz": partial(become, PYTHON, "-m", "tests.fuzz"),
    "chaos": partial(become, PYTHON, "-m", "tests.chaos"),
    "build": partial(become, BIN / "hatchling", "build"),
    "lock": partial(become, BIN / "uv", *COMPILE.split()),
}


def main(name: str = "--help", *args: str) -> None:
    """Run the command of this name."""
    if sys.version_info < (3, 11):
        sys.exit(f"fairtill needs Python 3.11 or later; this is Python {VERSION}.")
    if name in COMMANDS:
        os.chdir(ROOT)
        set_up()
        if "--compiled" in args:
            compile_engine()
            args = tuple(arg for arg in args if arg != "--compiled")
        COMMANDS[name](*args)
    print(__doc__)
    sys.exit(0 if name in {"-h", "--help"} else f"There is no command {name!r}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
