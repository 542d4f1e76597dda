"""The port over the SDK: the promotions API over HTTP, and what counts as its being away."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from promo_engine import Customer, Entitlements, read_entitlements
from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.port import HoldOrder
from promo_sdk import ApiError, Conflict, NotFound, PromotionsClient, PromotionsError, TotalChanged

logger = logging.getLogger(__name__)


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
        with _translated():
            reply = self._client().ruleset(None if revision is None else f'"{revision}"')
        return None if reply is None else reply.document

    def entitlements(self, customer: Customer | None, promotions: Sequence[str]) -> Entitlements:
        """Return the uses left of these promotions, within the deadline."""
        client = self._client().with_options(timeout=self._entitlements_timeout, retries=0)
        with _translated():
            document = client.evaluations.entitlements(
                promotions,
                customer_id=customer.id if customer else None,
                guest_key=customer.guest_key if customer else None,
            )
        return read_entitlements(document)

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        """Hold (or deliver a grant); return the evaluation document."""
        client = self._client().with_options(timeout=self._hold_timeout, retries=0)
        with _translated():
            if order.granted is not None:
                redemption = client.redemptions.deliver(
                    order.reference,
                    order.attempt,
                    order.cart,
                    granted=order.granted,
                    guest_key=order.guest_key,
                )
            else:
                redemption = client.redemptions.hold(
                    order.reference,
                    cart=order.cart,
                    attempt=order.attempt,
                    shown=order.shown,
                    guest_key=order.guest_key,
                    lease_seconds=order.lease,
                )
        return redemption.evaluation

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        """Confirm what this attempt holds."""
        with _translated():
            self._client().redemptions.confirm(reference, charged=charged, attempt=attempt)

    def release(self, reference: str, attempt: str, charged: int | None) -> None:
        """Release what this attempt holds."""
        with _translated():
            self._client().redemptions.release(reference, charged=charged, attempt=attempt)

    def doubt(self, reference: str, attempt: str, charged: int | None) -> None:
        """Put what this attempt holds in doubt."""
        with _translated():
            self._client().redemptions.doubt(reference, charged=charged, attempt=attempt)

    def close(self) -> None:
        """Close this process's connections."""
        if self._made is not None and self._pid == os.getpid():
            self._made.close()
            self._made = None

    def _client(self) -> PromotionsClient:
        with self._lock:
            if self._made is None or self._pid != os.getpid():
                self._made, self._pid = self._connect(), os.getpid()
            return self._made


@contextmanager
def _translated() -> Iterator[None]:
    """Tell refusals, which are answers, from everything else, which means that the API is away.

    A wrong key or a proxy's page is no reason to break a checkout: it is logged as an error, and the shop goes on.
    """
    try:
        yield
    except TotalChanged as error:
        raise ApiRefused("TOTAL_CHANGED", error.message, error.evaluation) from error
    except (Conflict, NotFound) as error:
        raise ApiRefused(error.code or "", error.message) from error
    except ApiError as error:
        logger.error("the promotions API does not work for this shop: %s", error)  # noqa: TRY400
        raise ApiAway(str(error)) from error
    except PromotionsError as error:
        raise ApiAway(str(error)) from error
