"""Shops that are kept open for the tests of one module, which ask for what they may not have."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.databases import Databases
from tests.promo_server.api.spoken import Shops


@pytest.fixture(scope="module")
def shops(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    with ExitStack() as closing:
        yield Shops(databases, lambda: tmp_path_factory.mktemp("shop"), closing)
