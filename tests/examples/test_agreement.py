"""The recomputation and the engine, two implementations of one page, agree to the cent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.shop.ledger import SHIPPING, Bill, Checkout, Customer, recompute
from examples.shop.proof.books import checkout_of
from examples.shop.proof.dataset import Json, body_of, load_dataset
from promo_contracts.company.models import PromotionCreate
from promo_engine import (
    Cart,
    Currency,
    Entitlements,
    Line,
    Promotion,
    Rules,
    Ruleset,
    Shipping,
    UsesLeft,
    discover,
    evaluate,
)
from promo_engine import Customer as Buyer
from promo_server.compile import compile_promotion
from tests.examples.counter import CATALOGUE, buy, offer
from tests.examples.strategies import TYPES as ALL_TYPES
from tests.examples.strategies import bodies, catalogues, checkouts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
USD = Currency.of("USD")
TYPES = discover()


def engine_bills(
    catalogue: Mapping[str, Json], promotions: Mapping[str, Json], checkouts: Iterable[Checkout]
) -> list[Bill]:
    """Price checkouts with the engine, counting uses as they are granted."""
    ruleset = Ruleset([compile_offer(one, body) for one, body in promotions.items()], TYPES)
    used: Counter[tuple[str, str]] = Counter()
    bills = []
    for checkout in checkouts:
        keys = {"total": "", "daily": f"d{checkout.day}"}
        if checkout.customer:
            keys["customer"] = f"c{checkout.customer.id}"
        left = {
            one.id: UsesLeft(
                **{
                    name: most - used[one.id, key]
                    for name, key in keys.items()
                    if (most := getattr(one.limits, name)) is not None
                }
            )
            for one in ruleset.promotions.values()
        }
        evaluation = evaluate(cart_of(catalogue, checkout), ruleset, Entitlements(left))
        product = {str(number): line[0] for number, line in enumerate(checkout.lines)} | {SHIPPING: SHIPPING}
        discounts: dict[str, Counter[str]] = {}
        points = {one.promotion_id: one.points for one in evaluation.applied if one.points}
        for discount in evaluation.applied:
            used.update((discount.promotion_id, key) for key in keys.values())
            for line, share in (*discount.lines.items(), *discount.shipping.items()):
                discounts.setdefault(discount.promotion_id, Counter())[product[line]] += share
        shares = {one: dict(taken) for one, taken in discounts.items()}
        bills.append(Bill(checkout.reference, evaluation.amount_due, shares, points))
    return bills


def compile_offer(promotion_id: str, promotion: Json) -> Promotion:
    start = NOW + timedelta(days=promotion.get("start_day", 0))
    schedule = {"start_date": start.isoformat(), "end_date": (start + timedelta(days=30)).isoformat()}
    body = PromotionCreate.model_validate({**body_of(promotion), "schedule": schedule})
    code = body.promotion_code or f"NONE{promotion_id}"
    compiled = compile_promotion(
        body, TYPES, USD, ZoneInfo("UTC"), promotion_id=promotion_id, campaign_id="c", code=code, status="active"
    )
    assert isinstance(compiled.rules, Rules)
    return compiled


def cart_of(catalogue: Mapping[str, Json], checkout: Checkout) -> Cart:
    lines = [
        Line(
            id=str(number),
            sku=product_id,
            product_id=product_id,
            unit_price=catalogue[product_id]["unit_price"],
            quantity=quantity,
            categories=[catalogue[product_id]["department"], catalogue[product_id]["category"]],
        )
        for number, (product_id, quantity) in enumerate(checkout.lines)
    ]
    method, price = checkout.shipping
    return Cart(
        currency=USD,
        lines=lines,
        shipping=[Shipping(id=SHIPPING, method=method, price=price)],
        codes=checkout.codes,
        customer=buyer_of(checkout.customer),
        at=NOW,
    )


def buyer_of(customer: Customer | None) -> Buyer | None:
    if customer is None:
        return None
    return Buyer(id=customer.id, loyalty_tier=customer.tier, order_count=customer.order_count)


def test_they_agree_on_the_500_baskets() -> None:
    dataset = load_dataset()
    promotions = {f"promo_{number:02}": body for number, body in enumerate(dataset.promotions)}
    checkouts = [checkout_of(basket, dataset, basket["id"], "today") for basket in dataset.baskets]
    bills = recompute(dataset.products, promotions, checkouts)
    assert bills == engine_bills(dataset.products, promotions, checkouts)
    uses = Counter(promotion_id for bill in bills for promotion_id in bill.discounts)
    limited = next(one for one, body in promotions.items() if body.get("promotion_code") == "FIRST40")
    assert (len(bills), uses[limited]) == (500, 40)


def assert_agreement(catalogue: Mapping[str, Json], drawn: Sequence[Json], visits: Sequence[Checkout]) -> None:
    promotions = {f"p{number}": {**body, "promotion_code": f"CODE{number}"} for number, body in enumerate(drawn)}
    assert recompute(catalogue, promotions, visits) == engine_bills(catalogue, promotions, visits)


few_checkouts = st.lists(checkouts, min_size=1, max_size=5)


@given(catalogues, st.lists(bodies("percentage_discount", "fixed_amount_discount"), max_size=6), few_checkouts)
def test_they_agree_on_any_percentages_and_amounts(
    catalogue: Mapping[str, Json], drawn: Sequence[Json], visits: Sequence[Checkout]
) -> None:
    assert_agreement(catalogue, drawn, visits)


@given(catalogues, st.lists(bodies(*ALL_TYPES), max_size=6), few_checkouts)
def test_they_agree_on_any_promotions_of_the_six_types(
    catalogue: Mapping[str, Json], drawn: Sequence[Json], visits: Sequence[Checkout]
) -> None:
    assert_agreement(catalogue, drawn, visits)


def in_full(body: Json) -> Json:
    return {"promotion_name": "An offer", "description": "", **body}


MILK_AND_CHEESE = [{"items": ["MILK"]}, {"items": ["CHEESE"]}]
DIVIDED: dict[str, tuple[Checkout, dict[str, Json]]] = {
    "a promotion on shipping without which the total is the same": (
        buy(("TEA", 1), shipping=("delivery", 495)),
        {
            "a": offer("free_shipping", 2, discount_amount=1),
            "b": offer("free_shipping", 1, target_price=Decimal("1.95")),
        },
    ),
    "a promotion whose units another would reward as well": (
        buy(("COFFEE", 2), ("TEA", 2)),
        {
            "a": offer("buy_x_get_y", 2, buy_quantity=1, get_quantity=1, buy_items=["COFFEE"]),
            "b": offer("buy_x_get_y", 1, buy_quantity=1, get_quantity=1),
        },
    ),
    "a bundle that takes nothing off and so uses nothing": (
        buy(("MILK", 1), ("CHEESE", 1)),
        {
            "a": offer("bundle_deal", bundle_items=MILK_AND_CHEESE, discount_value=Decimal("0.05")),
            "b": offer("buy_x_get_y", buy_quantity=1, get_quantity=1),
        },
    ),
    "the odd cent of a reward, in proportion as a percentage shares it": (
        buy(("COFFEE", 1), ("CHEESE", 2), ("MILK", 1)),
        {"a": offer("buy_x_get_y", buy_quantity=1, get_quantity=3, discount_value=36)},
    ),
    "an amount off each bundle, never more than all bundles cost": (
        buy(("TEA", 1), ("COFFEE", 1)),
        {"a": offer("bundle_deal", bundle_items=[{"items": ["drinks"]}], discount_amount=9)},
    ),
    "goods for nothing, of which a bundle is made, too": (
        buy(("GIFT", 1), ("TEA", 1)),
        {"a": offer("bundle_deal", bundle_items=[{"items": []}], discount_amount=1)},
    ),
    "no points, which keep no others away": (
        buy(("MILK", 1)),
        {
            "a": offer("loyalty_bonus", 1, points_per_unit_spent=Decimal("0.1"), stackable=False),
            "b": offer("loyalty_bonus", points=10),
        },
    ),
}


@pytest.mark.parametrize("case", DIVIDED)
def test_they_agree_on_what_once_divided_them(case: str) -> None:
    checkout, offers = DIVIDED[case]
    promotions = {name: in_full({**body, "promotion_code": f"CODE{name}"}) for name, body in offers.items()}
    assert recompute(CATALOGUE, promotions, [checkout]) == engine_bills(CATALOGUE, promotions, [checkout])
