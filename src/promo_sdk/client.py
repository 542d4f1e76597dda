"""The clients: settings, a connection pool, and one face per room of the API."""

import os
import secrets
import time
from collections.abc import Awaitable, Callable
from copy import copy
from types import TracebackType
from typing import Final, Self, TypeVar

import anyio

from promo_sdk._endpoint import async_endpoint, endpoint
from promo_sdk._request import Call
from promo_sdk._retry import Clock, RetryPolicy
from promo_sdk._settings import KEY_VARIABLE, Settings, policy_of
from promo_sdk._transport import AsyncHTTPTransport, AsyncTransport, HTTPTransport, Transport
from promo_sdk.resources.campaigns import AsyncCampaigns, Campaigns
from promo_sdk.resources.codes import AsyncCodes, Codes
from promo_sdk.resources.evaluations import (
    AsyncEvaluations,
    Evaluations,
    get_ruleset,
    list_promotion_types,
)
from promo_sdk.resources.lightrail import AsyncLightrail, Lightrail
from promo_sdk.resources.moltin import AsyncMoltin, Moltin
from promo_sdk.resources.promotions import AsyncPromotions, Promotions, list_offers
from promo_sdk.resources.redemptions import AsyncRedemptions, Redemptions
from promo_sdk.resources.returns import AsyncReturns, Returns

T = TypeVar("T")

DEFAULT_TIMEOUT = 5.0
DEFAULT_RETRIES = RetryPolicy()
SYSTEM_CLOCK = Clock()


def new_request_id() -> str:
    """Make a request id: 32 random hexadecimal digits."""
    return secrets.token_hex(16)


class _Client:
    """What both clients are, however they send."""

    _settings: Settings
    _is_owner = True

    def with_options(self, *, timeout: float | None = None, retries: RetryPolicy | int | None = None) -> Self:
        """Return a client with other options over the same connections.

        It lives as long as this one: closing it does nothing.
        """
        other = copy(self)
        other._settings = self._settings.changed(timeout, retries)
        other._is_owner = False
        return other

    def __repr__(self) -> str:
        """Show where it talks to and for whom, never the key."""
        name, settings = type(self).__name__, self._settings
        return f"{name}({settings.base_url!r}, company_id={settings.company_id!r})"


