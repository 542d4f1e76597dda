"""What a cart comes to for this company: the engine, with the uses left that a transaction sees."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from promo_engine import Cart, Document, DocumentError, Evaluation, Ruleset, consider, local_day, read_cart
from promo_server.services.context import Company
from promo_server.services.refusal import Refusal, invalid
from promo_server.services.shoppers import counted_cart, customer_key
from promo_server.services.uses import Counter, CounterName, counters_of, uses_left


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
    *,
    own: Iterable[Counter] = (),
    lost: Collection[CounterName] = (),
) -> Evaluation:
    """Price a cart at its moment, with the uses left that this transaction sees; ``own`` and ``lost`` as there."""
    considered = consider(cart, ruleset)
    limited = [ruleset.promotions[one] for one in considered.needed]
    day, customer = local_day(cart.at, company.zone), customer_key(cart.customer)
    return considered.price(uses_left(connection, company.id, limited, customer, day, own=own, lost=lost))


def check_shown(evaluation: Document, shown: int | None) -> None:
    """Hold an evaluation to the amount due that the shopper saw.

    Raises:
        Refusal: ``TOTAL_CHANGED``: it is above that.
    """
    due = evaluation["totals"]["amount_due"]
    if shown is not None and due > shown:
        message = f"The amount due is {due}, above the {shown} that was shown; nothing was taken."
        raise Refusal("TOTAL_CHANGED", message, evaluation=evaluation)


def counted(company: Company, evaluation: Evaluation) -> dict[str, list[Counter]]:
    """Return the counters that an evaluation's promotions raise when they are taken, by promotion id."""
    cart = evaluation.cart
    day, customer = local_day(cart.at, company.zone), customer_key(cart.customer)
    return {one.promotion_id: counters_of(one.promotion, customer, day, one.amount) for one in evaluation.applied}
