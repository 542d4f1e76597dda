"""A shop's mapping and its tax together: what is read reconciles, and what is written adds up."""

from copy import deepcopy
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Currency, Evaluation, Promotion, evaluate
from promo_engine.testing import NOON, a_promotion, a_ruleset, amount_off, percent_off
from promo_middleware import CanonicalCart, CartMapping, ConfigurationError, MappingError, Shipments, TaxRule
from promo_middleware.pipeline import read_shop_cart
from promo_middleware.till import Till
from tests.promo_middleware.carts import Case, currency_of, gross_carts, net_carts, taxes_on


def till_of(case: Case) -> Till:
    return Till(case.mapping, case.prices, case.rule)


def written(till: Till, document: Any, *promotions: Promotion) -> tuple[dict[str, Any], Evaluation]:
    """Re-price a cart as the middleware does."""
    changed = deepcopy(document)
    cart = read_shop_cart(changed, till).moved_to(NOON)
    evaluation = evaluate(cart, a_ruleset(*promotions))
    till.write(changed, evaluation)
    return changed, evaluation


def offers(case: Case, percent: int, off: int) -> list[Promotion]:
    currency = currency_of(case)
    return [
        percent_off(percent, currency=currency, id="a", rules={"applicable_items": ["S0"]}),
        amount_off(off, currency=currency, id="b"),
        a_promotion("free_shipping", {"discount_value": 50}, currency=currency, id="c"),
    ]


OFFERS = {"percent": st.integers(1, 100), "off": st.integers(1, 30_000)}


@given(case=net_carts(), **OFFERS)
def test_net_carts_add_up_and_bear_tax_on_what_is_left_only(case: Case, percent: int, off: int) -> None:
    after, evaluation = written(till_of(case), case.document, *offers(case, percent, off))
    assert case.rule is not None
    amounts = [(one["sum"], one["rate"]) for one in after["lines"]]
    amounts += [(one["price"], one["rate"]) for one in after["shipments"]]
    tax = taxes_on([*amounts, (after["fee"], "19")], case.rule)
    assert after["tax"] == tax
    assert after["net"] == sum(one for one, _ in amounts) + after["fee"] == evaluation.amount_due
    assert after["total"] == after["net"] + tax
    fee_tax = after["tax"] - sum(one["tax"] for one in (*after["lines"], *after["shipments"]))
    assert 0 <= fee_tax <= after["fee"]
    assert all(one["gross"] == one["sum"] + one["tax"] for one in after["lines"])


@given(case=net_carts(), **OFFERS)
def test_the_block_of_a_net_cart_adds_up_to_its_total(case: Case, percent: int, off: int) -> None:
    after, _ = written(till_of(case), case.document, *offers(case, percent, off))
    totals = after["promotions"]["totals"]
    net = totals["items"] - totals["items_discount"] + totals["shipping"] - totals["shipping_discount"]
    assert net + totals["tax"] == totals["amount_due"] == after["total"]
    assert after["total"] <= case.document["total"]


@given(case=gross_carts(), **OFFERS)
def test_gross_carts_add_up_and_scale_the_tax_inside(case: Case, percent: int, off: int) -> None:
    before = case.document
    after, evaluation = written(till_of(case), before, *offers(case, percent, off))
    parts = [one["sum"] for one in after["lines"]] + [one["price"] for one in after["shipments"]]
    assert after["total"] == sum(parts) + after["fees"][0]["amount"] + after["voucher"] == evaluation.amount_due
    assert after["total"] == before["total"] - after["saved"] >= before["fees"][0]["amount"]
    assert after["voucher"] == before["voucher"]
    assert after["tax"] == sum(one["tax"] for one in (*after["lines"], *after["shipments"]))
    for old, new in zip(before["lines"], after["lines"], strict=True):
        assert 0 <= new["sum"] <= old["sum"]
        assert 0 <= new["tax"] <= old["tax"]


@given(net_carts() | gross_carts())
def test_a_cart_without_promotions_comes_out_as_it_went_in(case: Case) -> None:
    filled, _ = written(till_of(case), case.document)
    block = filled.pop("promotions")  # the shop's own cart has none
    again, _ = written(till_of(case), filled)
    assert again == filled | {"promotions": block}
    assert filled["total"] == case.document["total"]
    assert filled["tax"] == case.document["tax"]