class PromotionsClient(_Client):
    """Talk to the promotions API of one company.

    One client per process, made after forking, is enough: it is safe under threads and keeps its
    connections. Close it, or use it in a ``with`` statement.

    Args:
        base_url: where the API is; a path prefix is kept.
        company_id: the company that all calls are for.
        api_key: sent as a bearer token; the environment's ``PROMO_API_KEY`` where not given.
        timeout: seconds that one attempt may take in all, until the last bytes of the reply. Looked at
            as they arrive; no step (connect, send, next bytes) is waited for longer either.
        retries: a policy, or how often to try again. What is repeated: see ``RetryPolicy``.
        http_transport: an httpx transport in place of real sockets; closed with the client.
        sleep: how to wait between attempts.
        clock: time and chance.
        new_id: makes the ``X-Request-Id`` of a call; its retries carry the same.

    Raises:
        ValueError: a setting that no call could work with, such as no key at all.

    >>> from promo_sdk.testing import answering
    >>> campaign = {
    ...     "id": "c1",
    ...     "company_id": "1",
    ...     "name": "Spring",
    ...     "description": "",
    ...     "status": "active",
    ...     "currency": "USD",
    ...     "created_at": "2025-04-14T01:00:00Z",
    ...     "created_by": "key",
    ...     "last_updated": "2025-04-14T01:00:00Z",
    ... }
    >>> client = PromotionsClient(
    ...     "https://promotions.example.com",
    ...     company_id="1",
    ...     api_key="k",
    ...     http_transport=answering(lambda method, path, body: (201, campaign)),
    ... )
    >>> with client:
    ...     client.campaigns.create(name="Spring").id
    'c1'
    """

    ruleset: Final = endpoint(get_ruleset)
    promotion_types: Final = endpoint(list_promotion_types)
    offers: Final = endpoint(list_offers)

    def __init__(
        self,
        base_url: str,
        *,
        company_id: str,
        api_key: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: RetryPolicy | int = DEFAULT_RETRIES,
        http_transport: HTTPTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Clock = SYSTEM_CLOCK,
        new_id: Callable[[], str] = new_request_id,
    ) -> None:
        key, policy = _key(api_key), policy_of(retries)
        self._settings = Settings(base_url, company_id, key, timeout, policy, clock, new_id)
        self._transport = Transport(http_transport, sleep)

    @property
    def campaigns(self) -> Campaigns:
        """The parents of promotions."""
        return Campaigns(self)

    @property
    def promotions(self) -> Promotions:
        """The offers that are configured."""
        return Promotions(self)

    @property
    def codes(self) -> Codes:
        """The codes of promotions beside their own: created, made in batches, deleted."""
        return Codes(self)

    @property
    def evaluations(self) -> Evaluations:
        """What a cart costs, and what is needed to tell."""
        return Evaluations(self)

    @property
    def redemptions(self) -> Redemptions:
        """The records of checkouts: hold, then confirm, release or doubt."""
        return Redemptions(self)

    @property
    def returns(self) -> Returns:
        """Goods of confirmed orders that come back, and what is given back for them."""
        return Returns(self)

    @property
    def lightrail(self) -> Lightrail:
        """Value stores: gift cards, credits and personal promotions, and their ledger."""
        return Lightrail(self)

    @property
    def moltin(self) -> Moltin:
        """Promotions with many codes, and carts, on the Moltin API's names."""
        return Moltin(self)

    def close(self) -> None:
        """Close the connections."""
        if self._is_owner:
            self._transport.close()

    def __enter__(self) -> Self:
        """Return this client; leaving the ``with`` statement closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def _send(self, call: Call[T]) -> T:
        return self._transport.send(call, self._settings)


class AsyncPromotionsClient(_Client):
    """Talk to the promotions API of one company, from async code.

    The same arguments and faces as ``PromotionsClient``; every call is awaited, ``iterate`` is for
    ``async for``. One client per event loop. Close it by ``await client.aclose()``, or use it in an
    ``async with`` statement.
    """

    ruleset: Final = async_endpoint(get_ruleset)
    promotion_types: Final = async_endpoint(list_promotion_types)
    offers: Final = async_endpoint(list_offers)

    def __init__(
        self,
        base_url: str,
        *,
        company_id: str,
        api_key: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: RetryPolicy | int = DEFAULT_RETRIES,
        http_transport: AsyncHTTPTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
        clock: Clock = SYSTEM_CLOCK,
        new_id: Callable[[], str] = new_request_id,
    ) -> None:
        key, policy = _key(api_key), policy_of(retries)
        self._settings = Settings(base_url, company_id, key, timeout, policy, clock, new_id)
        self._transport = AsyncTransport(http_transport, sleep)

    @property
    def campaigns(self) -> AsyncCampaigns:
        """The parents of promotions."""
        return AsyncCampaigns(self)

    @property
    def promotions(self) -> AsyncPromotions:
        """The offers that are configured."""
        return AsyncPromotions(self)

    @property
    def codes(self) -> AsyncCodes:
        """The codes of promotions beside their own: created, made in batches, deleted."""
        return AsyncCodes(self)

    @property
    def evaluations(self) -> AsyncEvaluations:
        """What a cart costs, and what is needed to tell."""
        return AsyncEvaluations(self)

    @property
    def redemptions(self) -> AsyncRedemptions:
        """The records of checkouts: hold, then confirm, release or doubt."""
        return AsyncRedemptions(self)

    @property
    def returns(self) -> AsyncReturns:
        """Goods of confirmed orders that come back, and what is given back for them."""
        return AsyncReturns(self)

    @property
    def lightrail(self) -> AsyncLightrail:
        """Value stores: gift cards, credits and personal promotions, and their ledger."""
        return AsyncLightrail(self)

    @property
    def moltin(self) -> AsyncMoltin:
        """Promotions with many codes, and carts, on the Moltin API's names."""
        return AsyncMoltin(self)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._is_owner:
            await self._transport.close()

    async def __aenter__(self) -> Self:
        """Return this client; leaving the ``async with`` statement closes it."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def _send(self, call: Call[T]) -> T:
        return await self._transport.send(call, self._settings)


def _key(api_key: str | None) -> str:
    return os.environ.get(KEY_VARIABLE, "") if api_key is None else api_key
