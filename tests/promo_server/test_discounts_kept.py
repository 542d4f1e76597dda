"""What returns leave of discounts: exact for the order, and for each promotion what it took off what was kept."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Cart, Document, Order, Return, Ruleset, evaluate, give_back, give_back_repriced, read_order
from promo_engine.returns import NOTHING
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off
from promo_server.discounts_kept import discounts_kept


def ordered(cart: Cart, ruleset: Ruleset) -> tuple[Order, list[Document]]:
    document = evaluate(cart, ruleset).document()
    return read_order(document, cart), document["applied"]


def kept_after(ruleset: Ruleset, cart: Cart, *returns: Return) -> list[dict[str, int]]:
    """Return what is kept after each of some returns, by the policy keep."""
    order, applied = ordered(cart, ruleset)
    so_far, found = NOTHING, []
    for one in returns:
        so_far = give_back(order, one, so_far).returned
        found.append(discounts_kept(order, applied, so_far))
    return found


def test_each_promotion_keeps_what_it_took_off_the_units_that_were_kept() -> None:
    ruleset = a_ruleset(
        amount_off(300, id="milk", rules={"applicable_items": ["MILK"]}),
        amount_off(100, id="tea", rules={"applicable_items": ["TEA"]}),
    )
    cart = a_cart(("MILK", 1000, 3), ("TEA", 500))
    tea, milk = kept_after(ruleset, cart, Return({"tea": 1}), Return({"milk": 2}))
    assert (tea, milk) == ({"milk": 300, "tea": 0}, {"milk": 100, "tea": 0})


@given(
    goods=st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 6)), min_size=1, max_size=3),
    offers=st.tuples(st.integers(1, 60), st.integers(1, 2_000)),
    chance=st.randoms(use_true_random=False),
)
def test_unit_for_unit_they_come_to_the_discount_of_what_was_kept(
    goods: list[tuple[int, int]], offers: tuple[int, int], chance: Random
) -> None:
    ruleset = a_ruleset(percent_off(offers[0], id="a"), amount_off(offers[1], id="b"))
    cart = a_cart(*((f"SKU{place}", price, units) for place, (price, units) in enumerate(goods)))
    order, applied = ordered(cart, ruleset)
    units = [line.id for line in cart.lines for _ in range(line.quantity)]
    chance.shuffle(units)
    before, so_far = {one["id"]: one["discount"] for one in applied}, NOTHING
    for name in units:
        so_far = give_back(order, Return({name: 1}), so_far).returned
        kept = discounts_kept(order, applied, so_far)
        assert sum(kept.values()) == order.rest(so_far).total - (order.paid - so_far.amount)
        assert all(0 <= kept[name] <= before[name] for name in kept)
        before = kept
    assert not any(before.values())


def test_what_was_taken_off_shipping_goes_with_its_entry() -> None:
    ruleset = a_ruleset(a_promotion("free_shipping", {}, id="ship"))
    cart = a_cart(("MILK", 1000, 2), shipping=590)
    goods, shipping = kept_after(ruleset, cart, Return({"milk": 2}), Return(shipping=["s1"]))
    assert (goods, shipping) == ({"ship": 590}, {"ship": 0})


def test_where_the_rest_is_priced_anew_what_is_still_paid_decides() -> None:
    ruleset = a_ruleset(amount_off(1000, rules={"min_purchase_amount": 10000}))
    order, applied = ordered(a_cart(("CAP", 500), ("COAT", 9500)), ruleset)
    cap = give_back_repriced(order, Return({"cap": 1}), NOTHING, ruleset)
    assert (cap.amount, cap.missing) == (0, 500)
    assert discounts_kept(order, applied, cap.returned) == {"promo_1": 500}


def test_points_alone_are_no_discount() -> None:
    ruleset = a_ruleset(a_promotion("loyalty_bonus", {"points_per_unit_spent": 1}, id="points"))
    cart = a_cart(("MILK", 1000, 2), customer="7")
    assert kept_after(ruleset, cart, Return({"milk": 1})) == [{"points": 0}]