@given(net_carts() | gross_carts(), st.integers(-3, 3).filter(bool))
def test_a_total_that_is_off_is_said_by_how_much(case: Case, off: int) -> None:
    document = case.document | {"total": case.document["total"] + off}
    with pytest.raises(MappingError, match=f"total: .* come to .*, the shop says .*: off by {off}$"):
        read_shop_cart(document, till_of(case))


def cart(**fields: Any) -> dict[str, Any]:
    line = {"id": "a", "sku": "TEA", "unit_price": 500, "quantity": 3, "sum": 1500}
    return {"currency": "USD", "lines": [line], "total": 1500} | fields


def test_what_the_shop_takes_off_itself_comes_first_and_is_never_taken_twice() -> None:
    till = Till(CartMapping(own_discounts=["discount"], discount_total="discount", line_total="sum"))
    after, evaluation = written(till, cart(discount="-4.00", total=1100) | {"discount": -400}, percent_off(10))
    assert evaluation.items == 1100
    assert after["discount"] == -510
    assert (after["lines"][0]["sum"], after["total"]) == (1390, 990)


def test_a_price_that_does_not_divide_leaves_less_than_a_minor_unit_for_each_unit() -> None:
    till = Till(CartMapping(own_discounts=["discount"]))
    after, evaluation = written(till, cart(discount=100, total=1400), percent_off(100))
    assert [(line.id, line.before, line.after) for line in evaluation.lines] == [("a", 1398, 0), ("rest:a", 2, 2)]
    assert after["total"] == 2


def test_own_discounts_above_all_prices_do_not_fit() -> None:
    with pytest.raises(MappingError, match="discount: the shop's own discounts take 1 more off than all lines"):
        Till(CartMapping(own_discounts=["discount"])).read(cart(discount=1501))
    with pytest.raises(MappingError, match=r"lines\[0\].off: the shop's own discount is 1501, not between 0 and"):
        Till(CartMapping(line_own_discount="off")).read(cart(lines=[cart()["lines"][0] | {"off": 1501}]))


def test_a_floor_holds_whatever_the_shop_takes_off_itself() -> None:
    lines = [cart()["lines"][0] | {"floor": 450}]
    till = Till(CartMapping(floor_price="floor", own_discounts=["discount"]))
    after, _ = written(till, cart(lines=lines, discount=90, total=1410), percent_off(50))
    assert after["total"] == 1350
    below, _ = written(till, cart(lines=lines, discount=300, total=1200), percent_off(50))
    assert below["total"] == 1200


def test_fees_are_paid_in_full_and_count_toward_no_minimum() -> None:
    till = Till(CartMapping(other=["fees[].amount", "wrap"]))
    document = cart(fees=[{"amount": 100}, {"amount": 150}], wrap=50, total=1800)
    after, evaluation = written(till, document, percent_off(100, rules={"min_purchase_amount": 1501}))
    assert (after["total"], [one.id for one in evaluation.lines]) == (1800, ["a", "other:fees[].amount", "other:wrap"])
    assert written(till, document, percent_off(100))[0]["total"] == 300
    with pytest.raises(MappingError, match=r"wrap: must not be negative: .* belongs to own_discounts"):
        till.read(document | {"wrap": -50})


def test_several_shipping_entries_keep_their_prices_apart() -> None:
    entries = [{"code": "post", "cost": "4.90"}, {"code": "van", "cost": "20.00"}]
    document = cart(lines=[cart()["lines"][0] | {"unit_price": "5.00"}], entries=entries, sent="24.90", total="39.90")
    shipping = Shipments(entries="entries", id=None, price="cost", method="code", total="sent")
    only_post = a_promotion("free_shipping", {"shipping_methods": ["post"]})
    after, _ = written(Till(CartMapping(amounts="major", shipping=shipping)), document, only_post)
    assert [one["cost"] for one in after["entries"]] == ["0.00", "20.00"]
    assert (after["sent"], after["total"]) == ("20.00", "35.00")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"id": "p", "price": -1, "rate": 7}, r"shipments\[0\]\.price: must be a whole number from 0"),
        ({"id": "p", "rate": 7}, r"shipments\[0\]\.price: is not there; there is id, rate"),
        ({"price": 1, "rate": 7}, r"shipments\[0\]\.id: is not there"),
        ({"id": "p", "price": 1, "rate": 700}, r"shipments\[0\]\.rate: must be a percentage from 0 to 100"),
    ],
)
def test_a_shipping_entry_that_does_not_fit_is_named(entry: dict[str, Any], said: str) -> None:
    till = Till(CartMapping(shipping=Shipments(tax_rate="rate"), tax_rate=Decimal(7)), "net")
    with pytest.raises(MappingError, match=said):
        read_shop_cart(cart(shipments=[entry]), till)


