"""What a cart comes to for this company: the engine, with the uses left that a transaction sees."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from promo_engine import (
    Cart,
    Discount,
    Document,
    DocumentError,
    Evaluation,
    Ruleset,
    ValueStore,
    code_form,
    consider,
    local_day,
    read_cart,
)
from promo_server.services.context import Company
from promo_server.services.refusal import Refusal, invalid
from promo_server.services.shoppers import counted_cart, customer_key
from promo_server.services.uses import NOT_ASKED, Counter, CounterName, FoundCodes, counters_of, unused, uses_left


def cart_of(company: Company, document: object, guest_key: str | None) -> Cart:
    """Read the cart of a request, its guest hashed.

    Raises:
        InvalidFields: names the field.
    """
    try:
        return counted_cart(company, read_cart(document), guest_key)
    except DocumentError as error:
        raise invalid(error, "cart") from None


def evaluate_now(
    connection: Connection,
    company: Company,
    ruleset: Ruleset,
    cart: Cart,
    codes: FoundCodes,
    *,
    own: Iterable[Counter] = (),
    lost: Collection[CounterName] = (),
    values: Sequence[ValueStore] = (),
) -> Evaluation:
    """Price a cart at its moment, with the uses left that this transaction sees; ``own`` and ``lost`` as there.

    ``codes`` are what the cart's unlisted codes stand for, ``values`` the value stores that it reaches.
    """
    known = values if ruleset.has_value_stores else None
    considered = consider(cart, ruleset, unused(codes), known)
    limited = [ruleset.promotions[one] for one in considered.needed]
    day, customer = local_day(cart.at, company.zone), customer_key(cart.customer)
    left = uses_left(connection, company.id, limited, customer, day, codes, own=own, lost=lost)
    return considered.price(replace(left, values=known))


def check_shown(evaluation: Document, shown: int | None) -> None:
    """Hold an evaluation to the amount due that the shopper saw.

    Raises:
        Refusal: ``TOTAL_CHANGED``: it is above that.
    """
    due = evaluation["totals"]["amount_due"]
    if shown is not None and due > shown:
        message = f"The amount due is {due}, above the {shown} that was shown; nothing was taken."
        raise Refusal("TOTAL_CHANGED", message, evaluation=evaluation)


def counted(company: Company, evaluation: Evaluation, codes: FoundCodes = NOT_ASKED) -> dict[str, list[Counter]]:
    """Return the counters that an evaluation's promotions, and codes, raise when they are taken, by promotion id."""
    cart = evaluation.cart
    day, customer = local_day(cart.at, company.zone), customer_key(cart.customer)
    taken = {one.promotion_id: counters_of(one.promotion, customer, day, one.amount) for one in evaluation.applied}
    for one in evaluation.applied if codes else ():
        taken[one.promotion_id] += _counters_of_code(one, codes)
    return taken


def _counters_of_code(discount: Discount, codes: FoundCodes) -> tuple[Counter, ...]:
    """Return the counters of the code that applied a promotion; none of a promotion's own code, or of no code."""
    code = None if discount.code is None else codes.get(code_form(discount.code))
    return () if code is None else code.counters
