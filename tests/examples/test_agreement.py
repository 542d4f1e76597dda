"""The recomputation and the engine, two implementations of one page, agree to the cent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from examples.shop.ledger import Bill, Checkout, recompute
from examples.shop.proof.dataset import Json, body_of, load_dataset
from promo_contracts.company.models import PromotionCreate
from promo_engine import Cart, Currency, Customer, Entitlements, Line, Ruleset, UsesLeft, discover, evaluate
from promo_server.compile import compile_promotion

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
USD = Currency.of("USD")
TYPES = discover()


def engine_bills(
    catalogue: Mapping[str, Json], promotions: Mapping[str, Json], checkouts: Iterable[Checkout]
) -> list[Bill]:
    """Price checkouts with the engine, counting uses as they are granted."""
    ruleset = Ruleset([compiled(one, body) for one, body in promotions.items()], TYPES)
    used: Counter[tuple[str, str]] = Counter()
    bills = []
    for checkout in checkouts:
        keys = {"total": "", "customer": f"c{checkout.customer}", "daily": f"d{checkout.day}"}
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
        product = {str(number): line[0] for number, line in enumerate(checkout.lines)}
        discounts: dict[str, Counter[str]] = {}
        for discount in evaluation.applied:
            used.update((discount.promotion_id, key) for key in keys.values())
            for line, share in discount.lines.items():
                discounts.setdefault(discount.promotion_id, Counter())[product[line]] += share
        bills.append(Bill(checkout.reference, evaluation.amount_due, {k: dict(v) for k, v in discounts.items()}))
    return bills


def compiled(promotion_id: str, promotion: Json) -> Any:
    start = NOW + timedelta(days=promotion.get("start_day", 0))
    schedule = {"start_date": start.isoformat(), "end_date": (start + timedelta(days=30)).isoformat()}
    body = PromotionCreate.model_validate({**body_of(promotion), "schedule": schedule})
    code = body.promotion_code or f"NONE{promotion_id}"
    return compile_promotion(body, TYPES, USD, promotion_id=promotion_id, campaign_id="c", code=code, status="active")


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
    return Cart(currency=USD, lines=lines, codes=checkout.codes, customer=Customer(id=checkout.customer), at=NOW)


def test_they_agree_on_the_500_baskets() -> None:
    dataset = load_dataset()
    promotions = {f"promo_{number:02}": body for number, body in enumerate(dataset.promotions)}
    checkouts = [
        Checkout(
            basket["id"],
            basket["household_id"],
            "today",
            [(line["product_id"], line["quantity"]) for line in basket["lines"]],
            basket["codes"],
        )
        for basket in dataset.baskets
    ]
    bills = recompute(dataset.products, promotions, checkouts)
    assert bills == engine_bills(dataset.products, promotions, checkouts)
    uses = Counter(promotion_id for bill in bills for promotion_id in bill.discounts)
    limited = next(one for one, body in promotions.items() if body.get("promotion_code") == "FIRST40")
    assert (len(bills), uses[limited]) == (500, 40)


PRODUCTS = ("A", "B", "C", "D")
GROUPS = ("food", "fresh", "dairy", "tea")
amounts = st.decimals(Decimal("0.01"), Decimal(60), places=2)
names = st.lists(st.sampled_from(PRODUCTS + GROUPS), max_size=3, unique=True)
rules = st.fixed_dictionaries(
    {"discount_value": amounts},
    optional={
        "applicable_categories": names,
        "applicable_items": names,
        "excluded_items": names,
        "max_discount_amount": amounts,
        "min_purchase_amount": amounts,
        "min_quantity": st.integers(1, 6),
    },
)
few = st.integers(1, 3)
limits = st.fixed_dictionaries(
    {}, optional={"total_usage_limit": few, "per_customer_limit": few, "daily_usage_limit": few}
)
bodies = st.fixed_dictionaries(
    {
        "promotion_name": st.just("An offer"),
        "description": st.just(""),
        "promotion_type": st.sampled_from(["percentage_discount", "fixed_amount_discount"]),
        "promotion_code": st.just(""),
        "discount_rules": rules,
        "display_settings": st.fixed_dictionaries({"priority_level": st.integers(0, 2)}),
        "auto_apply": st.booleans(),
        "stackable": st.sampled_from([True, True, False]),
    },
    optional={"usage_limits": limits, "start_day": st.integers(0, 1)},
)
catalogues = st.fixed_dictionaries(
    {
        one: st.fixed_dictionaries(
            {
                "product_id": st.just(one),
                "department": st.sampled_from(GROUPS[:2]),
                "category": st.sampled_from(GROUPS[2:]),
                "unit_price": st.integers(0, 3_000),
            }
        )
        for one in PRODUCTS
    }
)
checkouts = st.builds(
    Checkout,
    reference=st.just("r"),
    customer=st.sampled_from(["7", "8"]),
    day=st.just("today"),
    lines=st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 4)), min_size=1, max_size=6),
    codes=st.lists(st.sampled_from([f"CODE{n}" for n in range(6)]), max_size=4, unique=True),
)


@given(catalogues, st.lists(bodies, max_size=6), st.lists(checkouts, min_size=1, max_size=5))
def test_they_agree_on_any_catalogue_offers_and_baskets(
    catalogue: Mapping[str, Json], drawn: Sequence[Json], visits: Sequence[Checkout]
) -> None:
    promotions = {f"p{number}": {**body, "promotion_code": f"CODE{number}"} for number, body in enumerate(drawn)}
    assert recompute(catalogue, promotions, visits) == engine_bills(catalogue, promotions, visits)
