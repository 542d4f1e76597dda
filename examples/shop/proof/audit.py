"""The comparison of the four ledgers, to the cent. Each ledger says what it knows; whatever differs is a sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from examples.shop.ledger import Bill
from examples.shop.proof.books import Books
from examples.shop.proof.dataset import Json

Shares = Mapping[tuple[str, str], int]
"""Cents off, by promotion and product."""
Tally = tuple[int, int, int]
"""Of one promotion: uses, customers, cents off."""


def differences(books: Books) -> list[str]:
    """Return every difference between the ledgers, a sentence each; none when they agree to the cent."""
    return [*_of_states(books), *_of_totals(books), *_of_lines(books), *_of_shares(books), *_of_tallies(books)]


def sold(books: Books) -> list[Any]:
    """Return the redemptions that the API counts as sold."""
    return [one for one in books.redemptions if one.state == "confirmed"]


def tally_of_metrics(promotion: Any) -> Tally:
    """Return what the API's metrics say of a promotion."""
    metrics = promotion.performance_metrics
    return metrics.total_uses, metrics.unique_customers, int(metrics.total_discount_given * 100)


def _of_states(books: Books) -> Iterator[str]:
    """Check that nothing is left open, charged twice, or dearer than it was shown."""
    for one in books.redemptions:
        if one.state not in ("confirmed", "released"):
            yield f"{one.reference}: its redemption is {one.state}"
    for reference, times in Counter(reference for reference, _ in books.charges).items():
        if times > 1:
            yield f"{reference}: charged {times} times"
    for order in books.orders:
        shown = books.shown.get(order["reference"])
        if shown is None or order["total"] > shown:
            yield f"{order['reference']}: shown {shown}, ordered {order['total']}"


def _of_totals(books: Books) -> Iterator[str]:
    """Compare what each checkout cost."""
    paid: Counter[str] = Counter()
    for reference, amount in books.charges:
        paid[reference] += amount
    ledgers: dict[str, Mapping[str, object]] = {
        "held": {one.reference: one.amount_due for one in sold(books)},
        "confirmed": {one.reference: one.charged for one in sold(books)},
        "ordered": {order["reference"]: order["total"] for order in books.orders},
        "paid": paid,
        "recomputed": {bill.reference: bill.due for bill in books.bills},
    }
    yield from _compare(ledgers, "amounts")


def _of_lines(books: Books) -> Iterator[str]:
    """Check before - discount = after on every line that the shop and the API have, and that they have the same."""
    ordered = {order["reference"]: _lines_of_order(order) for order in books.orders}
    held = {one.reference: _lines_of_evaluation(one.evaluation) for one in sold(books)}
    for reference, lines in [*ordered.items(), *held.items()]:
        for line, (before, discount, after) in lines.items():
            if before - discount != after:
                yield f"{reference}, line {line}: {before} - {discount} is not {after}"
    for order in books.orders:
        if sum(after for _, _, after in ordered[order["reference"]].values()) != order["total"]:
            yield f"{order['reference']}: the lines ordered do not come to {order['total']}"
    yield from _compare({"held": held, "ordered": ordered}, "lines")


def _of_shares(books: Books) -> Iterator[str]:
    """Compare what each promotion took off each product of each checkout."""
    yield from _compare(_shares(books), "discounts")


def _of_tallies(books: Books) -> Iterator[str]:
    """Compare the API's metrics of each promotion with what each ledger adds up to."""
    customers = {grant.reference: grant.customer for grant in books.grants}
    tallies = {name: _tallies(shares, customers) for name, shares in _shares(books).items()}
    metrics = {promotion_id: tally_of_metrics(one) for promotion_id, one in books.metrics.items()}
    yield from _compare({"metrics": {one: tally for one, tally in metrics.items() if any(tally)}, **tallies}, "uses")
    for promotion_id, promotion in books.metrics.items():
        limits = promotion.usage_limits
        left, total = limits.current_usage.remaining_uses, limits.total_usage_limit
        if total is not None and left != total - metrics[promotion_id][0]:
            yield f"{promotion_id}: {metrics[promotion_id][0]} of {total} used, {left} remaining"


def _compare(ledgers: Mapping[str, Mapping[str, object]], what: str) -> Iterator[str]:
    """Compare ledgers key by key; one that lacks a key differs too."""
    for key in sorted(set().union(*ledgers.values())):
        values = {name: ledger.get(key) for name, ledger in ledgers.items()}
        first, *others = values.values()
        if any(other != first for other in others):
            yield f"{key}: {what} differ: " + ", ".join(f"{name} {value}" for name, value in values.items())


def _lines_of_order(order: Json) -> dict[str, Tally]:
    """Return before, discount and after of each line; the discount is what the stored discounts add up to."""
    off: Counter[str] = Counter()
    for discount in order["discounts"]:
        off[discount["line"]] += discount["amount"]
    return {
        line["id"]: (line["unit_price"] * line["quantity"], off[line["id"]], line["after"]) for line in order["lines"]
    }


def _lines_of_evaluation(evaluation: Json) -> dict[str, Tally]:
    return {line["id"]: (line["before"], line["discount"], line["after"]) for line in evaluation["lines"]}


def _shares(books: Books) -> dict[str, dict[str, Shares]]:
    products = {
        order["reference"]: {line["id"]: line["product_id"] for line in order["lines"]} for order in books.orders
    }
    return {
        "held": {one.reference: _held(one, products.get(one.reference, {})) for one in sold(books)},
        "ordered": {order["reference"]: _ordered(order, products[order["reference"]]) for order in books.orders},
        "recomputed": {bill.reference: _recomputed(bill) for bill in books.bills},
    }


def _held(redemption: Any, product: Mapping[str, str]) -> Shares:
    shares: Counter[tuple[str, str]] = Counter()
    for applied in redemption.evaluation["applied"]:
        for line, share in applied["lines"].items():
            shares[applied["id"], product.get(line, line)] += share
    return dict(shares)


def _ordered(order: Json, product: Mapping[str, str]) -> Shares:
    shares: Counter[tuple[str, str]] = Counter()
    for discount in order["discounts"]:
        shares[discount["promotion"], product[discount["line"]]] += discount["amount"]
    return dict(shares)


def _recomputed(bill: Bill) -> Shares:
    return {(one, product): share for one, shares in bill.discounts.items() for product, share in shares.items()}


def _tallies(shares: Mapping[str, Shares], customers: Mapping[str, str]) -> dict[str, Tally]:
    uses: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    users: dict[str, set[str]] = {}
    for reference, of_checkout in shares.items():
        for promotion_id in {one for one, _ in of_checkout}:
            uses[promotion_id] += 1
            users.setdefault(promotion_id, set()).add(customers.get(reference, reference))
        for (promotion_id, _), share in of_checkout.items():
            cents[promotion_id] += share
    return {one: (uses[one], len(users[one]), cents[one]) for one in uses}
