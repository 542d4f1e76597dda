"""Redemptions: the record of a checkout reference, from hold to settle. Amounts are minor units.

Source: CHECKOUT.md. The reference is the shop's own; the attempt id tells one request of the
shopper from another, and every retry of that request repeats it.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from promo_contracts import Route
from promo_contracts.company import models, queries, routes
from promo_contracts.company.rejected_grants import RejectedGrant, RejectedGrantPage
from promo_sdk._body import write_body, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages


def hold(
    reference: str,
    *,
    cart: Mapping[str, Any],
    attempt: str | None = None,
    shown: int | None = None,
    guest_key: str | None = None,
    lease_seconds: int = models.DEFAULT_LEASE,
    ttl_seconds: int = models.DEFAULT_TTL,
    tax: int | None = None,
) -> Call[models.Redemption]:
    """Take the uses that a cart's promotions need, and return what to charge.

    The API prices the cart at its own clock. Retries repeat the same attempt, so nothing is taken
    twice. To repeat a hold yourself after a ``TransportError``, pass the same ``attempt`` again:
    another one is refused until the lease of the first is over.

    Args:
        reference: the shop's checkout reference.
        cart: the engine's cart document: what is about to be charged.
        attempt: one id per request of the shopper; made here if not given.
        shown: the amount due that the shopper saw; a higher one is refused. None: any amount.
        guest_key: what tells a shopper without an account from others; never part of the cart.
        lease_seconds: how long this attempt may run unreported, up to 3600; 0 for no lease. The same hold
            again with 0 ends the lease: the request is over, the hold stands until it is settled.
        ttl_seconds: how long the hold stands if nobody settles it, up to 30 days.
        tax: what is charged on top of net prices, once it is known: ``confirm`` then takes the amount with it.

    Returns:
        The redemption; charge its ``amount_due``.

    Raises:
        TotalChanged: the amount due is above ``shown``; nothing was taken.
        CheckoutInFlight: another attempt for this reference is still running.
        Conflict: the redemption is settled or in doubt (``REDEMPTION_CLOSED``).

    >>> hold("checkout-1", cart={}, attempt="a1", shown=4792).body
    b'{"attempt":"a1","cart":{},"shown":4792,"lease_seconds":60,"ttl_seconds":3600}'
    """
    body = write_body(
        models.HoldRequest,
        attempt=secrets.token_hex(16) if attempt is None else attempt,
        cart=cart,
        guest_key=guest_key,
        shown=shown,
        lease_seconds=lease_seconds,
        ttl_seconds=ttl_seconds,
        **_said(tax),
    )
    return _put(reference, body)


def deliver(
    reference: str,
    attempt: str,
    cart: Mapping[str, Any],
    *,
    granted: models.Granted | Mapping[str, Any],
    guest_key: str | None = None,
    tax: int | None = None,
) -> Call[models.Redemption]:
    """Deliver a grant that was made while the API was away; it is stored, not priced again.

    Delivered twice it is one redemption.

    Args:
        reference: the shop's checkout reference.
        attempt: the attempt id of that checkout.
        cart: the cart that was charged.
        granted: the evaluation, when and under which revision it was made, how it ended, and the
            amount charged.
        guest_key: as in ``hold``.
        tax: as in ``hold``; the amount charged in ``granted`` is without it.

    Raises:
        Conflict: the API must refuse it and has listed it (``GRANT_REJECTED``).
    """
    body = write_body(
        models.HoldRequest, attempt=attempt, cart=cart, granted=granted, guest_key=guest_key, **_said(tax)
    )
    return _put(reference, body)


def confirm(reference: str, *, charged: int | None = None, attempt: str | None = None) -> Call[models.Redemption]:
    """Report that the order exists and is paid: the uses are spent.

    Args:
        reference: the shop's checkout reference.
        charged: the amount charged, as far as it is known.
        attempt: settle only what this attempt holds; a late report cannot touch a newer hold.

    Raises:
        HoldExpired: the hold was over and its uses are gone.
        CheckoutInFlight: the redemption is another attempt's by now.
        Conflict: it was released before (``REDEMPTION_CLOSED``).

    >>> confirm("checkout-1", charged=4792).target("42")
    '/promotions/company/42/redemptions/checkout-1/confirm'
    """
    return _settle(routes.CONFIRM, reference, charged, attempt)


def release(reference: str, *, charged: int | None = None, attempt: str | None = None) -> Call[models.Redemption]:
    """Report that there certainly is no order, or an undiscounted one: the uses are free again.

    Args:
        reference: the shop's checkout reference.
        charged: the undiscounted amount, if that was charged.
        attempt: as in ``confirm``.
    """
    return _settle(routes.RELEASE, reference, charged, attempt)


def doubt(reference: str, *, charged: int | None = None, attempt: str | None = None) -> Call[models.Redemption]:
    """Report that nobody knows whether it was charged: the uses stay taken until it is settled.

    Args:
        reference: the shop's checkout reference.
        charged: the amount charged, if it is known and neither of those expected.
        attempt: as in ``confirm``.
    """
    return _settle(routes.DOUBT, reference, charged, attempt)


def get_redemption(reference: str) -> Call[models.Redemption]:
    """Return the redemption of a checkout reference.

    Raises:
        NotFound: nothing was ever held for it.
    """
    return Call(
        routes.GET_REDEMPTION,
        as_model(models.Redemption),
        params={"reference": reference},
        is_repeatable=True,
    )


def list_redemptions(
    *, state: models.State | None = None, page: int = 1, per_page: int = 50
) -> Call[models.RedemptionPage]:
    """Return one page of redemptions, oldest hold first.

    Args:
        state: only those in this state, such as ``in_doubt``.
        page: from 1.
        per_page: how many at once.

    >>> list_redemptions(state="in_doubt").target("42")
    '/promotions/company/42/redemptions?state=in_doubt&page=1&per_page=50'
    """
    chosen: dict[str, str | int] = {} if state is None else {"state": state}
    return Call(
        routes.LIST_REDEMPTIONS,
        as_model(models.RedemptionPage),
        query={**chosen, "page": page, "per_page": per_page},
        is_repeatable=True,
    )


def each_redemption(
    *, state: models.State | None = None, per_page: int = 50
) -> Listing[models.RedemptionPage, models.Redemption]:
    """Yield every redemption, oldest hold first, asking for pages as they are needed.

    To settle what is listed, collect it first: what leaves ``state`` shifts the later pages.
    """
    return Listing(list_redemptions(state=state, per_page=per_page), lambda page: page.redemptions)


def list_rejected_grants(*, page: int = 1, per_page: int = 50) -> Call[RejectedGrantPage]:
    """Return one page of the grants that were delivered and rejected, oldest first.

    Args:
        page: from 1.
        per_page: how many at once.

    >>> list_rejected_grants().target("42")
    '/promotions/company/42/rejected-grants?page=1&per_page=50'
    """
    return Call(
        routes.LIST_REJECTED_GRANTS,
        as_model(RejectedGrantPage),
        query=write_query(queries.PageQuery, page=page, per_page=per_page),
        is_repeatable=True,
    )


def each_rejected_grant(*, per_page: int = 50) -> Listing[RejectedGrantPage, RejectedGrant]:
    """Yield every grant that was delivered and rejected, oldest first, asking for pages as they are needed."""
    return Listing(list_rejected_grants(per_page=per_page), lambda page: page.grants)


def _said(tax: int | None) -> dict[str, int]:
    """Say nothing of tax where there is none to speak of: a server of an earlier version knows no such field."""
    return {} if tax is None else {"tax": tax}


def _put(reference: str, body: bytes) -> Call[models.Redemption]:
    return Call(
        routes.HOLD,
        as_model(models.Redemption),
        params={"reference": reference},
        body=body,
        is_repeatable=True,
    )


def _settle(route: Route, reference: str, charged: int | None, attempt: str | None) -> Call[models.Redemption]:
    return Call(
        route,
        as_model(models.Redemption),
        params={"reference": reference},
        body=write_body(models.SettleRequest, charged=charged, attempt=attempt),
        is_repeatable=True,
    )


class Redemptions(Resource):
    """The records of checkouts: hold, then confirm, release or doubt."""

    hold: Final = endpoint(hold)
    deliver: Final = endpoint(deliver)
    confirm: Final = endpoint(confirm)
    release: Final = endpoint(release)
    doubt: Final = endpoint(doubt)
    get: Final = endpoint(get_redemption)
    list: Final = endpoint(list_redemptions)
    iterate: Final = pages(each_redemption)
    rejected: Final = endpoint(list_rejected_grants)
    iterate_rejected: Final = pages(each_rejected_grant)


class AsyncRedemptions(AsyncResource):
    """The records of checkouts: hold, then confirm, release or doubt."""

    hold: Final = async_endpoint(hold)
    deliver: Final = async_endpoint(deliver)
    confirm: Final = async_endpoint(confirm)
    release: Final = async_endpoint(release)
    doubt: Final = async_endpoint(doubt)
    get: Final = async_endpoint(get_redemption)
    list: Final = async_endpoint(list_redemptions)
    iterate: Final = async_pages(each_redemption)
    rejected: Final = async_endpoint(list_rejected_grants)
    iterate_rejected: Final = async_pages(each_rejected_grant)
