"""Tax inside of gross prices: never below zero, never above what is paid, and the shop's own where nothing changes."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import Evaluation, Promotion
from promo_engine.testing import a_promotion, amount_off, percent_off
from promo_middleware import CartMapping, MappingError, Shipments
from promo_middleware.pipeline import read_shop_cart
from promo_middleware.till import Till
from tests.promo_middleware.carts import inside_of, left_of, lines, nearest, shipments
from tests.promo_middleware.test_till import written

OF_LINES: list[dict[str, Any]] = [
    {"tax_rate": "rate"},
    {"line_tax": "tax"},
    {"line_tax": "tax", "tax_rate": "rate"},
    {"line_excl_tax": "net"},
    {"line_tax": "tax", "line_excl_tax": "net"},
]
OF_SHIPPING: list[dict[str, Any]] = [{"tax": "tax"}, {"tax_rate": "rate"}]
OF_TOTAL: list[dict[str, Any]] = [
    {"tax_total": "tax"},
    {"total_excl_tax": "net"},
    {"tax_total": "tax", "total_excl_tax": "net"},
]


@dataclass(frozen=True)
class Shop:
    """A shop's cart, and where it states which tax."""

    document: dict[str, Any]
    mapping: CartMapping

    def after(self, *promotions: Promotion) -> tuple[dict[str, Any], Evaluation]:
        changed, evaluation = written(Till(self.mapping), self.document, *promotions)
        del changed["promotions"]
        return changed, evaluation

    @property
    def states_each_tax(self) -> bool:
        assert self.mapping.shipments is not None
        return self.mapping.line_tax is not None and self.mapping.shipments.tax is not None


def parts_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["lines"], *document["shipments"]]


def rounded(taxes: list[Fraction], *, is_once: bool) -> int:
    return nearest(sum(taxes, Fraction()), "half_up") if is_once else sum(nearest(tax, "half_up") for tax in taxes)


FEES = st.integers(0, 500)


@st.composite
def shops(draw: st.DrawFn, fees: st.SearchStrategy[int] = FEES) -> Shop:
    """Draw a cart: its lines' tax before or after the shop's own discount, its total's rounded once or per part."""
    goods, parcels, fee = draw(lines()), draw(shipments()), draw(fees)
    prices = [one["sum"] for one in goods] + [one["price"] for one in parcels]
    own = draw(st.one_of(st.just(0), st.integers(0, sum(prices))))
    left = left_of(own, goods, parcels)
    for one, price in zip((*goods, *parcels), prices if draw(st.booleans()) else left, strict=True):
        one["tax"] = nearest(inside_of(price, one["rate"]), "half_up")
        one["net"] = price - one["tax"]
    taxes = [inside_of(price, one["rate"]) for one, price in zip((*goods, *parcels), left, strict=True)]
    tax = rounded([*taxes, inside_of(fee, draw(st.sampled_from(["0", "19"])))], is_once=draw(st.booleans()))
    total = sum(left) + fee
    amounts = {"fee": fee, "voucher": own, "tax": tax, "net": total - tax, "total": total}
    mapping = CartMapping(
        line_own_discount="own",
        line_total="sum",
        shipping=Shipments(**draw(st.sampled_from(OF_SHIPPING))),
        other=["fee"],
        own_discounts=["voucher"] if own else [],
        **draw(st.sampled_from(OF_LINES)),
        **draw(st.sampled_from(OF_TOTAL)),
    )
    return Shop({"currency": "USD", "lines": goods, "shipments": parcels, **amounts}, mapping)


PERCENT = st.integers(1, 100)
OFF = st.integers(1, 30_000)
FREE = (percent_off(100, id="goods"), a_promotion("free_shipping", {"discount_value": 100}, id="post"))


def offers(percent: int, off: int) -> list[Promotion]:
    return [
        percent_off(percent, id="a", rules={"applicable_items": ["S0"]}),
        amount_off(off, id="b"),
        a_promotion("free_shipping", {"discount_value": percent}, id="c"),
    ]


