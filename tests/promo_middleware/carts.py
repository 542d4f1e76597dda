"""Random carts of a shop with everything in them: three tax rates, fees, own discounts, several shipping entries.

What a cart comes to is computed here anew, by fractions: it is what the mapping is held against.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from hypothesis import strategies as st

from promo_engine import Currency, allocate
from promo_middleware import CartMapping, Shipments, TaxRule

RATES = ("19", "7", "5.5")
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
RULES = st.builds(
    TaxRule, per=st.sampled_from(["line", "rate", "total"]), rounding=st.sampled_from(["half_up", "half_even"])
)
NET = CartMapping(
    line_own_discount="own",
    line_total="sum",
    line_tax="tax",
    line_incl_tax="gross",
    tax_rate="rate",
    shipping=Shipments(tax="tax", tax_rate="rate"),
    other=["fee"],
    other_tax_rate=Decimal(19),
    tax_total="tax",
    total_excl_tax="net",
    order_total="total",
)
GROSS = CartMapping(
    line_own_discount="own",
    line_total="sum",
    line_tax="tax",
    tax_rate="rate",
    shipping=Shipments(tax="tax", tax_rate="rate"),
    other=["fees[].amount"],
    own_discounts=["voucher"],
    discount_total="saved",
    tax_total="tax",
    order_total="total",
)


@dataclass(frozen=True)
class Case:
    """A shop's cart in minor units, and how it is to be read."""

    document: dict[str, Any]
    mapping: CartMapping
    prices: Literal["gross", "net"]
    rule: TaxRule | None


def nearest(exact: Fraction, rounding: str) -> int:
    return round(exact) if rounding == "half_even" else int(exact + Fraction(1, 2))


def taxes_on(amounts: list[tuple[int, str]], rule: TaxRule) -> int:
    """Return the tax on net amounts, by the book."""
    groups: dict[Any, Fraction] = {}
    for i, (amount, percent) in enumerate(amounts):
        key = {"line": i, "rate": percent, "total": ""}[rule.per]
        groups[key] = groups.get(key, Fraction()) + amount * Fraction(percent) / 100
    return sum(nearest(exact, rule.rounding) for exact in groups.values())


def inside_of(price: int, percent: str) -> Fraction:
    """Return the tax inside of a gross price, exactly."""
    return price * Fraction(percent) / (100 + Fraction(percent))


def left_of(own: int, goods: list[dict[str, Any]], parcels: list[dict[str, Any]]) -> list[int]:
    """Return what a discount of the shop's own leaves of lines and shipping entries: it is taken off lines first."""
    found = []
    for prices in ([one["sum"] for one in goods], [one["price"] for one in parcels]):
        share = min(own, sum(prices))
        found += [price - off for price, off in zip(prices, allocate(share, prices), strict=True)]
        own -= share
    return found


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for i in range(draw(st.integers(1, 5))):
        unit, quantity = draw(st.integers(1, 20_000)), draw(st.integers(1, 4))
        own = draw(st.one_of(st.just(0), st.integers(0, unit * quantity)))
        line = {"id": f"l{i}", "sku": f"S{i % 3}", "unit_price": unit, "quantity": quantity, "own": own}
        found.append(line | {"rate": draw(st.sampled_from(RATES)), "sum": unit * quantity - own})
    return found


@st.composite
def shipments(draw: st.DrawFn) -> list[dict[str, Any]]:
    prices = draw(st.lists(st.integers(0, 2_000), max_size=3))
    return [{"id": f"s{i}", "price": price, "rate": draw(st.sampled_from(RATES))} for i, price in enumerate(prices)]


@st.composite
def net_carts(
    draw: st.DrawFn, rules: st.SearchStrategy[TaxRule] = RULES, currencies: st.SearchStrategy[str] = CURRENCIES
) -> Case:
    """Draw a cart whose tax comes on top."""
    rule = draw(rules)
    goods, parcels, fee = draw(lines()), draw(shipments()), draw(st.integers(0, 500))
    amounts = [(one["sum"], one["rate"]) for one in goods] + [(one["price"], one["rate"]) for one in parcels]
    tax = (
        taxes_on([*amounts, (fee, "19")], rule)
        if rule.per != "line"
        else taxes_on(amounts, rule) + taxes_on([(fee, "19")], rule)
    )
    document = {
        "currency": draw(currencies),
        "lines": [{**one, "tax": None, "gross": None} for one in goods],
        "shipments": [{**one, "tax": None} for one in parcels],
        "fee": fee,
        "tax": tax,
        "total": sum(one for one, _ in amounts) + fee + tax,
        "net": None,
    }
    return Case(document, NET, "net", rule)


@st.composite
def gross_carts(draw: st.DrawFn, currencies: st.SearchStrategy[str] = CURRENCIES) -> Case:
    """Draw a cart whose prices have their tax inside, once a discount of the shop's own on the whole of it is off."""
    goods, parcels, fee = draw(lines()), draw(shipments()), draw(st.integers(0, 500))
    before = sum(one["sum"] for one in goods) + sum(one["price"] for one in parcels)
    own = draw(st.one_of(st.just(0), st.integers(0, before)))
    for one, price in zip((*goods, *parcels), left_of(own, goods, parcels), strict=True):
        one["tax"] = nearest(inside_of(price, one["rate"]), "half_up")
    document = {
        "currency": draw(currencies),
        "lines": goods,
        "shipments": parcels,
        "fees": [{"amount": fee}],
        "voucher": -own,
        "saved": 0,
        "tax": sum(one["tax"] for one in (*goods, *parcels)),
        "total": before + fee - own,
    }
    return Case(document, GROSS, "gross", None)


def currency_of(case: Case) -> Currency:
    return Currency.of(case.document["currency"])
