"""The comparison of the four ledgers, to the cent. Each ledger says what it knows; whatever differs is a sentence."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from examples.shop.ledger import SHIPPING, Bill
from examples.shop.proof.books import Books
from examples.shop.proof.dataset import Json
from examples.shop.proof.seed import OPENED, VALUES

Shares = Mapping[tuple[str, str], int]
"""Cents off, by promotion and product or shipping."""
Points = Mapping[str, int]
"""Points, by promotion."""
Tally = tuple[int, int, int]
"""Of one promotion: uses, customers, cents off."""


def differences(books: Books) -> list[str]:
    """Return every difference between the ledgers, a sentence each; none when they agree to the cent."""
    checks = (_of_states, _of_totals, _of_lines, _of_shares, _of_points, _of_values, _of_balances, _of_tallies)
    return [difference for check in checks for difference in check(books)]


def idle_types(books: Books) -> list[str]:
    """Return a sentence for each promotion type that was never applied: what did not happen was not proved."""
    applied = {one["type"] for redemption in sold(books) for one in redemption.evaluation["applied"]}
    wanted = {promotion.promotion_type for promotion in books.metrics.values()}
    return [f"{one}: applied to none of {len(books.orders)} baskets" for one in sorted(wanted - applied)]


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
    """Check before - discount = after on every line, and on shipping, and that shop and API have the same."""
    ordered = {order["reference"]: _lines_of_order(order) for order in books.orders}
    held = {one.reference: _lines_of_evaluation(one.evaluation) for one in sold(books)}
    for reference, lines in [*ordered.items(), *held.items()]:
        for line, (before, discount, after) in lines.items():
            if before - discount != after:
                yield f"{reference}, line {line}: {before} - {discount} is not {after}"
    for order in books.orders:
        paid = sum(credit["amount"] for credit in order["credits"])
        if sum(after for _, _, after in ordered[order["reference"]].values()) != order["total"] + paid:
            yield f"{order['reference']}: the lines ordered do not come to {order['total']} and {paid} of credits"
    yield from _compare({"held": held, "ordered": ordered}, "lines")


def _of_shares(books: Books) -> Iterator[str]:
    """Compare what each promotion took off each product of each checkout."""
    yield from _compare(_shares(books), "discounts")


def _of_points(books: Books) -> Iterator[str]:
    """Compare the points that each promotion granted to each checkout."""
    yield from _compare(_points(books), "points")


def _of_values(books: Books) -> Iterator[str]:
    """Compare what each checkout took of each value store, as a discount or as a credit."""
    own = {*OPENED, *VALUES}
    ledgers: dict[str, Mapping[str, Mapping[str, int]]] = {
        "value stores": books.taken_values,
        "held": {one.reference: _values_held(one.evaluation) for one in sold(books)},
        "ordered": {order["reference"]: _values_ordered(order, own) for order in books.orders},
        "recomputed": {bill.reference: _values_recomputed(bill, own) for bill in books.bills},
    }
    yield from _compare(
        {name: {one: has for one, has in each.items() if has} for name, each in ledgers.items()}, "values"
    )


def _of_balances(books: Books) -> Iterator[str]:
    """Check that each value store lost what checkouts took of it: no more, and never what it did not hold."""
    for own_id, before in OPENED.items():
        after = books.held_values.get(own_id)
        taken = sum(of_checkout.get(own_id, 0) for of_checkout in books.taken_values.values())
        if after is not None and (before - taken != after or after < 0):
            yield f"{own_id}: held {before}, {taken} were taken, and it holds {after}"


def _of_tallies(books: Books) -> Iterator[str]:
    """Compare the API's metrics of each promotion with what each ledger adds up to."""
    customers = {grant.reference: grant.customer.id for grant in books.grants if grant.customer}
    points = _points(books)
    tallies = {name: _tallies(shares, points[name], customers) for name, shares in _shares(books).items()}
    metrics = {promotion_id: tally_of_metrics(one) for promotion_id, one in books.metrics.items()}
    tallies = {name: {one: tally for one, tally in each.items() if one not in VALUES} for name, each in tallies.items()}
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
    lines = {
        line["id"]: (line["unit_price"] * line["quantity"], off[line["id"]], line["after"]) for line in order["lines"]
    }
    return lines | {SHIPPING: (order["shipping"]["before"], off[SHIPPING], order["shipping"]["after"])}


def _lines_of_evaluation(evaluation: Json) -> dict[str, Tally]:
    lines = (*evaluation["lines"], *evaluation["shipping"])
    return {line["id"]: (line["before"], line["discount"], line["after"]) for line in lines}


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
        for line, share in (*applied["lines"].items(), *applied["shipping"].items()):
            shares[applied["id"], product.get(line, line)] += share
    return dict(shares)


def _ordered(order: Json, product: Mapping[str, str]) -> Shares:
    shares: Counter[tuple[str, str]] = Counter()
    for discount in order["discounts"]:
        shares[discount["promotion"], product.get(discount["line"], discount["line"])] += discount["amount"]
    return dict(shares)


def _recomputed(bill: Bill) -> Shares:
    return {(one, product): share for one, shares in bill.discounts.items() for product, share in shares.items()}


def _values_held(evaluation: Json) -> Mapping[str, int]:
    discounts = {one["id"]: one["discount"] for one in evaluation["applied"] if one["type"] == "value_store"}
    return discounts | {one["id"]: one["amount"] for one in evaluation.get("credits", ())}


def _values_ordered(order: Json, own: Collection[str]) -> Mapping[str, int]:
    taken: Counter[str] = Counter()
    for discount in order["discounts"]:
        if discount["promotion"] in own:
            taken[discount["promotion"]] += discount["amount"]
    return dict(taken) | {one["value_store"]: one["amount"] for one in order["credits"]}


def _values_recomputed(bill: Bill, own: Collection[str]) -> Mapping[str, int]:
    discounts = {one: sum(shares.values()) for one, shares in bill.discounts.items() if one in own}
    return {**discounts, **bill.credits}


def _points(books: Books) -> dict[str, dict[str, Points]]:
    return {
        "held": {
            one.reference: {gift["id"]: gift["points"] for gift in one.evaluation["applied"] if gift["points"]}
            for one in sold(books)
        },
        "ordered": {
            order["reference"]: {gift["promotion"]: gift["points"] for gift in order["points"]}
            for order in books.orders
        },
        "recomputed": {bill.reference: bill.points for bill in books.bills},
    }


def _tallies(
    shares: Mapping[str, Shares], points: Mapping[str, Points], customers: Mapping[str, str]
) -> dict[str, Tally]:
    uses: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    users: dict[str, set[str]] = {}
    for reference, of_checkout in shares.items():
        for promotion_id in {*points[reference], *(one for one, _ in of_checkout)}:
            uses[promotion_id] += 1
            users.setdefault(promotion_id, set()).update([customers[reference]] if reference in customers else ())
        for (promotion_id, _), share in of_checkout.items():
            cents[promotion_id] += share
    return {one: (uses[one], len(users[one]), cents[one]) for one in uses}
