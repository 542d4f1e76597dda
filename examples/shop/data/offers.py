"""Turn the chosen coupons of offers.toml into create requests of the promotions API, and decide who enters a code.

The rules are told in make_baskets.py; here they are carried out.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from grocer import Basket, Product, Tables, campaign_days, slug

Json = dict[str, Any]

# The codes for "buy two or more" are left out: no coupon that needs them was chosen.
VALUE_CODES = {"40": "0.40", "50": "0.50", "76": "1.00", "78": "1.50"}
LEAST_SHARE_OF_A_COUPON = 0.05
COLUMNS = {"categories": "product_category", "departments": "department"}
UNKNOWN_CODE = "OLDCODE9"

REQUEST_ORDER = (
    "promotion_name",
    "promotion_type",
    "description",
    "promotion_code",
    "discount_rules",
    "eligibility_criteria",
    "usage_limits",
    "display_settings",
    "auto_apply",
    "stackable",
)
RULES_ORDER = (
    "discount_value",
    "max_discount_amount",
    "min_purchase_amount",
    "applicable_categories",
    "applicable_items",
    "excluded_items",
)


@dataclass(frozen=True, slots=True)
class Code:
    """A promotion code and the shoppers who enter it; the minimum is in cents."""

    code: str
    rules: Json
    minimum: int
    redeemers: frozenset[int]
    by: str
    every: int
    at: Sequence[int]


def read_offers(path: Path) -> Json:
    """Read offers.toml; its amounts stay the decimals that were written."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def coupon_value(coupon: int) -> tuple[str, int | Decimal]:
    """Say what a coupon takes off: the amount of its value code, or a percentage if it is the grocer's own.

    >>> coupon_value(53600000078)
    ('fixed_amount_discount', Decimal('1.50'))
    >>> coupon_value(10000085479)
    ('percentage_discount', 10)
    """
    if coupon // 10**10 == 5:
        return "fixed_amount_discount", Decimal(VALUE_CODES[str(coupon)[-2:]])
    return "percentage_discount", 5 * (1 + coupon % 10 % 4)


def coupon_products(coupon: int, tables: Tables) -> set[str]:
    """Name the products that the coupon is good for, in any of its campaigns."""
    return set(tables.coupons.filter(pl.col("coupon_upc") == coupon)["product_id"].cast(pl.String))


def favoured_products(offers: Json, tables: Tables) -> set[str]:
    """Name the products of the coupons that become item lists: few baskets hold them by chance."""
    coupons = [offer["coupons"][0] for offer in offers["promotions"] if offer.get("goods") == "items"]
    return set().union(*(coupon_products(coupon, tables) for coupon in coupons))


def coupon_goods(coupon: int, kind: str, tables: Tables, products: Iterable[str]) -> Json:
    """Turn a coupon's products into selectors: the ids in the catalogue, or the categories or departments they fill.

    The largest share comes first.
    """
    covered = coupon_products(coupon, tables)
    if kind == "items":
        return {"applicable_items": [product for product in products if product in covered]}
    column = COLUMNS[kind]
    goods = tables.products.filter(pl.col("product_id").cast(pl.String).is_in(covered))
    counted = goods.group_by(column).len().sort("len", column, descending=[True, False])
    large = counted.filter(pl.col("len") >= LEAST_SHARE_OF_A_COUPON * goods.height)
    return {"applicable_categories": [slug(name) for name in large[column]]}


def promotion(offer: Json, source_campaign: int, tables: Tables, products: Iterable[str]) -> Json:
    """Write one create request, with campaign and days in place of its schedule."""
    start, end = campaign_days(tables, source_campaign)
    request, rules = dict(offer), dict(offer.get("discount_rules", {}))
    if "goods" in offer:
        coupon = offer["coupons"][0]
        request["promotion_type"], rules["discount_value"] = coupon_value(coupon)
        rules |= coupon_goods(coupon, offer["goods"], tables, products)
    request["discount_rules"] = {key: rules[key] for key in (*RULES_ORDER, *rules) if key in rules}
    ordered = {key: request[key] for key in REQUEST_ORDER if key in request}
    return {"campaign": offer["campaign"], "start_day": 0, "end_day": (end - start).days} | ordered


