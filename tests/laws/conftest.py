import pytest

from tests.laws.deep import Deep


def pytest_addoption(parser: pytest.Parser) -> None:
    laws = parser.getgroup("laws")
    laws.addoption("--deep", action="store_true", help="10,000 examples of each law, from where the last run stopped")
    laws.addoption("--fresh", action="store_true", help="with --deep: forget where the last run stopped")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("deep", False):
        config.pluginmanager.register(Deep(config))


@pytest.fixture
def batch() -> int:
    """The number of a batch; `dev.py laws --deep` runs many."""
    return 0
