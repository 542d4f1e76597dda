"""Change the engine in small ways and see whether a test notices: ``python3 dev.py mutate money returns``.

Judges the mutants of the modules that are named, or of all. Stopped, it goes on where it was. A file that changed is
judged anew, and what survived before is judged again, unless it is listed. ``--fresh`` judges all anew: do that after a
change of tests that killed some. Prints the survivors, with the reason where ``survivors.toml`` lists them. Ends with 1
where less than 85 % of a module's mutants are killed. Which tests judge, ``pyproject.toml`` says: ``[tool.mutmut]``.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutation.accepted import FILE, Change, accepted
from tests.mutation.mutants import KILLED, OPEN, ROOMS, Mutant, mutants_of, unjudged

LEAST = 85
"""So many in a hundred mutants of a module are to be killed."""

EXAMPLES = "20"
"""How many examples each law is tried with."""

LOG = Path("mutants/mutmut.log")


def judge(names: Sequence[str], processes: int) -> None:
    """Let mutmut judge mutants; print every ten seconds how far it is."""
    LOG.parent.mkdir(exist_ok=True)
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    command = [mutmut, "run", "--max-children", str(processes), *names]
    env = {**os.environ, "LAWS_EXAMPLES": EXAMPLES, "PYTHONUNBUFFERED": "1"}
    with LOG.open("w") as log, subprocess.Popen(command, env=env, text=True, stdout=-1, stderr=-2) as run:
        assert run.stdout is not None
        shown = 0.0
        for line in run.stdout:  # universal newlines: a carriage return ends a line, too
            log.write(line)
            progress = re.search(r"(\d+/\d+) +🎉 (\d+).*⏰ (\d+).*🙁 (\d+)", line)
            if progress and time.monotonic() - shown > 10:
                shown = time.monotonic()
                print("{} judged, {} killed, {} timeouts, {} survive".format(*progress.groups()), flush=True)
    if run.returncode:
        sys.exit(f"{LOG.read_text()[-3000:]}\nmutmut failed; all it said is in {LOG}.")


def report(mutants: Sequence[Mutant], reasons: Mapping[Change, str]) -> None:
    """Print the survivors: first those that are listed, then those that are new; then what is listed and is killed."""
    survivors = {Change(one.function, one.change): one for one in mutants if one.status not in KILLED}
    for change, one in survivors.items():
        if change in reasons:
            print(f"accepted  {one.place}  {change.function}: {change.text}\n          {reasons[change]}")
    for change, one in survivors.items():
        if change not in reasons:
            print(f"NEW       {one.place}  {change.function}: {change.text}  ({one.status})")
    functions = {one.function for one in mutants}
    for change in reasons:
        if change.function in functions and change not in survivors:
            print(f"STALE     {FILE.name} lists it, and it does not survive: {change.function}: {change.text}")


def score(room: str, mutants: Sequence[Mutant]) -> bool:
    """Print how many mutants of a module are killed; return whether that is enough."""
    killed, timeouts = ([one for one in mutants if one.status in of] for of in (KILLED, {"timeout"}))
    part = 100 * len(killed) / len(mutants)
    print(
        f"{room:12}{len(mutants):5} mutants{len(killed):5} killed, {len(timeouts)} of them by a timeout"
        f"{len(mutants) - len(killed):5} survive{part:7.1f} %{'' if part >= LEAST else f', less than {LEAST} %'}"
    )
    return part >= LEAST


def main() -> int:
    """Read the arguments, judge, and print."""
    parser = argparse.ArgumentParser("dev.py mutate", description="Change the engine in small ways.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(ROOMS)}; all without it")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), metavar="N", help="as many as cores without it"
    )
    parser.add_argument("--report", action="store_true", help="judge nothing: print what earlier runs found")
    given = parser.parse_args()
    unknown = set(given.modules) - ROOMS.keys()
    if unknown:
        parser.error(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(ROOMS)}")
    rooms = given.modules or list(ROOMS)
    reasons = accepted(FILE.read_text())
    if given.fresh:
        shutil.rmtree("mutants", ignore_errors=True)
    names = [] if given.report else [name for room in rooms for name in unjudged(room, reasons)]
    if names:
        judge(names, given.processes)
    found = {room: list(mutants_of(room)) for room in rooms}
    left = [room for room, mutants in found.items() if not mutants or any(one.status in OPEN for one in mutants)]
    if left:
        sys.exit(f"Not all is judged yet of {', '.join(left)}: run it again, without --report; it goes on from here.")
    report([one for mutants in found.values() for one in mutants], reasons)
    scores = [score(room, mutants) for room, mutants in found.items()]
    return 0 if all(scores) else 1


if __name__ == "__main__":
    sys.exit(main())
