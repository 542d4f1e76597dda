"""Clients whose waiting is written down instead of done."""

from collections.abc import AsyncIterator, Iterator

import pytest

from promo_sdk import AsyncPromotionsClient, PromotionsClient
from tests.promo_sdk.samples import KEY, STILL, URL


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run under asyncio."""
    return "asyncio"


@pytest.fixture
def slept() -> list[float]:
    """The pauses that a client would have made."""
    return []


@pytest.fixture
def client(slept: list[float]) -> Iterator[PromotionsClient]:
    """A sync client."""
    with PromotionsClient(URL, company_id="42", api_key=KEY, sleep=slept.append, clock=STILL) as client:
        yield client


@pytest.fixture
async def async_client(slept: list[float]) -> AsyncIterator[AsyncPromotionsClient]:
    """An async client."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with AsyncPromotionsClient(URL, company_id="42", api_key=KEY, sleep=sleep, clock=STILL) as client:
        yield client
