"""Price random carts in many processes and compare the bytes: ``python3 dev.py receipts --python python3.13``.

Each run prices the same carts: under ``PYTHONHASHSEED`` 0 to 3, in order and with lines, codes and promotions shuffled,
on this Python and on another one, which gets a throw-away environment with the locked packages. Ends with 1 when one
byte differs, and prints both documents of the first such cart.
"""

import argparse
import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One process: its interpreter, its hash seed, and in what order it takes everything."""

    python: str
    version: str
    hash_seed: int
    is_shuffled: bool

    def output(self, first: int, count: int, *options: str) -> list[str]:
        """Price some carts; return what is printed, line by line."""
        command = [self.python, "-m", "tests.receipts.one", str(first), str(count), *options]
        if self.is_shuffled:
            command.append("--shuffled")
        env = {**os.environ, "PYTHONHASHSEED": str(self.hash_seed)}
        return subprocess.run(
            command, cwd=ROOT, env=env, text=True, check=True, stdout=subprocess.PIPE
        ).stdout.splitlines()

    def __str__(self) -> str:
        order = "shuffled" if self.is_shuffled else "in order"
        return f"Python {self.version:8} PYTHONHASHSEED={self.hash_seed}  {order}"


def compare(pythons: Sequence[str], carts: int, hash_seeds: Sequence[int] = range(4)) -> int:
    """Price carts in every way, two processes at a time; print a line for each and return the exit code."""
    versions = {python: _version(python) for python in pythons}
    ways = product(pythons, hash_seeds, (False, True))
    runs = [Run(python, versions[python], hash_seed, is_shuffled) for python, hash_seed, is_shuffled in ways]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        first: tuple[Run, list[str]] | None = None
        for run, (lines, seconds) in zip(runs, pool.map(lambda run: _timed(run, carts), runs), strict=True):
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            print(f"{run}  {digest[:16]}  {seconds:6.1f} s", flush=True)
            first = first or (run, lines)
            if lines != first[1]:
                pool.shutdown(wait=False, cancel_futures=True)
                _show_difference(first[0], run, next(i for i in range(carts) if lines[i] != first[1][i]))
                return 1
    print(f"{carts} carts, {len(runs)} runs: the same bytes, sha256:{digest}")
    return 0


def _timed(run: Run, carts: int) -> tuple[list[str], float]:
    started = time.monotonic()
    return run.output(0, carts), time.monotonic() - started


def _show_difference(one: Run, other: Run, seed: int) -> None:
    print(f"cart {seed} differs:")
    there, here = (run.output(seed, 1, "--show") for run in (one, other))
    print("\n".join(difflib.ndiff(there, here)))


def _version(python: str) -> str:
    command = [python, "-c", "import sys; print(sys.version.split()[0])"]
    return subprocess.run(command, text=True, check=True, stdout=subprocess.PIPE).stdout.strip()


@contextmanager
def _environment(python: str) -> Iterator[str]:
    """Make an environment of another Python with the locked packages and this project, and remove it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        inside = str(Path(folder, "bin", "python"))
        _uv("venv", "--clear", "--python", python, folder)
        _uv("pip", "sync", "--python", inside, "--require-hashes", "requirements.lock")
        _uv("pip", "install", "--python", inside, "--no-deps", "--no-build-isolation", "--editable", ".")
        yield inside


def _uv(*arguments: str) -> None:
    if subprocess.run(["uv", *arguments, "--quiet"], cwd=ROOT, check=False).returncode:
        sys.exit("The other Python's environment could not be made; the reason stands above.")


def main() -> int:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser("dev.py receipts", description="Price random carts in many processes.")
    parser.add_argument("--carts", type=int, default=10_000, metavar="N", help="how many; 10,000 without it")
    parser.add_argument("--python", metavar="NAME", help="another interpreter: a version, a name or a path")
    given = parser.parse_args()
    if given.python is None:
        return compare([sys.executable], given.carts)
    with _environment(given.python) as other:
        return compare([sys.executable, other], given.carts)


if __name__ == "__main__":
    sys.exit(main())
