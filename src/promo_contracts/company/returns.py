"""The models of returns: goods of a confirmed order that come back, and what is given back for them.

Amounts are minor units of the order's currency.
"""

from typing import Annotated, Literal

from pydantic import Field

from promo_contracts.company.models import Pagination
from promo_contracts.fields import Answer, Instant, Text, Texts, WireModel

Policy = Literal["keep", "reprice"]
"""The discounts stay with what is kept, or what is kept is priced as if it had been bought alone."""

UnitsByLine = Annotated[dict[Text, Annotated[int, Field(ge=1, le=1_000_000)]], Field(max_length=1_000)]


class ReturnRequest(WireModel):
    """Return units of lines and shipping entries, by their ids in the cart; at least one of them.

    The ``return_id`` is the shop's own: the same request with the same id is one return.
    """

    return_id: Text
    lines: UnitsByLine = {}
    shipping: Texts = []
    policy: Policy = "keep"


class PaidFor(Answer):
    """What was paid for that which comes back, by line and by shipping entry."""

    lines: dict[str, int]
    shipping: dict[str, int]


class ReturnedSoFar(Answer):
    """All that is back of an order, and what was given back for it: units by line, shipping entries, amounts."""

    lines: dict[str, int]
    shipping: list[str]
    amount: int
    points: int


class OrderReturn(Answer):
    """One return of an order: the ``number``-th, counted from 1.

    ``amount`` is what the shopper gets, ``points`` what is taken back from the customer. ``missing`` is by how much
    what is kept costs more than is still paid for it: later returns give back that much less. ``restored`` are the
    promotions whose use is free again. ``returned`` is all that is back, this return included.
    """

    return_id: str
    reference: str
    number: int
    policy: Policy
    lines: dict[str, int]
    shipping: list[str]
    amount: int
    points: int
    missing: int
    currency: str
    paid: PaidFor
    restored: list[str]
    returned: ReturnedSoFar
    created_at: Instant


class OrderReturnPage(Answer):
    """One page of the returns of an order, the first one first."""

    returns: list[OrderReturn]
    pagination: Pagination