def promotions(offers: Json, tables: Tables, products: Iterable[str]) -> list[Json]:
    """Write the create requests of all offers, in their order."""
    sources = [campaign["source"] for campaign in offers["campaigns"]]
    return [promotion(offer, sources[offer["campaign"]], tables, products) for offer in offers["promotions"]]


def code_holders(offers: Json, requests: Iterable[Json], tables: Tables) -> list[Code]:
    """Join each promotion with a code to the households that really redeemed one of its coupons."""
    return [
        Code(
            code=request["promotion_code"],
            rules=request["discount_rules"],
            minimum=int(100 * request["discount_rules"].get("min_purchase_amount", 0)),
            redeemers=redeemers(offer.get("coupons", []), tables),
            **offer["asks"],
        )
        for offer, request in zip(offers["promotions"], requests, strict=True)
        if "promotion_code" in request
    ]


def redeemers(coupons: Sequence[int], tables: Tables) -> frozenset[int]:
    """Name the households that redeemed one of the coupons at any time of the year."""
    used = tables.redemptions.filter(pl.col("coupon_upc").is_in(coupons))
    return frozenset(used["household_id"])


def is_matching(product: Product, rules: Json, items: Collection[str] = ()) -> bool:
    """Say whether selectors take the product; an exclusion beats an inclusion, no selector takes all."""
    names = {product.product_id, product.category, product.department}
    wanted = {*rules.get("applicable_categories", ()), *rules.get("applicable_items", ()), *items}
    return names.isdisjoint(rules.get("excluded_items", ())) and (not wanted or not names.isdisjoint(wanted))


def is_holding(goods: Iterable[Product], rules: Json) -> bool:
    """Say whether there are matching goods among these: of a bundle, goods of each of its components."""
    components = rules.get("bundle_items", [{"items": rules.get("buy_items", ())}])
    return all(any(is_matching(one, rules, component["items"]) for one in goods) for component in components)


def is_entered(code: Code, position: int, basket: Basket, products: Mapping[str, Product]) -> bool:
    """Say whether the basket enters the code."""
    if not is_holding([products[product] for product in basket.quantities], code.rules):
        return False
    methods = code.rules.get("shipping_methods", ())
    if methods and shipping_method(basket) not in methods and position % 10 != 3:
        return False
    total = sum(products[product].unit_price * quantity for product, quantity in basket.quantities.items())
    number = position if code.by == "position" else basket.household_id
    is_turn = number % code.every in code.at
    if total >= code.minimum:
        return is_turn or basket.household_id in code.redeemers
    return is_turn and position % 10 == 3 and 2 * total >= code.minimum


def shipping_prices(offers: Json) -> list[Json]:
    """List what each method costs for a basket of so many units or more, in cents."""
    return [
        {"method": shipping["method"], "from_units": step["from_units"], "price": int(100 * step["price"])}
        for shipping in offers["shipping"]
        for step in shipping["prices"]
    ]


def shipping_method(basket: Basket) -> str:
    """Say how the goods reach the household."""
    if len(basket.quantities) <= 2:
        return "pickup"
    return "express" if basket.bought_at.hour < 6 else "delivery"


def tier_of(spent: int, tiers: Mapping[str, int]) -> str | None:
    """Give a household the highest tier that its spending, in cents, has reached.

    >>> tier_of(312_000, {"gold": 5000, "silver": 2500})
    'silver'
    """
    reached = {tier: least for tier, least in tiers.items() if spent >= 100 * least}
    return max(reached, key=lambda tier: reached[tier], default=None)


def codes_of(codes: Iterable[Code], position: int, basket: Basket, products: Mapping[str, Product]) -> list[str]:
    """List what the basket enters, in the order of the promotions, an unknown code last."""
    entered = [code.code for code in codes if is_entered(code, position, basket, products)]
    return [*entered, UNKNOWN_CODE] if position % 50 == 7 else entered
