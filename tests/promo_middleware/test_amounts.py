"""Amounts: exact, whether JSON or a handler's own Python has them."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Currency
from promo_middleware import CartMapping, MappingError
from promo_middleware.amounts import Scale, units

EUR, KWD, JPY = Currency.of("EUR"), Currency.of("KWD"), Currency.of("JPY")


@pytest.mark.parametrize(
    ("value", "minor"), [(10.5, 1050), (0.1, 10), (Decimal("19.90"), 1990), (-3.0, -300), (7, 700)]
)
def test_major_amounts_may_be_pythons_own_numbers(value: Any, minor: int) -> None:
    assert Scale("major", EUR).minor(value, "price") == minor


def test_a_float_of_another_class_is_read_as_it_is_shown() -> None:
    class Weight(float):
        def __repr__(self) -> str:
            return "Weight"

    assert Scale("major", EUR).minor(Weight(10.5), "price") == 1050


@pytest.mark.parametrize(
    ("currency", "value", "said"),
    [
        (EUR, 10.505, "must be an amount of EUR, not 10.505: EUR has 2 decimals: round it"),
        (KWD, 12.5055, "must be an amount of KWD, not 12.5055: KWD has 3 decimals: round it"),
        (
            KWD,
            Decimal("3.8649999999999998"),
            "must be an amount of KWD, not 3.8649999999999998: KWD has 3 decimals: round it",
        ),
        (JPY, "1.5", "must be an amount of JPY, not '1.5': JPY has no decimals: round it"),
        (Currency("TENTHS", 1), 0.25, "must be an amount of TENTHS, not 0.25: TENTHS has 1 decimal: round it"),
        (EUR, float("nan"), "must be an amount of EUR, not nan"),
        (EUR, float("inf"), "must be an amount of EUR, not inf"),
        (EUR, {"amount": "5.00"}, "must be an amount of EUR, not an object"),
    ],
    ids=str,
)
def test_an_amount_with_too_many_decimals_or_none_is_refused(currency: Currency, value: Any, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        Scale("major", currency).minor(value, "price")
    assert str(caught.value) == f"price: {said}"


@pytest.mark.parametrize(("value", "shown"), [(10.5, "10.5"), (10.0, "10.0"), (Decimal("10"), "10"), ("10", "'10'")])
def test_minor_amounts_are_integers_and_nothing_else(value: Any, shown: str) -> None:
    with pytest.raises(MappingError) as caught:
        Scale("minor", EUR).minor(value, "price")
    hint = "the mapping's amounts='major' reads 59.90 and '59.90'"
    assert str(caught.value) == f"price: must be an integer of minor units, not {shown}: {hint}"


def test_a_handlers_cart_of_floats_is_the_cart_that_json_has() -> None:
    line = {"id": "a", "sku": "TEA", "unit_price": 10.5, "quantity": 3}
    cart = CartMapping(amounts="major").read({"currency": "EUR", "lines": [line], "total": 31.5})
    assert (cart.lines[0].unit_price, cart.total) == (1050, 3150)


@pytest.mark.parametrize("value", ["2", "2.00", 2.0, Decimal(2), Decimal("2.000")], ids=repr)
def test_a_whole_quantity_is_taken_however_it_is_written(value: Any) -> None:
    found = units(value, "qty")
    assert (found, type(found)) == (2, int)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.5, "must be a whole number, not 1.5: what is weighed is 1 unit at its weighed price"),
        ("0.250", "must be a whole number, not '0.250': what is weighed is 1 unit at its weighed price"),
        ("two", "must be a whole number such as 2, not 'two'"),
        (True, "must be a whole number such as 2, not True"),
        (None, "must be a whole number such as 2, not None"),
        (float("nan"), "must be a whole number such as 2, not nan"),
        ([], "must be a whole number such as 2, not a list"),
    ],
)
def test_another_quantity_is_refused(value: Any, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        units(value, "qty")
    assert str(caught.value) == f"qty: {said}"


@pytest.mark.parametrize("price", [{"unit_price": "price"}, {"unit_price": "price", "own_discounts": ["off"]}])
def test_a_line_is_so_many_units_however_its_quantity_is_written(price: dict[str, Any]) -> None:
    document = {"currency": "EUR", "lines": [{"id": "a", "sku": "TEA", "price": 500, "quantity": "3"}], "off": 0}
    cart = CartMapping(**price).read(document)
    assert (cart.lines[0].quantity, cart.total) == (3, 1500)
