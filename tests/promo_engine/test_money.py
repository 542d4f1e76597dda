"""Money: exact, or refused."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Currency, DocumentError, Rounding, allocate, round_ratio
from promo_engine.money import allocate_within, even_share

DECIMAL_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
}


@pytest.mark.parametrize(("code", "exponent"), [("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4), ("IQD", 3)])
def test_iso_currencies_have_their_own_exponents(code: str, exponent: int) -> None:
    assert Currency.of(code).exponent == exponent


@pytest.mark.parametrize("code", ["usd", "XXX", "", "EURO"])
def test_an_unknown_currency_is_named(code: str) -> None:
    with pytest.raises(DocumentError, match="must be an ISO 4217 code"):
        Currency.of(code)


@pytest.mark.parametrize(("code", "exponent"), [("X", 0), ("X" * 16, 8), ("LOYALTY POINTS", 2)])
def test_a_private_currency_has_a_code_of_16_characters_at_most_and_up_to_8_decimals(code: str, exponent: int) -> None:
    assert Currency(code, exponent).unit == 10**exponent


@pytest.mark.parametrize(("code", "exponent"), [("", 0), ("X" * 17, 0), ("É", 0), ("A\n", 0), ("X", -1), ("X", 9)])
def test_any_other_private_currency_is_refused(code: str, exponent: int) -> None:
    with pytest.raises(DocumentError) as refused:
        Currency(code, exponent)
    assert str(refused.value) == "currency: needs a code of 1 to 16 characters and an exponent from 0 to 8"


def test_an_amount_with_too_many_decimals_is_refused_not_rounded() -> None:
    with pytest.raises(DocumentError, match=r"USD amounts have at most 2 decimal places, not 9\.999"):
        Currency.of("USD").minor(Decimal("9.999"))
    with pytest.raises(DocumentError, match="JPY amounts have no decimals"):
        Currency.of("JPY").minor(Decimal("0.5"))


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "USD", "KWD"]))
def test_minor_and_major_are_inverse(amount: int, code: str) -> None:
    currency = Currency.of(code)
    assert currency.minor(currency.major(amount)) == amount


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.sampled_from(Rounding))
def test_rounding_agrees_with_decimal_on_halves(halves: int, scale: int, rounding: Rounding) -> None:
    expected = (Decimal(halves) / 2).quantize(Decimal(1), DECIMAL_MODES[rounding])
    assert round_ratio(halves * scale, 2 * scale, rounding) == expected


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_half_up_is_the_nearest_whole_number(numerator: int, denominator: int) -> None:
    assert abs(2 * (round_ratio(numerator, denominator) * denominator - numerator)) <= denominator


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_shares_sum_to_the_amount_and_are_proportional_within_one(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    total = sum(weights)
    assert sum(shares) == (amount if total else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert total == 0 or abs(share * total - amount * weight) < total


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20), st.data())
def test_no_share_passes_its_weight_while_the_amount_is_within_their_sum(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    assert all(share <= weight for share, weight in zip(allocate(amount, weights), weights, strict=True))


def test_a_tie_goes_to_the_larger_weight_then_to_the_earlier_place() -> None:
    assert allocate(1, [1, 1]) == [1, 0]
    assert allocate(3, [1, 3, 2]) == [0, 2, 1]
    assert allocate(2, [1, 3]) == [0, 2]


@given(st.integers(0, 10**9), st.integers(1, 50), st.integers(0, 10**6))
def test_even_shares_differ_by_one_and_grow_with_the_amount(amount: int, parts: int, more: int) -> None:
    shares = [even_share(amount, parts, index) for index in range(parts)]
    assert sum(shares) == amount
    assert max(shares) - min(shares) <= 1
    assert all(even_share(amount + more, parts, index) >= share for index, share in enumerate(shares))


def test_an_amount_with_more_digits_than_a_context_holds_is_refused_not_rounded() -> None:
    with pytest.raises(DocumentError, match="at most 2 decimal places"):
        Currency.of("USD").minor(Decimal("1." + "0" * 35 + "1"))


def test_an_amount_of_forty_digits_after_the_first_is_still_exact() -> None:
    assert Currency.of("JPY").minor(Decimal("1e40")) == 10**40


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e41", "1e400", "1e-400"])
def test_an_amount_of_no_reasonable_size_is_refused(amount: str) -> None:
    with pytest.raises(DocumentError) as refused:
        Currency.of("USD").minor(Decimal(amount))
    assert (refused.value.path, refused.value.problem) == ("", "must be a number of reasonable size")


def test_what_is_full_takes_no_part_in_the_proportion_of_what_is_left() -> None:
    assert allocate_within(2, [1, 1, 3, 1], [0, 1, 2, 0]) == [0, 0, 2, 0]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8), st.data())
def test_within_caps_everything_is_given_and_nothing_where_nothing_weighs(
    places: list[tuple[int, int]], data: st.DataObject
) -> None:
    weights, caps = [weight for weight, _ in places], [cap for _, cap in places]
    amount = data.draw(st.integers(0, sum(cap for weight, cap in places if weight)))
    shares = allocate_within(amount, weights, caps)
    assert sum(shares) == amount
    assert all(0 <= share <= (cap if weight else 0) for share, (weight, cap) in zip(shares, places, strict=True))


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 2)), min_size=1, max_size=8))
def test_caps_that_nothing_would_pass_change_nothing(amount: int, places: list[tuple[int, int]]) -> None:
    weights = [weight for weight, _ in places]
    shares = allocate(amount, weights)
    caps = [share + room for share, (_, room) in zip(shares, places, strict=True)]
    assert allocate_within(amount, weights, caps) == shares
