"""Aids for apps that test against the SDK: an app or a function in place of the network.

All clients here try once unless ``retries`` says otherwise, so that a test sees the first failure.
"""

from collections.abc import Callable
from typing import Any

from promo_contracts import read_json, write_json
from promo_sdk._transport import (
    ASGIApp,
    BlockingASGITransport,
    StubTransport,
    asgi_transport,
    stub_transport,
)
from promo_sdk.client import AsyncPromotionsClient, PromotionsClient

TEST_URL = "http://promotions.test"
TEST_KEY = "test-key"
PATIENCE = 60.0
"""Seconds that an app in this process may take: there is no network, only a machine that may be busy."""


def asgi_client(
    app: ASGIApp,
    *,
    company_id: str,
    api_key: str = TEST_KEY,
    base_url: str = TEST_URL,
    retries: int = 0,
    timeout: float = PATIENCE,
) -> AsyncPromotionsClient:
    """Return an async client that calls an ASGI app directly, in the same event loop.

    An exception that the app raises comes out of the call as it is. The app's lifespan is not run.
    """
    transport = asgi_transport(app)
    return AsyncPromotionsClient(
        base_url,
        company_id=company_id,
        api_key=api_key,
        retries=retries,
        timeout=timeout,
        http_transport=transport,
    )


def blocking_asgi_client(
    app: ASGIApp,
    *,
    company_id: str,
    api_key: str = TEST_KEY,
    base_url: str = TEST_URL,
    retries: int = 0,
    timeout: float = PATIENCE,
) -> PromotionsClient:
    """Return a sync client that calls an ASGI app in a thread with its own event loop.

    The thread runs from the first call until the client is closed; closing it is not optional.
    """
    return PromotionsClient(
        base_url,
        company_id=company_id,
        api_key=api_key,
        retries=retries,
        timeout=timeout,
        http_transport=BlockingASGITransport(app),
    )


def answering(answer: Callable[[str, str, Any], tuple[int, object]]) -> StubTransport:
    """Return an ``http_transport``, for either client, that answers by a function.

    Args:
        answer: gets method, path and the parsed body (``None`` without one), returns status and
            a JSON document.

    >>> with PromotionsClient(
    ...     TEST_URL,
    ...     company_id="1",
    ...     api_key="k",
    ...     http_transport=answering(lambda method, path, body: (200, {"uses": {body["promotions"][0]: {"total": 3}}})),
    ... ) as client:
    ...     client.evaluations.entitlements(["p1"])
    {'uses': {'p1': {'total': 3}}}
    """

    def exchange(method: str, path: str, content: bytes) -> tuple[int, bytes]:
        status, document = answer(method, path, read_json(content) if content else None)
        return status, write_json(document)

    return stub_transport(exchange)
