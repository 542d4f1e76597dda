"""The seed's own example: the customer ``cus_123``, her promotion for signing up, a gift card's code, a public code.

They are what the merchant makes through the value-store API, and the baskets of those who use them.
"""

from collections.abc import Sequence
from typing import Any

from examples.shop.ledger import Value
from examples.shop.proof.dataset import CUSTOMER, Json
from promo_sdk import PromotionsClient

SIGN_UP, GIFT, PUBLIC = "cus_123-sign-up-promotion", "gift-card", "public-code"
SECRET_CODE, PUBLIC_CODE = "XK7Q-GIFT-2Q9P-TEA5", "TENPERCENT"
OPENED = {SIGN_UP: 500, GIFT: 2_500}
"""What the value stores hold at first, in cents; the public code has a rule."""

VALUES = {
    SIGN_UP: Value(SIGN_UP, 500, customer_id=CUSTOMER, is_discount=True),
    GIFT: Value(GIFT, 2_500, code=SECRET_CODE),
    PUBLIC: Value(PUBLIC, percent=10, code=PUBLIC_CODE, is_discount=True),
}
"""The same, as the recomputation knows them; in the order in which they are used."""


def create_values(client: PromotionsClient) -> None:
    """Create customer, programs and value stores."""
    values = client.lightrail
    values.customers.create(CUSTOMER, email="alice@examle.com")
    values.programs.create(
        "sign-up-promotion",
        name="Spring Promotion USD",
        currency="USD",
        access="customerId",
        discount=True,
        fixedInitialValues=[500],
    )
    values.value_stores.create(SIGN_UP, programId="sign-up-promotion", customerId=CUSTOMER, value=500)
    values.programs.create("gift-cards", name="Gift card", currency="USD", access="secureCode")
    values.value_stores.create(GIFT, programId="gift-cards", code=SECRET_CODE, value=2_500)
    rule = {"rule": "currentLineItem.lineTotal.subtotal * 0.1", "explanation": "10 % off for everybody"}
    values.value_stores.create(
        PUBLIC, currency="USD", access="publicCode", code=PUBLIC_CODE, valueRule=rule, discount=True
    )


def baskets_with_values(baskets: Sequence[Json]) -> list[Json]:
    """Return baskets of who uses them: a guest a part of the gift card, she all that there is, and again the rest."""
    small, *_, large = sorted([*baskets, *baskets], key=lambda one: sum(line["quantity"] for line in one["lines"]))
    buyers: list[tuple[Json, dict[str, Any]]] = [
        (small, {"id": "seed-1", "customer_id": None, "codes": [SECRET_CODE]}),
        (large, {"id": "seed-2", "customer_id": CUSTOMER, "codes": [SECRET_CODE.lower(), PUBLIC_CODE]}),
        (small, {"id": "seed-3", "customer_id": CUSTOMER, "codes": [SECRET_CODE, PUBLIC_CODE]}),
    ]
    return [{"lines": goods["lines"], "shipping": goods["shipping"]} | buyer for goods, buyer in buyers]


def ledger_of(client: PromotionsClient) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return what the value stores hold now, and what each checkout took of them, by reference."""
    stores = list(client.lightrail.value_stores.iterate())
    taken: dict[str, dict[str, int]] = {}
    for one in client.lightrail.transactions.iterate():
        reference = (one.metadata or {}).get("redemption")
        if reference is not None and one.pending == "captured":
            taken[reference] = {step.valueStoreId or "": -(step.valueChange or 0) for step in one.steps}
    return {one.valueStoreId: one.value for one in stores if one.value is not None}, taken
