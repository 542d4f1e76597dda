"""Any catalogue, promotions of the six types, and checkouts: what the recomputation knows of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from examples.shop.ledger import Checkout, Customer
from examples.shop.proof.dataset import Json

PRODUCTS = ("A", "B", "C", "D")
GROUPS = ("food", "fresh", "dairy", "tea")
METHODS = ("pickup", "delivery", "express")
TIERS = ("silver", "gold")
PARTS: tuple[list[list[str]], ...] = (
    [["A"], ["B"]],
    [["A", "B"], ["C"]],
    [["A"], ["B"], ["C", "D"]],
    [["food"], ["fresh"]],
    [[]],
)

amounts = st.decimals(Decimal("0.01"), Decimal(60), places=2)
names = st.lists(st.sampled_from(PRODUCTS + GROUPS), max_size=3, unique=True)
few = st.integers(1, 3)
COMMON = {
    "applicable_categories": names,
    "applicable_items": names,
    "excluded_items": names,
    "max_discount_amount": amounts,
    "min_purchase_amount": amounts,
}


def rules(required: Mapping[str, Any], **optional: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(dict(required), optional={**COMMON, **optional})


def one_of(**values: Any) -> st.SearchStrategy[Json]:
    """Return exactly one of some values."""
    return st.sampled_from(sorted(values)).flatmap(lambda name: st.fixed_dictionaries({name: values[name]}))


def both(*parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Put rules together."""
    return st.tuples(*parts).map(lambda drawn: {name: value for part in drawn for name, value in part.items()})


def component(items: list[str]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"items": st.just(items)}, optional={"quantity": few})


def above_the_discount(drawn: Json) -> Json:
    """Raise the minimum above the amount off, as the type demands."""
    least = {name: drawn[name] + drawn["discount_value"] for name in ("min_purchase_amount",) if name in drawn}
    return {**drawn, **least}


percentage = rules({"discount_value": amounts}, min_quantity=st.integers(1, 6))
fixed_amount = percentage.map(above_the_discount)
SIDES: dict[str, Mapping[str, Any]] = {
    "per_application": {"buy_items": names, "get_items": names},
    "whole_cart": {"buy_items": names},
    "whole_cart of two sides": {"buy_items": st.just(["food"]), "get_items": st.just(["fresh"])},
}
buy_x_get_y = st.sampled_from(sorted(SIDES)).flatmap(
    lambda sides: rules(
        {"buy_quantity": few, "get_quantity": few, "pairing": st.just(sides.split()[0]), **SIDES[sides]},
        discount_value=amounts,
        require_full_reward=st.booleans(),
        max_applications=few,
        max_discounted_units=few,
    )
)
bundle_deal = both(
    st.sampled_from(PARTS).flatmap(lambda parts: rules({"bundle_items": st.tuples(*map(component, parts)).map(list)})),
    st.fixed_dictionaries({}, optional={"max_applications": few}),
    one_of(bundle_price=amounts, discount_value=amounts, discount_amount=amounts, discount_amount_per_unit=amounts),
)
free_shipping = both(
    rules({}, min_quantity=few, shipping_methods=st.lists(st.sampled_from(METHODS), max_size=2, unique=True)),
    st.one_of(st.just({}), one_of(discount_value=amounts, discount_amount=amounts, target_price=amounts)),
)
tiers = {"tier_values": st.dictionaries(st.sampled_from(TIERS), amounts, max_size=2)}
loyal = {"min_order_count": few, "min_quantity": few}
money_bonus = st.sampled_from(["discount_value", "discount_amount"]).flatmap(
    lambda name: rules({name: amounts}, **tiers, **loyal)
)
point_tiers = {"tier_values": st.dictionaries(st.sampled_from(TIERS), few, max_size=2)}
without_cap = st.sampled_from(["points", "points_per_unit_spent"]).flatmap(
    lambda name: rules({name: few}, **point_tiers, **loyal, points_multiplier=amounts)
)
point_bonus = without_cap.map(lambda drawn: {name: drawn[name] for name in drawn if name != "max_discount_amount"})

TYPES = {
    "percentage_discount": percentage,
    "fixed_amount_discount": fixed_amount,
    "buy_x_get_y": buy_x_get_y,
    "bundle_deal": bundle_deal,
    "free_shipping": free_shipping,
    "loyalty_bonus": st.one_of(money_bonus, point_bonus),
}
limits = st.fixed_dictionaries(
    {}, optional={"total_usage_limit": few, "per_customer_limit": few, "daily_usage_limit": few}
)


def bodies(*types: str) -> st.SearchStrategy[Json]:
    """Return promotions of some types."""
    typed = st.sampled_from(types).flatmap(
        lambda name: st.fixed_dictionaries({"promotion_type": st.just(name), "discount_rules": TYPES[name]})
    )
    return both(typed, offers)


offers = st.fixed_dictionaries(
    {
        "promotion_name": st.just("An offer"),
        "description": st.just(""),
        "promotion_code": st.just(""),
        "display_settings": st.fixed_dictionaries({"priority_level": st.integers(0, 2)}),
        "auto_apply": st.sampled_from([True, True, False]),
        "stackable": st.sampled_from([True, True, True, False]),
    },
    optional={
        "usage_limits": limits,
        "start_day": st.integers(0, 1),
        "eligibility_criteria": st.fixed_dictionaries(
            {"loyalty_tier_requirements": st.lists(st.sampled_from(TIERS), max_size=2, unique=True)}
        ),
    },
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
customers = st.builds(
    Customer,
    id=st.sampled_from(["7", "8"]),
    tier=st.sampled_from([None, *TIERS]),
    order_count=st.integers(0, 4),
)
checkouts = st.builds(
    Checkout,
    reference=st.just("r"),
    customer=st.none() | customers,
    day=st.just("today"),
    lines=st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 4)), min_size=1, max_size=6),
    codes=st.lists(st.sampled_from([f"CODE{n}" for n in range(6)]), max_size=4, unique=True),
    shipping=st.tuples(st.sampled_from(METHODS), st.integers(0, 2_000)),
)
