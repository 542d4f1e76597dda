"""Returns: goods of a confirmed order that come back, and what is given back for them, in minor units."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from promo_contracts.company import queries, routes
from promo_contracts.company.returns import OrderReturn, OrderReturnPage, Policy, ReturnRequest
from promo_sdk._body import write_body, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages


def return_goods(
    reference: str,
    *,
    lines: Mapping[str, int] | None = None,
    shipping: Sequence[str] | None = None,
    policy: Policy = "keep",
    return_id: str | None = None,
) -> Call[OrderReturn]:
    """Return goods of a confirmed order, and get what to give back to the shopper.

    Retries repeat the same id, so nothing is given back twice. To repeat a return yourself after a
    ``TransportError``, pass the same ``return_id`` again: with another one it is another return.

    Args:
        reference: the shop's checkout reference.
        lines: how many units of each line come back, by the line's id in the cart.
        shipping: the ids of the shipping entries that are given back, too.
        policy: ``keep``: the discounts stay with what is kept; ``reprice``: what is kept is priced as
            if it had been bought alone, under the rules of the order.
        return_id: the shop's own id of this return; made here if not given.

    Returns:
        The return; give back its ``amount``, take back its ``points``.

    Raises:
        InvalidRequest: more comes back than is left of a line; ``errors`` names it.
        Conflict: the redemption is not confirmed (``REDEMPTION_NOT_CONFIRMED``), another return has the
            same id (``DUPLICATE_RETURN``), or the rules of the order are not kept (``RULES_NOT_KEPT``).

    >>> return_goods("checkout-1", lines={"milk": 2}, return_id="r1").body
    b'{"return_id":"r1","lines":{"milk":2},"policy":"keep"}'
    """
    body = write_body(
        ReturnRequest,
        return_id=secrets.token_hex(16) if return_id is None else return_id,
        lines=lines,
        shipping=shipping,
        policy=policy,
    )
    return Call(
        routes.RETURN_GOODS,
        as_model(OrderReturn),
        params={"reference": reference},
        body=body,
        is_repeatable=True,
    )


def list_returns(reference: str, *, page: int = 1, per_page: int = 50) -> Call[OrderReturnPage]:
    """Return one page of the returns of an order, the first one first.

    Args:
        reference: the shop's checkout reference.
        page: from 1.
        per_page: how many at once.

    Raises:
        NotFound: nothing was ever held for it.

    >>> list_returns("checkout-1").target("42")
    '/promotions/company/42/redemptions/checkout-1/returns?page=1&per_page=50'
    """
    return Call(
        routes.LIST_RETURNS,
        as_model(OrderReturnPage),
        params={"reference": reference},
        query=write_query(queries.PageQuery, page=page, per_page=per_page),
        is_repeatable=True,
    )


def each_return(reference: str, *, per_page: int = 50) -> Listing[OrderReturnPage, OrderReturn]:
    """Yield every return of an order, the first one first, asking for pages as they are needed."""
    return Listing(list_returns(reference, per_page=per_page), lambda page: page.returns)


class Returns(Resource):
    """Goods of confirmed orders that come back."""

    create: Final = endpoint(return_goods)
    list: Final = endpoint(list_returns)
    iterate: Final = pages(each_return)


class AsyncReturns(AsyncResource):
    """Goods of confirmed orders that come back."""

    create: Final = async_endpoint(return_goods)
    list: Final = async_endpoint(list_returns)
    iterate: Final = async_pages(each_return)
