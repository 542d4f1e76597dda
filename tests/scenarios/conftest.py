"""A real API, and the shop open through each shell in turn."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from promo_middleware import Promotions
from promo_server.testing import embedded
from tests.promo_middleware.conftest import MAPPING, TIMING, World
from tests.scenarios.shells import SHELLS, Shell
from tests.scenarios.shop import Shop

Open = Callable[..., AbstractContextManager[tuple[httpx.Client, Promotions]]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with embedded(tmp_path) as api, api.client() as client:
        yield World(api, client, tmp_path)


@pytest.fixture(params=list(SHELLS.values()), ids=list(SHELLS))
def shell(request: pytest.FixtureRequest) -> Shell:
    shell: Shell = request.param
    return shell


@pytest.fixture
def open_shop(world: World, shell: Shell) -> Open:
    """Open a shop through this shell, its rules loaded unless it is to start cold."""

    @contextmanager
    def opened(shop: Shop, *, is_cold: bool = False, **settings: Any) -> Iterator[tuple[httpx.Client, Promotions]]:
        defaults: dict[str, Any] = {
            "company_id": world.api.company_id,
            "api_key": world.api.key,
            "carts": ["GET /carts/{cart}"],
            "checkouts": ["POST /carts/{cart}/checkout"],
            "mapping": MAPPING,
            "directory": world.folder / "shop",
            "timing": TIMING,
        }
        promotions = Promotions(world.api.url, **(defaults | settings))
        if not is_cold:
            promotions.start()
            assert promotions.subscription.wait(60)
        with ExitStack() as stack:
            stack.callback(promotions.close)
            transport = stack.enter_context(shell(shop, promotions))
            yield stack.enter_context(httpx.Client(transport=transport, base_url="http://shop")), promotions

    return opened


def deliver(promotions: Promotions) -> None:
    """Wait until nothing is left to be delivered."""
    pause = threading.Event()
    for _ in range(1_000):
        if not promotions.outbox.entries():
            return
        promotions.delivery.work()
        pause.wait(0.02)
    raise AssertionError(promotions.outbox.entries())
