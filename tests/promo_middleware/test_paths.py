"""Paths: where something stands, and what is said when it does not."""

from collections import defaultdict
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from promo_middleware import CartMapping, ConfigurationError, MappingError, Shipments
from promo_middleware.paths import Several, check_written, every, place, value

CART: dict[str, Any] = {
    "cart": {"total": 5990, "a.b": 1},
    "parts": [{"code": "items", "value": 5990}, {"code": "shipping", "value": 490}],
    "empty": {},
    "pair": (1, 2),
    "made": {1, 2},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("cart.total", 5990),
        ("parts[1].value", 490),
        ("parts[code=shipping].value", 490),
        ('cart["a.b"]', 1),
        ("parts[0]", {"code": "items", "value": 5990}),
        ("pair[1]", 2),
    ],
)
def test_a_path_leads_to_its_value(path: str, found: Any) -> None:
    assert value(CART, path) == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("cart.totl", "cart.totl: is not there; did you mean 'total'?"),
        ("basket", "basket: is not there; there is cart, empty, made, pair, parts"),
        ("empty.total", "empty.total: is not there; there is nothing"),
        ("cart.total.gross", "cart.total.gross: is not there: there is a number or flag, not an object"),
        ("cart[0]", "cart[0]: is not there: there is an object, not a list"),
        ("pair[2]", "pair[2]: is not there"),
        ("pair.first", "pair.first: is not there: there is a list, not an object"),
        ("made.total", "made.total: is not there: there is a Python set, not an object"),
        ("parts[7]", "parts[7]: is not there"),
        ("parts[code=tax].value", "parts[code=tax].value: is not there"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path: str, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        value(CART, path)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "paths",
    [
        ("parts", None, "empty"),
        ("parts", None, "cart.total"),
        ("parts", 'cart["a.b"]', "parts[0].code"),
        (None, None),
    ],
)
def test_several_are_found_as_one_after_the_other(paths: tuple[str | None, ...]) -> None:
    assert Several(*paths).of(CART) == [None if path is None else value(CART, path) for path in paths]
    assert Several(*paths).of(MappingProxyType(CART)) == Several(*paths).of(CART)


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        ({"id": 1, "prise": 2}, "price: is not there; did you mean 'prise'?"),
        (defaultdict(int, id=1), "price: is not there; there is id"),
        ([1, 2], "id: is not there"),
        ("id", "id: is not there: there is a string, not an object"),
    ],
)
def test_of_several_the_first_that_is_not_there_is_named(holder: Any, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        Several("id", "price").of(holder)
    assert str(caught.value).startswith(said)


def test_each_of_a_list_is_found() -> None:
    assert every(CART, "parts[].value") == [5990, 490]
    with pytest.raises(MappingError, match=r"cart\[\]: must be a list, not an object"):
        every(CART, "cart[]")


def test_a_place_need_not_be_filled_yet_but_its_parent_must_be_there() -> None:
    holder, name = place(CART, "cart.saved")
    assert (holder, name) == (CART["cart"], "saved")
    with pytest.raises(MappingError, match="is not there"):
        place(CART, "basket.saved")
    with pytest.raises(MappingError, match="there is a number or flag, not an object"):
        place(CART, "cart.total.saved")


@pytest.mark.parametrize("path", ["", ".", "a..b", "a[", "a[x", "a]b", 'a["b]', "a[=b]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="is no path"):
        CartMapping(total=path)


@pytest.mark.parametrize("path", ["totals[].amount", "totals[code=total]"])
def test_a_path_that_is_written_to_is_the_place_of_one_value(path: str) -> None:
    with pytest.raises(ConfigurationError, match="must be the place of one value"):
        check_written("total", path)
    with pytest.raises(ConfigurationError, match=r"shipping\.price: "):
        CartMapping(shipping=Shipments(price=path))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"unit_price": None}, "give either unit_price or line_price"),
        ({"line_price": "sum"}, "give either unit_price or line_price"),
        ({"own_discounts": "discount"}, r"own_discounts must be a list of paths, as \['discount'\]"),
        ({"other": "fee"}, r"other must be a list of paths"),
        ({"own_discount_in_line_total": True}, "needs line_total"),
        ({"tax_rate": 250}, "must be a percentage from 0 to 100"),
        ({"tax_rate": "19"}, r"tax_rate: '19' is the path of a rate: a fixed rate is Decimal\(\"19\"\)"),
        ({"shipping": "post", "shipping_tax_rate": "5.5"}, r"shipping_tax_rate: .*Decimal\(\"5\.5\"\)"),
        ({"shipping": Shipments(tax_rate=Decimal(250))}, r"shipping\.tax_rate: must be a percentage from 0 to 100"),
        ({"lines": "items[]"}, r"^lines: a list is named without \[\]: write 'items', not 'items\[\]'$"),
        ({"shipping": Shipments(entries="parcels[]")}, r"^shipping\.entries: a list is named without \[\]"),
        ({"currency": "lines[].currency"}, r"^currency: 'lines\[\]\.currency' is the place of several values"),
        ({"block": "lines[0]"}, r"block: 'lines\[0\]' must end in a name, as 'promotions' or"),
        ({"block": "lines[].promotions"}, r"block: 'lines\[\]\.promotions' must end in a name"),
        ({"block": "a..b"}, "'a..b' is no path"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        CartMapping(**fields)
