"""What mutmut keeps of each mutant in the folder ``mutants/``: what it changes, and what the tests said."""

import ast
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutation.accepted import Change

ENGINE = Path("src/promo_engine")

ROOMS = {
    "money": ("money",),
    "combination": ("combination", "search", "parts", "chosen"),
    "pricing": ("pricing", "application"),
    "returns": ("returns",),
}
"""The files of each module that may be named on the command line."""

KILLED = {"killed", "timeout", "segfault"}
"""A change that makes the tests loop or use up the memory is noticed, too."""

OPEN = {"not checked", "check was interrupted by user"}
"""The run was stopped before it came to these."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of one function: ``name`` is mutmut's, ``status`` what its tests said."""

    name: str
    source: Path
    status: str

    @property
    def function(self) -> str:
        """The function that is changed: ``money.allocate``, ``chosen.Chosen.rank``."""
        module, _, mangled = self.name.removeprefix("promo_engine.").partition(".")
        function = mangled.partition("__mutmut_")[0]
        return f"{module}.{function[2:].replace('ǁ', '.')}"  # xǁChosenǁrank, x_allocate

    @property
    def change(self) -> str:
        """What is changed: the lines before and after, whatever their place."""
        lines = get_diff_for_mutant(self.name, path=self.source).splitlines()[2:]
        old, new = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
        return f"{' '.join(old)} → {' '.join(new)}"

    @property
    def place(self) -> str:
        """The file, and the line that is changed, as near as its text tells."""
        names = self.function.split(".")[1:]
        first, lines = _function_lines(self.source, ".".join(names))
        old = self.change.partition(" → ")[0]
        alike = [len(line.strip()) * old.startswith(line.strip()) for line in lines]
        return f"{self.source}:{first + alike.index(max(alike))}"


def mutants_of(room: str) -> Iterator[Mutant]:
    """Yield the mutants of a module; none where mutmut did not make them yet."""
    for module in ROOMS[room]:
        source = ENGINE / f"{module}.py"
        results = _results(source)
        if results.exists():
            for name, code in json.loads(results.read_text())["exit_code_by_key"].items():
                yield Mutant(name, source, status_by_exit_code[code])


def unjudged(room: str, may_survive: Collection[Change]) -> list[str]:
    """Return the names of what is to be judged of a module: patterns where it is new or changed."""
    sources = [ENGINE / f"{module}.py" for module in ROOMS[room]]
    changed = [source for source in sources if _is_older(_results(source), source)]
    left = [one for one in mutants_of(room) if one.status not in KILLED and one.source not in changed]
    names = [one.name for one in left if one.status in OPEN or Change(one.function, one.change) not in may_survive]
    return [*(f"promo_engine.{source.stem}.*" for source in changed), *names]


def _results(source: Path) -> Path:
    return Path("mutants", f"{source}.meta")


def _is_older(results: Path, source: Path) -> bool:
    return not results.exists() or results.stat().st_mtime < source.stat().st_mtime


@cache
def _function_lines(source: Path, name: str) -> tuple[int, list[str]]:
    """Return the number of a function's first line, and its lines."""
    text = source.read_text()
    for outer in ast.parse(text).body:
        prefix = f"{outer.name}." if isinstance(outer, ast.ClassDef) else ""
        for node in outer.body if isinstance(outer, ast.ClassDef) else [outer]:
            if isinstance(node, ast.FunctionDef) and prefix + node.name == name:
                return node.lineno, text.splitlines()[node.lineno - 1 : node.end_lineno]
    raise LookupError(f"{source} has no function {name}")
