"""The port over the SDK: the promotions API over HTTP, and what counts as its being away."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from promo_engine import Cart, Customer, DocumentError, Entitlements, block_of, read_entitlements, write_cart
from promo_middleware.errors import ApiAway, ApiRefused, ApiUnfit, ConfigurationError
from promo_middleware.port import HoldOrder, Port
from promo_sdk import ApiError, PromotionsClient, PromotionsError, TotalChanged

logger = logging.getLogger(__name__)

Connect = Callable[[], PromotionsClient]
"""Make a client of the promotions API: how a shop reaches one that runs in its own process."""

ANSWERS = {
    *("CHECKOUT_IN_FLIGHT", "REDEMPTION_CLOSED", "REDEMPTION_NOT_FOUND"),
    *("CHARGE_MISMATCH", "HOLD_EXPIRED", "GRANT_REJECTED"),
}
"""The codes that say something of the checkout; any other refusal speaks of the set-up."""
PASSING = {401, 403, 404, 408, 425, 429}
"""Refusals that another key or another moment may change."""


class ApiPort:
    """The six calls over HTTP. Each process gets a client of its own, so servers may fork after loading."""

    def __init__(
        self,
        connect: Callable[[], PromotionsClient],
        *,
        entitlements_timeout: float,
        hold_timeout: float,
    ) -> None:
        """Take what makes a client; timeouts in seconds."""
        self._connect = connect
        self._entitlements_timeout = entitlements_timeout
        self._hold_timeout = hold_timeout
        self._lock = threading.Lock()
        self._pid = 0
        self._made: PromotionsClient | None = None

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        """Return the ruleset document, or None when its revision is this one."""
        with self._asking() as client:
            reply = client.ruleset(None if revision is None else f'"{revision}"')
        return None if reply is None else reply.document

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        """Return the uses left of these promotions, codes and value stores, within the deadline."""
        with self._asking(self._entitlements_timeout) as client:
            document = client.evaluations.entitlements(
                promotions,
                customer_id=customer.id if customer else None,
                guest_key=customer.guest_key if customer else None,
                codes=codes or None,
                cart=None if cart is None else write_cart(cart),
            )
            return read_entitlements(document)

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        """Hold (or deliver a grant); return the evaluation document."""
        with self._asking(self._hold_timeout) as client:
            if order.granted is not None:
                redemption = client.redemptions.deliver(
                    order.reference,
                    order.attempt,
                    order.cart,
                    granted=order.granted,
                    guest_key=order.guest_key,
                    tax=order.tax,
                )
            else:
                redemption = client.redemptions.hold(
                    order.reference,
                    cart=order.cart,
                    attempt=order.attempt,
                    shown=order.shown,
                    guest_key=order.guest_key,
                    lease_seconds=order.lease,
                    ttl_seconds=order.ttl,
                    tax=order.tax,
                )
            _check_totals(redemption.evaluation)
        return redemption.evaluation

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        """Confirm what this attempt holds."""
        with self._asking(self._hold_timeout) as client:
            client.redemptions.confirm(reference, charged=charged, attempt=attempt)

    def release(self, reference: str, attempt: str, charged: int | None) -> None:
        """Release what this attempt holds."""
        with self._asking(self._hold_timeout) as client:
            client.redemptions.release(reference, charged=charged, attempt=attempt)

    def doubt(self, reference: str, attempt: str, charged: int | None) -> None:
        """Put what this attempt holds in doubt."""
        with self._asking(self._hold_timeout) as client:
            client.redemptions.doubt(reference, charged=charged, attempt=attempt)

    def close(self) -> None:
        """Close this process's connections."""
        if self._made is not None and self._pid == os.getpid():
            made, self._made = self._made, None
            made.close()

    @contextmanager
    def _asking(self, seconds: float | None = None) -> Iterator[PromotionsClient]:
        """Give a client that asks once, within a timeout if there is one, and translate what it raises.

        What was still being asked when the port closed, a question that its cart had left alone, finds the API away.
        """
        made = self._client()
        try:
            with _translated():
                yield made if seconds is None else made.with_options(timeout=seconds, retries=0)
        except RuntimeError as error:
            if made is self._made:
                raise
            raise ApiAway(f"the shop has closed its client: {error}") from error

    def _client(self) -> PromotionsClient:
        with self._lock:
            if self._made is None or self._pid != os.getpid():
                self._made, self._pid = self._connect(), os.getpid()
            return self._made


@contextmanager
def _translated() -> Iterator[None]:
    """Tell refusals, which are answers, from everything else, which means that the API is away.

    A wrong key, a proxy's page or an answer that makes no sense is no reason to break a checkout: it is logged as an
    error, and the shop goes on.
    """
    try:
        yield
    except TotalChanged as error:
        raise ApiRefused("TOTAL_CHANGED", error.message, error.evaluation) from error
    except ApiError as error:
        if error.code in ANSWERS:
            raise ApiRefused(error.code, error.message) from error
        logger.error("the promotions API does not work for this shop: %s", error)  # noqa: TRY400
        is_final = error.status is None or (400 <= error.status < 500 and error.status not in PASSING)
        raise (ApiUnfit if is_final else ApiAway)(str(error)) from error
    except PromotionsError as error:
        raise ApiAway(str(error)) from error
    except (DocumentError, KeyError, TypeError) as error:
        logger.error("the promotions API's answer makes no sense: %s", error)  # noqa: TRY400
        raise ApiAway(str(error)) from error


def _check_totals(evaluation: Mapping[str, Any]) -> None:
    """Check that an answer has what a hold is read from; raise ``KeyError`` or ``TypeError`` if it does not."""
    totals = block_of(evaluation)["totals"]
    if not all(isinstance(totals[name], int) for name in ("amount_due", "items", "shipping")):
        raise TypeError("totals must be integers")
    if not isinstance(evaluation["lines"], list):
        raise TypeError("lines must be a list")


def port_to(
    api: str | Connect | Port,
    company_id: str,
    api_key: str | None,
    *,
    entitlements_timeout: float,
    hold_timeout: float,
) -> Port:
    """Return the port to an API: given by its URL, by what makes a client of it, or as it is.

    Raises:
        ConfigurationError: no client can be made.
    """
    connect = _connect(api, company_id, api_key) if isinstance(api, str) else api
    if not callable(connect):
        return connect
    return ApiPort(connect, entitlements_timeout=entitlements_timeout, hold_timeout=hold_timeout)


def _connect(url: str, company_id: str, api_key: str | None) -> Connect:
    if not company_id:
        raise ConfigurationError("company_id is required with the URL of an API")

    def connect() -> PromotionsClient:
        return PromotionsClient(url, company_id=company_id, api_key=api_key, retries=0)

    try:
        connect().close()
    except ValueError as error:
        raise ConfigurationError(str(error).replace("base_url", "api")) from None
    return connect