def test_a_line_total_that_is_not_what_its_parts_come_to_does_not_fit() -> None:
    document = cart(lines=[cart()["lines"][0] | {"sum": 1400}])
    with pytest.raises(MappingError, match=r"lines\[0\].sum: the line comes to 1500, the shop says 1400: off by -100"):
        read_shop_cart(document, Till(CartMapping(line_total="sum")))


RATED = CartMapping(tax_rate="vat", shipping="post", shipping_tax_rate=Decimal(19), other=["fee"])


@pytest.mark.parametrize(
    ("mapping", "settings", "said"),
    [
        (CartMapping(), {"prices": "net"}, "net prices need tax_rate in the mapping"),
        (CartMapping(shipping="s"), {"prices": "net"}, "need tax_rate and shipping_tax_rate in the mapping"),
        (RATED, {"prices": "net"}, "need other_tax_rate in the mapping"),
        (CartMapping(), {"tax": TaxRule()}, "tax is for net prices"),
        (CartMapping(), {"prices": "brutto"}, "prices must be 'gross' or 'net'"),
        (CartMapping(tax_total="tax"), {}, "each line must, too: map line_tax, line_excl_tax or tax_rate"),
        (CartMapping(tax_total="tax", tax_rate="vat", shipping="s"), {}, "shipping must, too: map shipping_tax or"),
    ],
)
def test_tax_that_would_stay_on_an_undiscounted_base_is_refused(
    mapping: CartMapping, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Till(mapping, **settings)


def test_a_missing_rate_is_named_with_its_line() -> None:
    with pytest.raises(MappingError, match=r"lines\[0\]\.vat: is not there"):
        read_shop_cart(cart(), Till(CartMapping(tax_rate="vat"), "net"))


def test_a_cart_that_states_its_total_without_tax_alone_has_it_scaled() -> None:
    till = Till(CartMapping(line_excl_tax="net", line_total="sum", total_excl_tax="net"))
    document = cart(lines=[cart()["lines"][0] | {"net": 1261}], net=1261)
    after, _ = written(till, document, percent_off(10))
    assert (after["total"], after["net"], after["lines"][0]["net"]) == (1350, 1135, 1135)


SUBTOTAL = CartMapping(
    subtotal="subtotal", total="grand_total", line_total="sum", line_own_discount="own", own_discounts=["voucher"]
)


@pytest.mark.parametrize(
    ("stated", "after"),
    [(2500, 1780), (2400, 1680), (1920, 1200)],
    ids=["before all discounts of the shop", "with those on lines off", "with all of them off"],
)
def test_a_subtotal_is_lowered_by_what_is_off_the_lines(stated: int, after: int) -> None:
    """60 % of what the shop's own discounts leave of the tea are off, 7.20; shipping is no part of it."""
    tea = {"id": "a", "sku": "TEA", "unit_price": 500, "quantity": 3, "sum": 1500, "own": 0}
    mug = {"id": "b", "sku": "MUG", "unit_price": 1000, "quantity": 1, "sum": 900, "own": 100}
    document = cart(lines=[tea, mug], voucher=480, post=490, grand_total=2410, subtotal=stated)
    mapping = SUBTOTAL.changed(shipping="post")
    free_post = a_promotion("free_shipping", {"discount_value": 100}, id="post")
    tea_off = percent_off(60, id="tea", rules={"applicable_items": ["TEA"]})
    changed, evaluation = written(Till(mapping), document, tea_off, free_post)
    assert evaluation.items_discount == 720
    assert (changed["subtotal"], changed["grand_total"]) == (after, 1920 - 720)
    assert sum(one["sum"] for one in changed["lines"]) == 2400 - 720


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"prices": "net", "tax": TaxRule()}, (1350, 257, 1607)),
        ({}, (1350, 216, 1350)),
    ],
    ids=["net", "gross"],
)
def test_a_subtotal_has_tax_where_prices_have(fields: dict[str, Any], after: tuple[int, int, int]) -> None:
    mapping = CartMapping(subtotal="subtotal", line_total="sum", tax_rate=Decimal(19), tax_total="tax")
    tax = 285 if fields else 239
    document = cart(subtotal=1500, tax=tax, total=1500 + (tax if fields else 0))
    changed, _ = written(Till(mapping, **fields), document, percent_off(10))
    assert (changed["subtotal"], changed["tax"], changed["total"]) == after


