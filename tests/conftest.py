"""For all tests: what is no test, the databases, and how long an example may take."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import KINDS, Databases

collect_ignore = ["compiled.py"]  # a plugin of pytest's, loaded by `dev.py test --compiled` alone

# How long an example takes, a machine decides that has other things to do. --hypothesis-profile is heard after this.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


LOGGERS = [logging.getLogger(name) for name in (None, "promo_server", "promo_engine")]
LEVELS = [logger.level for logger in LOGGERS]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Put the levels of loggers back: commands and frameworks that run in this process set them for all that follow."""
    for logger, level in zip(LOGGERS, LEVELS, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str, worker_id: str) -> Iterator[Databases]:
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / testrun_uid[:8]
    shared.mkdir(exist_ok=True)
    made = Databases(shared)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """An empty database, by its name: each test runs on SQLite and on PostgreSQL."""
    with databases.fresh(request.param, tmp_path) as name:
        yield name
