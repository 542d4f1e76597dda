"""A pytest plugin that runs each law in many batches, each with a seed of its own; a finished batch is not run again.

A test of hypothesis takes no part in this: it is run with its own settings, once for each batch. Any other test that
has a parameter `batch` gets its number; it may say how many examples it tried with `record_property("examples", …)`.
A module that is no law may say with ``BATCHES`` how many are enough for it.
Which batches are finished stands in a file, with a digest of the sources: where these change, all starts anew.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import is_hypothesis_test, seed

from tests.laws.depth import BATCHES, DEEP

DONE = Path(".laws/done.jsonl")
"""One line for the sources, then one for each finished batch."""

SOURCES = ("src", "plugins", "tests/laws")


def digest() -> str:
    """Return the SHA-256 of all that a law's outcome depends on."""
    files = sorted(path for folder in SOURCES for path in Path(folder).rglob("*.py"))
    together = hashlib.sha256()
    for path in files:
        together.update(f"{path}\n".encode() + path.read_bytes())
    return together.hexdigest()


def finished() -> dict[str, Any]:
    """Return what is known of each finished batch, by the id of its test."""
    entries = [json.loads(line) for line in DONE.read_text().splitlines()] if DONE.exists() else []
    return {entry["id"]: entry for entry in entries[1:]}


class Total(NamedTuple):
    """How many batches of a law are finished, of how many, with how many examples, in how many seconds."""

    batches: int = 0
    of: int = 0
    examples: int = 0
    seconds: float = 0.0


def totals() -> dict[str, Total]:
    """Return what is known of each law."""
    sums: dict[str, Total] = {}
    for name, entry in finished().items():
        law = name.rpartition("[")[0]
        batches, _, examples, seconds = sums.get(law, Total())
        sums[law] = Total(batches + 1, entry["of"], examples + entry["examples"], seconds + entry["seconds"])
    return sums


class Deep:
    """The plugin."""

    def __init__(self, config: pytest.Config) -> None:
        """Take what the command line said."""
        self._is_fresh = config.getoption("fresh")
        self._is_worker = hasattr(config, "workerinput")
        self._config = config

    def _terminal(self) -> Any:
        return self._config.pluginmanager.getplugin("terminalreporter")

    def pytest_report_header(self) -> str:
        """Start anew where the sources are no longer those of the last run; say so."""
        now = digest()
        before = json.loads(DONE.read_text().splitlines()[0])["sources"] if DONE.exists() else None
        if before == now and not self._is_fresh:
            return f"laws: going on after {len(finished())} finished batches; --fresh starts anew"
        DONE.parent.mkdir(exist_ok=True)
        DONE.write_text(json.dumps({"sources": now}) + "\n")
        is_changed = before not in {None, now}
        return "laws: the sources changed since the last run: starting anew" if is_changed else "laws: starting"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make each law as many tests as there are batches."""
        if is_hypothesis_test(metafunc.function):
            metafunc.fixturenames.append("batch")
        if "batch" in metafunc.fixturenames:
            metafunc.parametrize("batch", range(_batches(metafunc.module)))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is finished; the first batch of every law comes before the second of any."""
        done = finished().keys()
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
        items[:] = sorted((item for item in items if item.nodeid not in done), key=_batch)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Give each batch its seed; note how many examples it tried."""
        assert isinstance(item, pytest.Function)
        if is_hypothesis_test(item.obj):
            seed(_batch(item))(item.obj)
        outcome = yield
        tried = re.search(r"(\d+) passing", getattr(item, "hypothesis_statistics", ""))
        if tried:
            item.user_properties.append(("examples", int(tried[1])))
        item.user_properties.append(("of", _batches(item.module)))
        return outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a finished batch, or show at once what failed, where all reports come together."""
        if report.when != "call" or self._is_worker:
            return
        if report.failed:
            again = f"python3 dev.py test -n 0 --deep '{report.nodeid}'"
            self._terminal().write_line(f"\n{report.longreprtext}\nagain: {again}")
        elif "examples" in (said := dict(report.user_properties)):
            entry = {
                "id": report.nodeid,
                "of": said["of"],
                "examples": said["examples"],
                "seconds": round(report.duration, 2),
            }
            with DONE.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def pytest_terminal_summary(self) -> None:
        """Print how often each law was tried, and in how long."""
        self._terminal().section("laws")
        for law, total in sorted(totals().items()):
            unfinished = "" if total.batches == total.of else f"   {total.batches} of {total.of} batches"
            self._terminal().line(f"{total.examples:8,} examples {total.seconds:7.1f} s   {law}{unfinished}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail where a law was tried too seldom in all its batches."""
        few = [law for law, total in totals().items() if total.batches == BATCHES and total.examples < DEEP]
        if few and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _batches(module: Any) -> int:
    return int(getattr(module, "BATCHES", BATCHES))


def _batch(item: pytest.Item) -> int:
    return int(item.callspec.params.get("batch", 0)) if hasattr(item, "callspec") else 0
