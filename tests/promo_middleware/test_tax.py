"""Tax: exact, on what is left, its parts always summing to it."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.testing import a_cart
from promo_middleware import ConfigurationError, MappingError, Taxes, TaxRule
from promo_middleware.tax import Called, inside, rate, scaled, taxed

AMOUNTS = st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from(["19", "7", "0", "5.5", "8.875"])), min_size=1)
PER = st.sampled_from(["line", "rate", "total"])


def exactly(amount: int, percent: str) -> Fraction:
    return amount * Fraction(percent) / 100


def half_up(number: Fraction) -> int:
    return int(number + Fraction(1, 2))


@given(AMOUNTS, PER, st.sampled_from(["half_up", "half_even"]))
def test_parts_sum_to_what_is_rounded_together(amounts: list[tuple[int, str]], per: Any, rounding: Any) -> None:
    taxes = TaxRule(per=per, rounding=rounding).on(
        [one for one, _ in amounts], [rate(percent) for _, percent in amounts]
    )
    groups: dict[Any, list[int]] = {}
    for i, (_, percent) in enumerate(amounts):
        groups.setdefault({"line": i, "rate": percent, "total": ""}[per], []).append(i)
    nearest = half_up if rounding == "half_up" else round
    for places in groups.values():
        exact = sum((exactly(*amounts[i]) for i in places), Fraction())
        assert sum(taxes[i] for i in places) == nearest(exact)
    assert all(abs(tax - exactly(*one)) < 1 for tax, one in zip(taxes, amounts, strict=True))


def test_a_line_whose_tax_is_whole_keeps_it() -> None:
    """38.115 and 2,600.4 and 34,375 are 37,013.515 together."""
    assert TaxRule(per="rate").on([693, 47280, 625000], [rate("5.5")] * 3) == [38, 2601, 34375]


def test_half_a_minor_unit_is_rounded_as_the_shop_says() -> None:
    assert TaxRule().on([50], [rate(5)]) == [3]
    assert TaxRule(rounding="half_even").on([50], [rate(5)]) == [2]


def test_three_lines_at_one_rate_are_taxed_together_or_alone() -> None:
    thirds, rates = [333, 333, 333], [rate(19)] * 3
    assert sum(TaxRule(per="line").on(thirds, rates)) == 189
    assert sum(TaxRule(per="total").on(thirds, rates)) == 190


@pytest.mark.parametrize("percent", [5.5, "5.5", Decimal("5.50")], ids=repr)
def test_a_rate_is_exact_however_it_is_written(percent: Any) -> None:
    assert rate(percent) == 5_500_000


@pytest.mark.parametrize("percent", [-1, 100.5, "x", None, True, "101", "1e-7", "NaN"])
def test_what_is_no_rate_is_refused(percent: Any) -> None:
    with pytest.raises(MappingError, match="must be a percentage from 0 to 100"):
        rate(percent)


@pytest.mark.parametrize(
    ("fields", "said"), [({"per": "cart"}, "per 'line', 'rate' or 'total'"), ({"rounding": "up"}, "'half_up' or")]
)
def test_what_is_no_rule_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        TaxRule(**fields)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_tax_inside_shrinks_with_its_price(before: int, off: int) -> None:
    after = max(0, before - off)
    tax = inside(before, rate(19))
    assert 0 <= scaled(tax, before, after) <= tax
    assert abs(scaled(tax, before, after) - inside(after, rate(19))) <= 1


@pytest.mark.parametrize("answer", [190, {"a": 190}, Taxes({"a": -1}), Taxes({"a": 1.5})])  # type: ignore[dict-item]
def test_a_function_that_returns_no_tax_is_named(answer: Any) -> None:
    with pytest.raises(MappingError, match=r"tax\(\) must return"):
        Called(a_cart(("TEA", 100)), lambda cart, evaluation: answer).taxes({"lines": [], "shipping": []})


def test_a_taxed_evaluation_owes_its_tax_and_leaves_the_first_as_it_was() -> None:
    evaluation = {"totals": {"amount_due": 100, "tax": None}}
    assert taxed(evaluation, Taxes({"a": 19}, {"s": 1}))["totals"] == {"amount_due": 120, "tax": 20}
    assert evaluation["totals"]["tax"] is None
    assert taxed(evaluation, None) == evaluation
