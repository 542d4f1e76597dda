"""The comparison of the four ledgers sees a single cent in any of them. They are real: a small day's shopping."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest

from examples.shop.proof.audit import differences, idle_types
from examples.shop.proof.books import Books, read_books
from examples.shop.proof.dataset import load_dataset
from examples.shop.proof.load import visit
from examples.shop.proof.seed import GIFT, OPENED, PUBLIC, SIGN_UP, baskets_with_values, create_values
from tests.examples.grocer import open_shop

BASKETS = 12


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    async def shop(folder: Path) -> Books:
        dataset = load_dataset(BASKETS)
        async with open_shop(folder, dataset, create_values) as grocer:
            baskets = [*dataset.baskets, *baskets_with_values(dataset.baskets)]
            visits = [await visit(grocer.http, basket) for basket in baskets]
            grocer.deliver()
            orders, charges = grocer.store.orders(), grocer.payments.charges()
            return read_books(
                grocer.client, orders, charges, dataset, grocer.promotions, visits, ZoneInfo("America/New_York")
            )

    return anyio.run(shop, tmp_path_factory.mktemp("day"))


def test_an_honest_day_has_no_differences(books: Books) -> None:
    assert differences(books) == []
    assert len(books.orders) == len(books.charges) == len(books.bills) == len(books.redemptions) == BASKETS + 3
    assert sum(len(order["discounts"]) for order in books.orders) > BASKETS


def test_what_the_value_stores_lost_is_what_checkouts_were_charged_less(books: Books) -> None:
    guest, alice, again = books.orders[-3:]
    first = books.taken_values[alice["reference"]]
    assert first.keys() == {SIGN_UP, GIFT, PUBLIC}
    assert first[SIGN_UP] == OPENED[SIGN_UP]
    taken = sum(sum(each.values()) for each in books.taken_values.values())
    lines = sum(line["before"] for order in (alice, guest, again) for line in order["lines"])
    shipping = sum(order["shipping"]["before"] for order in (alice, guest, again))
    others = sum(
        one["amount"] for order in (alice, guest, again) for one in order["discounts"] if one["promotion"] not in first
    )
    charged = dict(books.charges)
    paid = sum(charged[order["reference"]] for order in (alice, guest, again))
    assert lines + shipping - others - taken == paid


def redemption_by_a_cent(books: Books) -> Books:
    first, *rest = books.redemptions
    return replace(books, redemptions=[first.model_copy(update={"amount_due": first.amount_due + 1}), *rest])


def report_by_a_cent(books: Books) -> Books:
    first, *rest = books.redemptions
    return replace(books, redemptions=[first.model_copy(update={"charged": first.charged - 1}), *rest])


def metrics_by_a_cent(books: Books) -> Books:
    name, promotion = next((k, v) for k, v in books.metrics.items() if v.performance_metrics.total_uses)
    given = promotion.performance_metrics.total_discount_given + Decimal("0.01")
    metrics = promotion.performance_metrics.model_copy(update={"total_discount_given": given})
    return replace(
        books, metrics={**books.metrics, name: promotion.model_copy(update={"performance_metrics": metrics})}
    )


def order_by_a_cent(books: Books) -> Books:
    return with_order(books, lambda order: order.update(total=order["total"] - 1))


def line_by_a_cent(books: Books) -> Books:
    return with_order(books, lambda order: order["lines"][0].update(after=order["lines"][0]["after"] + 1))


def discount_by_a_cent(books: Books) -> Books:
    return with_order(books, lambda order: order["discounts"][0].update(amount=order["discounts"][0]["amount"] - 1))


def shipping_by_a_cent(books: Books) -> Books:
    return with_order(books, lambda order: order["shipping"].update(after=order["shipping"]["after"] + 1))


def points_by_one(books: Books) -> Books:
    return with_order(books, lambda order: order["points"].append({"promotion": "p", "points": 1}))


def recomputed_points_by_one(books: Books) -> Books:
    first, *rest = books.bills
    return replace(books, bills=[replace(first, points={**first.points, "p": 1}), *rest])


def charge_by_a_cent(books: Books) -> Books:
    (reference, amount), *rest = books.charges
    return replace(books, charges=[(reference, amount + 1), *rest])


def recomputation_by_a_cent(books: Books) -> Books:
    first, *rest = books.bills
    return replace(books, bills=[replace(first, due=first.due - 1), *rest])


def value_store_by_a_cent(books: Books) -> Books:
    return replace(books, held_values={**books.held_values, GIFT: books.held_values[GIFT] + 1})


def entry_by_a_cent(books: Books) -> Books:
    reference, taken = next(iter(books.taken_values.items()))
    own_id, cents = next(iter(taken.items()))
    return replace(books, taken_values={**books.taken_values, reference: {**taken, own_id: cents - 1}})


def credit_by_a_cent(books: Books) -> Books:
    orders = deepcopy(list(books.orders))
    next(order for order in orders if order["credits"])["credits"][0]["amount"] += 1
    return replace(books, orders=orders)


def with_order(books: Books, change: Callable[[Any], object]) -> Books:
    orders = deepcopy(list(books.orders))
    change(next(order for order in orders if order["discounts"]))
    return replace(books, orders=orders)


@pytest.mark.parametrize(
    "tamper",
    [
        redemption_by_a_cent,
        report_by_a_cent,
        metrics_by_a_cent,
        order_by_a_cent,
        line_by_a_cent,
        discount_by_a_cent,
        shipping_by_a_cent,
        points_by_one,
        recomputed_points_by_one,
        charge_by_a_cent,
        recomputation_by_a_cent,
        value_store_by_a_cent,
        entry_by_a_cent,
        credit_by_a_cent,
    ],
)
def test_a_cent_in_any_ledger_is_a_difference(books: Books, tamper: Callable[[Books], Books]) -> None:
    assert differences(tamper(books))


@pytest.mark.parametrize("ledger", ["redemptions", "orders", "charges", "bills"])
def test_a_checkout_that_a_ledger_lacks_is_a_difference(books: Books, ledger: str) -> None:
    assert differences(replace(books, **{ledger: getattr(books, ledger)[1:]}))


def test_a_charge_that_was_made_twice_is_a_difference(books: Books) -> None:
    assert any(
        "charged 2 times" in one for one in differences(replace(books, charges=[*books.charges, books.charges[0]]))
    )


def test_a_redemption_that_is_still_open_is_a_difference(books: Books) -> None:
    first, *rest = books.redemptions
    held = [first.model_copy(update={"state": "in_doubt"}), *rest]
    assert any("in_doubt" in one for one in differences(replace(books, redemptions=held)))


def test_an_order_dearer_than_it_was_shown_is_a_difference(books: Books) -> None:
    shown = {reference: total - 1 for reference, total in books.shown.items()}
    assert len(differences(replace(books, shown=shown))) == BASKETS + 3


def test_a_promotion_type_that_was_never_applied_is_named(books: Books) -> None:
    idle = {sentence.partition(":")[0] for sentence in idle_types(books)}
    applied = {one["type"] for redemption in books.redemptions for one in redemption.evaluation["applied"]}
    assert idle | applied == {"value_store", *(one.promotion_type for one in books.metrics.values())}
    assert not idle & applied
    none = [one.model_copy(update={"evaluation": {"applied": []}}) for one in books.redemptions]
    assert len(idle_types(replace(books, redemptions=none))) == 6
