"""Guests: without a key, with one, and what a shop knows of them; each condition that looks at who buys."""

from typing import Any

import pytest

from promo_engine import (
    Customer,
    Destination,
    Eligibility,
    Entitlements,
    Promotion,
    UsesLeft,
    canonical_json,
    evaluate,
    write_cart,
)
from promo_engine.testing import a_cart, a_promotion, a_ruleset, percent_off

NOBODY = None
KEYED = Customer(guest_key="a@b.example")
HASHED = Customer(guest="5f3c")
FRIEND = Customer(guest_key="a@b.example", segments=["vip"], loyalty_tier="gold", order_count=0)
MEMBER = Customer(id="7", segments=["vip"], loyalty_tier="gold", order_count=0)
SHOPPERS = (NOBODY, KEYED, HASHED, FRIEND, MEMBER)


def asks(**fields: Any) -> Promotion:
    return percent_off(10, code="SALE", eligibility=Eligibility(**fields))


def reasons(promotion: Promotion, left: Entitlements | None = None, **cart: Any) -> list[str | None]:
    """Return for each shopper why the promotion does not apply, None where it does."""
    known = left or Entitlements()
    found = []
    for customer in SHOPPERS:
        asked = a_cart(("TEA", 1000), customer=customer, codes=["SALE"], **cart)
        priced = evaluate(asked, a_ruleset(promotion), known)
        reason = priced.reasons.get(promotion.id)
        found.append(reason.code if reason else None)
    return found


@pytest.mark.parametrize(
    ("promotion", "expected"),
    [
        (percent_off(10), [None, None, None, None, None]),
        (asks(segments={"vip"}), ["segment", "segment", "segment", None, None]),
        (asks(segments_all={"vip"}), ["segment", "segment", "segment", None, None]),
        (asks(tiers={"gold"}), ["tier", "tier", "tier", None, None]),
        (asks(first_order_only=True), [*["first_order_only"] * 4, None]),
        (asks(nth_order=1), [*["nth_order"] * 4, None]),
        (a_promotion("loyalty_bonus", {"points": 5}), [*["customer_required"] * 4, None]),
        (
            a_promotion("loyalty_bonus", {"discount_value": 5, "min_order_count": 1}),
            ["nth_order", "nth_order", "nth_order", "nth_order", "nth_order"],
        ),
        (a_promotion("loyalty_bonus", {"discount_value": 5}), [None, None, None, None, None]),
    ],
)
def test_each_condition_on_who_buys(promotion: Promotion, expected: list[str | None]) -> None:
    assert reasons(promotion) == expected


def test_a_limit_for_each_customer_counts_guests_by_their_key() -> None:
    limited = percent_off(10, customer_limit=1)
    one_left, none_left = (Entitlements({"promo_1": UsesLeft(customer=left)}) for left in (1, 0))
    assert reasons(limited, one_left) == ["customer_required", None, None, None, None]
    assert reasons(limited, none_left) == ["customer_required", *["limit_customer"] * 4]
    assert reasons(limited) == ["customer_required", *["cannot_verify"] * 4]


@pytest.mark.parametrize("limit", ["total", "daily"])
def test_other_limits_need_nobody(limit: str) -> None:
    limits: dict[str, int] = {f"{limit}_limit": 1}
    left = Entitlements({"promo_1": UsesLeft(**{limit: 1})})
    assert reasons(percent_off(10, **limits), left) == [None] * 5  # type: ignore[arg-type]


def test_what_is_the_carts_is_the_same_for_everybody() -> None:
    place: dict[str, Any] = {
        "destination": Destination(country="DE"),
        "channel": "web",
        "payment_method": "card",
        "shipping": 500,
    }
    wanted = {"regions": {"DE"}, "channels": {"web"}, "payment_methods": {"card"}, "shipping_methods": {"post"}}
    assert reasons(asks(**wanted), **place) == [None] * 5
    assert reasons(asks(**wanted)) == ["region"] * 5


def test_the_key_of_a_guest_is_in_no_document() -> None:
    cart = a_cart(("TEA", 1000), customer=KEYED)
    priced = evaluate(cart, a_ruleset(percent_off(10)))
    assert b"a@b.example" not in canonical_json([write_cart(cart), priced.document()])
    assert "a@b.example" not in repr(cart)
