"""Random carts, promotions and rulesets for the laws."""

from hypothesis import strategies as st

from promo_engine import Cart, Line, Promotion, Ruleset
from promo_engine.testing import a_cart, a_line, a_ruleset, amount_off, percent_off

SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["x", "y", "z"]

lines = st.builds(
    a_line,
    st.sampled_from(SKUS),
    st.integers(0, 20_000),
    st.integers(1, 6),
    categories=st.sets(st.sampled_from(CATEGORIES), max_size=2),
    discountable=st.sampled_from([True, True, True, False]),
)


def _with_ids(drawn: list[Line]) -> list[Line]:
    from dataclasses import replace

    return [replace(line, id=f"l{i}") for i, line in enumerate(drawn)]


carts: st.SearchStrategy[Cart] = st.builds(
    lambda drawn, shipping: a_cart(*_with_ids(drawn), shipping=shipping, customer="7"),
    st.lists(lines, min_size=1, max_size=6),
    st.none() | st.integers(0, 2_000),
)

names = st.sets(st.sampled_from(SKUS + CATEGORIES), max_size=3).map(sorted)

rules = st.fixed_dictionaries(
    {},
    optional={
        "applicable_items": names,
        "applicable_categories": names,
        "excluded_items": names,
        "max_discount_amount": st.integers(1, 5_000),
        "min_purchase_amount": st.integers(0, 30_000),
        "min_quantity": st.integers(1, 8),
    },
)

settings = st.fixed_dictionaries(
    {"stackable": st.sampled_from([True, True, True, False]), "priority": st.integers(-2, 2)}
)


@st.composite
def promotions(draw: st.DrawFn, promotion_id: str) -> Promotion:
    fields = draw(settings) | {"id": promotion_id}
    drawn_rules = draw(rules)
    if draw(st.booleans()):
        percentage = draw(st.decimals("0.01", "100", places=2))
        return percent_off(percentage, rules=drawn_rules, **fields)
    amount = draw(st.integers(1, 30_000))
    per = draw(st.sampled_from(["order", "unit"]))
    return amount_off(amount, rules=drawn_rules | {"per": per}, **fields)


@st.composite
def promotion_lists(draw: st.DrawFn, most: int = 5) -> list[Promotion]:
    return [draw(promotions(f"p{i}")) for i in range(draw(st.integers(0, most)))]


rulesets: st.SearchStrategy[Ruleset] = promotion_lists().map(lambda drawn: a_ruleset(*drawn))