@settings(deadline=None)
@given(shops(), PERCENT, OFF)
def test_tax_is_between_zero_and_the_total_and_the_total_without_it_is_the_rest(
    shop: Shop, percent: int, off: int
) -> None:
    after, _ = shop.after(*offers(percent, off))
    tax = after["tax"] if shop.mapping.tax_total else after["total"] - after["net"]
    assert 0 <= tax <= after["total"]
    if shop.mapping.total_excl_tax:
        assert after["net"] == after["total"] - tax
    assert all(one["tax"] >= 0 and one["net"] >= 0 for one in after["lines"])


@settings(deadline=None)
@given(shops())
def test_a_cart_in_which_nothing_changes_keeps_what_the_shop_states(shop: Shop) -> None:
    assert shop.after()[0] == shop.document


@settings(deadline=None)
@given(shops(fees=st.just(0)))
def test_a_free_cart_bears_no_tax(shop: Shop) -> None:
    after, evaluation = shop.after(*FREE)
    assert after["total"] == sum(line.after for line in evaluation.lines if line.id.startswith("rest:"))
    if not after["total"]:
        assert after["tax"] == 0 or not shop.mapping.tax_total
        assert after["net"] == 0 or not shop.mapping.total_excl_tax


@settings(deadline=None)
@given(shops(), PERCENT, OFF)
def test_the_tax_of_lines_and_shipping_sums_to_that_of_the_total_where_it_did(
    shop: Shop, percent: int, off: int
) -> None:
    agreed = shop.states_each_tax and sum(one["tax"] for one in parts_of(shop.document)) == shop.document["tax"]
    if agreed and shop.mapping.tax_total:
        after, _ = shop.after(*offers(percent, off))
        assert after["tax"] == sum(one["tax"] for one in parts_of(after))


@settings(deadline=None)
@given(shops(fees=st.just(0)), PERCENT, OFF)
def test_tax_is_what_is_left_has_inside(shop: Shop, percent: int, off: int) -> None:
    """Up to rounding: twice of each part's tax, and once of the total's."""
    after, evaluation = shop.after(*offers(percent, off))
    tax = after["tax"] if shop.mapping.tax_total else after["total"] - after["net"]
    left = [(line.id.removeprefix("rest:"), line.after) for line in evaluation.lines]
    left += [(entry.id, entry.after) for entry in evaluation.shipping]
    rates = {one["id"]: one["rate"] for one in parts_of(after)}
    exact = sum((inside_of(price, rates[name]) for name, price in left), Fraction())
    assert abs(tax - exact) <= 2 * len(rates) + 1


def cart(*gross: int, tax: int, total: int | None = None, **of_line: Any) -> dict[str, Any]:
    goods = [{"id": str(i), "sku": "TEA", "unit_price": one, "quantity": 1} | of_line for i, one in enumerate(gross)]
    total = sum(gross) if total is None else total
    return {"currency": "USD", "lines": goods, "total": total, "tax": tax, "net": total - tax}


def taxed(document: dict[str, Any], percent: int, **fields: Any) -> tuple[int, int, int]:
    """Return the total, the tax inside of it and the total without it, once a promotion is off."""
    shop = Shop(document, CartMapping(tax_total="tax", total_excl_tax="net", **fields))
    after, _ = shop.after(percent_off(percent))
    return after["total"], after["tax"], after["net"]


def test_what_a_shop_rounds_once_goes_with_the_goods() -> None:
    """3 × 3.33 have 3 × 0.53 inside, and 1.60 together; 9 × 3.36 have 9 × 0.54, and 4.83."""
    assert taxed(cart(333, 333, 333, tax=160), 100, tax_rate=Decimal(19)) == (0, 0, 0)
    nine = cart(*[336] * 9, tax=483, t=54)
    assert taxed(nine, 100, line_tax="t") == (0, 0, 0)
    assert taxed(nine, 50, line_tax="t") == (1512, 241, 1271)


VOUCHER = {"voucher": 2000}


