"""The side by side: every engine prices every case, in rounds one after the other."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .cases import Case
from .engines import Engine, Floor, NewCart, Priced, SameCart
from .installation import HERE, folder_with_node_modules, python_with_peers
from .peers import Peer, PeerError, PeerProcess
from .timing import Round, best

NODE = ("node", "--expose-gc")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one engine made of one case."""

    case: Case
    engine: str
    priced: Priced
    rounds: list[Round] = field(default_factory=list)

    @property
    def best(self) -> Round:
        """The lowest of each figure."""
        return best(self.rounds)


@dataclass(slots=True)
class Contest:
    """The entries by case and engine, the versions of the peers, and what went wrong."""

    entries: dict[tuple[Case, str], Entry] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def of(self, case: Case) -> list[Entry]:
        """Return the entries of a case; the floor comes first."""
        return [one for (of, _), one in self.entries.items() if of == case]


def hold(cases: Sequence[Case], rounds: int, seconds: float, *, with_peers: bool) -> Contest:
    """Hold the contest. A peer that fails is out, and a problem; the others go on."""
    contest = Contest()
    with _engines(contest, with_peers=with_peers) as engines:
        for case in cases:
            for engine in [*engines]:
                with _out_on_error(contest, engine, engines):
                    contest.entries[case, engine.name] = Entry(case, engine.name, engine.price(case))
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
            for case in cases:
                for engine in [*engines]:
                    with _out_on_error(contest, engine, engines):
                        contest.entries[case, engine.name].rounds.append(engine.time(case, seconds))
    contest.entries = {key: one for key, one in contest.entries.items() if one.rounds}
    contest.problems.extend(_differences(contest, cases))
    return contest


def _differences(contest: Contest, cases: Sequence[Case]) -> list[str]:
    """Say where a cart of 5 lines got other promotions from the engine than from the floor."""
    problems: list[str] = []
    for case in cases:
        floor, *others = contest.of(case)
        problems.extend(
            f"{case.key}: {one.engine} applies {sorted(one.priced.applied)}, not {sorted(floor.priced.applied)}"
            for one in others
            if case.lines == 5 and one.engine in {NewCart.name, SameCart.name}
            if one.priced.applied != floor.priced.applied
        )
    return problems


@contextmanager
def _engines(contest: Contest, *, with_peers: bool) -> Iterator[list[Engine]]:
    """Start the peers, and end them."""
    engines: list[Engine] = [Floor(), NewCart(), SameCart()]
    with ExitStack() as stack:
        for names, start in PEERS.items() if with_peers else ():
            try:
                process = start()
            except (PeerError, OSError) as error:
                contest.problems.append(f"{' and '.join(names)} did not run: {error}")
                continue
            stack.callback(process.close)
            contest.versions.append(process.versions)
            engines.extend(Peer(name, process) for name in names)
        yield engines


@contextmanager
def _out_on_error(contest: Contest, engine: Engine, engines: list[Engine]) -> Iterator[None]:
    try:
        yield
    except PeerError as error:
        contest.problems.append(f"{engine.name} did not run: {error}")
        engines.remove(engine)


def _oscar() -> PeerProcess:
    root = HERE.parent.parent
    return PeerProcess("django-oscar", (python_with_peers(), "-W", "ignore", "-m", "benchmarks.engine.oscar"), root)


def _medusa() -> PeerProcess:
    return _under_node("Medusa", HERE / "medusa.mjs")


def _vendure() -> PeerProcess:
    return _under_node("Vendure", HERE / "vendure.mjs")


def _under_node(name: str, script: Path) -> PeerProcess:
    return PeerProcess(name, (*NODE, script), folder_with_node_modules())


PEERS: dict[tuple[str, ...], Callable[[], PeerProcess]] = {
    ("Medusa, the matching 5", "Medusa, all N"): _medusa,
    ("Vendure",): _vendure,
    ("django-oscar, in memory",): _oscar,
}
"""How to start each peer, by the ways in which it prices."""