def test_a_subtotal_in_major_units_comes_back_as_it_stood() -> None:
    document = cart(lines=[cart()["lines"][0] | {"unit_price": "5.00"}], subtotal="15.00", total="15.00")
    changed, _ = written(Till(CartMapping(amounts="major", subtotal="subtotal")), document, percent_off(10))
    assert (changed["subtotal"], changed["total"]) == ("13.50", "13.50")


def test_a_subtotal_that_lines_do_not_come_to_does_not_fit() -> None:
    with pytest.raises(MappingError, match=r"^subtotal: lines come to 1500, the shop says 1990: off by 490$"):
        read_shop_cart(cart(subtotal=1990), Till(CartMapping(subtotal="subtotal")))
    with pytest.raises(MappingError, match=r"^subtotal: is not there"):
        read_shop_cart(cart(), Till(CartMapping(subtotal="subtotal")))
    with pytest.raises(ConfigurationError, match=r"^subtotal: 'sums\[\]' is written to"):
        CartMapping(subtotal="sums[]")


def test_a_key_of_the_shops_own_is_not_replaced_by_the_block() -> None:
    document = cart(promotions=["of the shop's own"])
    with pytest.raises(
        MappingError, match="promotions: is the shop's own: give the mapping another name for its block"
    ):
        read_shop_cart(document, Till(CartMapping()))
    till = Till(CartMapping(block="fairtill"))
    after, _ = written(till, document, percent_off(10))
    assert (after["promotions"], "fairtill" in after) == (["of the shop's own"], True)


GRAPHQL = CartMapping(
    currency="data.cart.currency", lines="data.cart.lines", total="data.cart.total", block="data.cart.promotions"
)


def graphql(**fields: Any) -> dict[str, Any]:
    line = {"id": "a", "sku": "TEA", "unit_price": 1000, "quantity": 1}
    return {"data": {"cart": {"currency": "EUR", "lines": [line], "total": 1000} | fields}}


def test_the_block_stands_where_its_path_leads() -> None:
    after, _ = written(Till(GRAPHQL), graphql(), percent_off(10, currency=Currency.of("EUR")))
    assert list(after) == ["data"]
    assert (after["data"]["cart"]["total"], after["data"]["cart"]["promotions"]["totals"]["amount_due"]) == (900, 900)
    plain, _ = written(Till(GRAPHQL.changed(block="extensions")), graphql())
    assert list(plain) == ["data", "extensions"]
    dotted, _ = written(Till(GRAPHQL.changed(block='["our.promotions"]')), graphql())
    assert list(dotted) == ["data", "our.promotions"]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("data.cart.total", "data.cart.total: is the shop's own: give the mapping another name"),
        ("data", "data: is the shop's own"),
        ("extensions.promotions", "extensions.promotions: is not there; there is data"),
        ("data.cart.total.promotions", "there is a number or flag, not an object"),
    ],
)
def test_a_block_without_a_place_of_its_own_is_told_before_anything_is_priced(block: str, said: str) -> None:
    document = graphql()
    with pytest.raises(MappingError, match=said):
        read_shop_cart(document, Till(GRAPHQL.changed(block=block)))
    assert document == graphql()


def test_a_cart_that_is_only_read_may_be_read_only() -> None:
    document = MappingProxyType(graphql())
    assert read_shop_cart(document, Till(GRAPHQL)).total == 1000
    with pytest.raises(MappingError, match="the shop's own"):
        read_shop_cart(document, Till(GRAPHQL.changed(block="data")))


def test_a_mapping_of_ones_own_has_a_block_that_ends_in_a_name() -> None:
    with pytest.raises(ConfigurationError, match="must end in a name"):
        Till(CanonicalCart(block="carts[0]"))