@pytest.mark.parametrize(("stated", "of_line"), [(1277, 639), (1597, 958)], ids=["after", "before"])
def test_a_line_states_its_tax_before_or_after_the_shops_own_discount(stated: int, of_line: int) -> None:
    """Half of 80.00, with 6.39 inside: of a line at 60.00 the shop says 9.58 before its own discount of 20.00."""
    mapping = CartMapping(line_tax="t", tax_total="tax", own_discounts=["voucher"], line_total="sum")
    shop = Shop(cart(10_000, tax=1277, total=8000, t=stated, sum=10_000) | VOUCHER, mapping)
    half, _ = shop.after(percent_off(50))
    assert (half["total"], half["lines"][0]["sum"], half["lines"][0]["t"]) == (4000, 6000, of_line)
    assert abs(half["tax"] - 639) <= 1
    free, _ = shop.after(percent_off(100))
    assert (free["total"], free["tax"], free["lines"][0]["t"]) == (0, 0, 0 if stated == 1277 else 319)


def test_a_lines_total_without_tax_is_lowered_from_what_the_shop_states() -> None:
    """Here it is before the shop's own discount, and the tax after it, as some shops have it."""
    mapping = CartMapping(
        line_tax="t", line_excl_tax="n", line_incl_tax="g", tax_total="tax", own_discounts=["voucher"]
    )
    document = cart(10_000, tax=1277, total=8000, t=1277, n=8403, g=10_000) | VOUCHER
    line = Shop(document, mapping).after(percent_off(50))[0]["lines"][0]
    assert (line["t"], line["n"], line["g"]) == (639, 5041, 6000)


def test_a_lines_amount_that_the_shop_leaves_open_is_filled_in() -> None:
    mapping = CartMapping(line_tax="t", line_excl_tax="n", line_incl_tax="g")
    line = Shop(cart(1190, tax=190, t=190, n=None), mapping).after(percent_off(50))[0]["lines"][0]
    assert (line["t"], line["n"], line["g"]) == (95, 500, 595)


def test_a_fee_keeps_the_tax_that_no_line_states() -> None:
    document = cart(1190, tax=190 + 16, total=1290) | {"fee": 100}
    assert taxed(document, 100, tax_rate=Decimal(19), other=["fee"]) == (100, 16, 84)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (cart(10_000, tax=1277, total=8000, t=1000) | VOUCHER, "comes to 1000, the shop says 1277: off by 277"),
        (cart(10_000, tax=1000, total=8000, t=1597) | VOUCHER, "comes to 1278, the shop says 1000: off by -278"),
        (cart(1190, 1190, tax=383, t=190) | {"voucher": 0}, "comes to 380, the shop says 383: off by 3"),
        (cart(1190, tax=1191, t=190) | {"voucher": 0}, "the tax of the total is 1191, not between 0 and the total of"),
        (cart(1190, tax=-1, t=190) | {"voucher": 0}, "the tax of the total is -1, not between 0 and the total of 1190"),
    ],
    ids=["above both", "below both", "one too many", "above the total", "negative"],
)
def test_tax_that_is_not_that_of_its_parts_is_said_by_how_much(document: dict[str, Any], said: str) -> None:
    till = Till(CartMapping(line_tax="t", tax_total="tax", own_discounts=["voucher"]))
    with pytest.raises(MappingError, match=f"^tax: .*{said}"):
        read_shop_cart(document, till)
    without = Till(CartMapping(line_tax="t", total_excl_tax="net", own_discounts=["voucher"]))
    with pytest.raises(MappingError, match=f"^net: .*{said}"):
        read_shop_cart(document, without)


def test_a_rounding_of_one_minor_unit_for_each_unit_is_no_contradiction() -> None:
    document = cart(1190, 1190, tax=382, t=190)
    assert taxed(document, 100, line_tax="t") == (0, 0, 0)


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [
        ("lines", "t", r"^lines\[0\]\.t: is not there"),
        ("shipments", "tax", r"^shipments\[0\]\.tax: is not there"),
    ],
    ids=["line", "shipping"],
)
def test_a_tax_that_is_missing_is_named_with_its_line_or_entry(part: str, name: str, said: str) -> None:
    document = cart(1190, tax=190, t=190) | {"shipments": [{"id": "s", "price": 0, "tax": 0}]}
    till = Till(CartMapping(line_tax="t", tax_total="tax", shipping=Shipments(tax="tax")))
    read_shop_cart(document, till)
    del document[part][0][name]
    with pytest.raises(MappingError, match=said):
        read_shop_cart(document, till)
