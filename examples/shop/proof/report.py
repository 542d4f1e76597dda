"""What the demo prints."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from examples.shop.ledger import SHIPPING, plain
from examples.shop.proof.audit import sold, tally_of_metrics
from examples.shop.proof.books import Books
from examples.shop.proof.dataset import Dataset, Json
from examples.shop.proof.load import Visit
from examples.shop.proof.overhead import Overhead
from examples.shop.proof.seed import OPENED


def money(cents: int) -> str:
    """Write cents as dollars.

    >>> money(4792), money(-5)
    ('47.92', '-0.05')
    """
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def carts_worth_showing(visits: Sequence[Visit]) -> list[Visit]:
    """Choose carts of many promotion types: any, one with a code that a better offer beat, one with a used up code."""
    chosen: list[Visit] = []
    for reason in (None, "beaten", "limit_total"):
        rest = [visit for visit in visits if visit not in chosen]
        chosen += sorted(rest, key=lambda visit: _interest(visit, reason))[-1:]
    return chosen


def _interest(visit: Visit, reason: str | None) -> tuple[bool, int, int]:
    block = visit.cart["promotions"]
    reasons = {code["reason"] for code in block["codes"] if not code["applied"]}
    types = {one["type"] for one in block["applied"]}
    return reason is None or reason in reasons, len(types), -len(visit.cart["lines"])


def print_cart(console: Console, visit: Visit) -> None:
    """Print a cart in full, as it was ordered: lines, discount per line, totals, points, and reasons for codes."""
    order, shipping = visit.order, visit.order["shipping"]
    whose = f"household {order['customer']}" if order["customer"] else "a guest"
    title = f"Cart {order['cart']} of {whose}"
    table = _table(title, "product", ">units", ">each", ">before", ">discount", ">after", "by")
    for line in order["lines"]:
        table.add_row(line["name"], str(line["quantity"]), money(line["unit_price"]), *_change(line, order, line["id"]))
    table.add_row(shipping["method"], "", "", *_change(shipping, order, SHIPPING))
    sums = [money(sum(one[name] for one in (*order["lines"], shipping))) for name in ("before", "discount", "after")]
    table.add_section()
    table.add_row("total", "", "", *sums, f"shown {money(visit.cart['total'])}, charged {money(order['total'])}")
    console.print(table)
    for credit in order["credits"]:
        console.print(f"  {credit['name']} pays {money(credit['amount'])}")
    for gift in order["points"]:
        console.print(f"  {gift['points']} points: {gift['name']}")
    for code in visit.cart["promotions"]["codes"]:
        became = "applied" if code["applied"] else f"{code['reason']}: {code['message']}"
        console.print(f"  {code['code']}: {became}")
    console.print()


def _change(line: Json, order: Json, line_id: str) -> list[str]:
    by = [f"{one['name']} {money(one['amount'])}" for one in order["discounts"] if one["line"] == line_id]
    return [*(money(line[name]) for name in ("before", "discount", "after")), ", ".join(by)]


def print_promotions(console: Console, promotions: Mapping[str, Json], books: Books) -> None:
    """Print a table of all promotions, as the API's metrics have them."""
    asked = Counter(plain(code) for grant in books.grants for code in grant.codes)
    counts = (">asked for", ">uses", ">customers", ">discount", ">limit", ">remaining")
    table = _table("Promotions", "promotion", "code", *counts)
    for promotion_id, body in promotions.items():
        uses, customers, cents = tally_of_metrics(books.metrics[promotion_id])
        limits = books.metrics[promotion_id].usage_limits
        code = body.get("promotion_code", "")
        table.add_row(
            body["promotion_name"],
            code,
            str(asked[plain(code)]) if code else "every cart",
            str(uses),
            str(customers),
            money(cents),
            str(limits.total_usage_limit or ""),
            "" if limits.current_usage.remaining_uses is None else str(limits.current_usage.remaining_uses),
        )
    console.print(table)


def print_types(console: Console, books: Books) -> None:
    """Print for each promotion type to how many baskets it applied and what it gave them, as the API granted it."""
    table = _table("Promotion types", "type", ">promotions", ">baskets", ">discount", ">points")
    promotions = Counter(promotion.promotion_type for promotion in books.metrics.values())
    gifts = [redemption.evaluation["applied"] for redemption in sold(books)]
    for name in sorted(promotions):
        baskets = sum(any(gift["type"] == name for gift in basket) for basket in gifts)
        given = [gift for basket in gifts for gift in basket if gift["type"] == name]
        points = sum(gift["points"] for gift in given)
        off = money(sum(gift["discount"] for gift in given))
        table.add_row(name, str(promotions[name]), str(baskets), off, str(points or ""))
    console.print(table)


def print_limits(console: Console, visits: Iterable[Visit], books: Books) -> None:
    """Print which promotions ran into a limit exactly, and how many carts came too late."""
    for promotion in books.metrics.values():
        limits, usage = promotion.usage_limits, promotion.usage_limits.current_usage
        for which, used, most in (
            ("limit", usage.total_used, limits.total_usage_limit),
            ("daily limit", usage.today_used, limits.daily_usage_limit),
        ):
            if used == most:
                console.print(
                    f"{promotion.promotion_code} ran into its {which}: {used} of {most} uses, and not one more."
                )
    told = Counter(
        (code["code"], code["reason"])
        for visit in visits
        for code in visit.cart["promotions"]["codes"]
        if not code["applied"] and code["reason"].startswith("limit_")
    )
    for (code, reason), carts in sorted(told.items()):
        console.print(f"  {code}: {carts} carts were shown {reason}.")


def print_opportunities(console: Console, visits: Iterable[Visit]) -> None:
    """Print how many carts were told what they lack, and one such sentence for each promotion."""
    told: dict[str, list[str]] = {}
    for visit in visits:
        for one in visit.cart["promotions"]["opportunities"]:
            told.setdefault(one["id"], []).append(one["message"])
    for messages in sorted(told.values(), key=len, reverse=True):
        console.print(f"  {len(messages)} carts were told what they lack, such as: {messages[0]}", markup=False)
    console.print()


def print_overhead(console: Console, overhead: Overhead) -> None:
    """Print what the middleware adds to a cart."""
    first, again = overhead.first - overhead.bare, overhead.again - overhead.bare
    console.print(
        f"The middleware's added time per cart: {again:.2f} ms, and {first:.2f} ms where it may ask the API: on a first"
        f" look.\n  Medians of GET /carts/{{cart}} over {overhead.carts} carts: without it {overhead.bare:.2f} ms, with"
        f" it {overhead.again:.2f} ms, at a first look {overhead.first:.2f} ms.\n"
    )


def print_values(console: Console, visits: Sequence[Visit], books: Books) -> None:
    """Print for each checkout with value stores what it took of each, from its ledger to the charge."""
    charges = dict(books.charges)
    bills = {bill.reference: bill for bill in books.bills}
    held = {one.reference: one for one in sold(books)}
    amounts = (">taken", ">API", ">order", ">recomputed")
    table = _table("From value store to charge", "checkout of", "value store", *amounts, ">charged")
    for visit in visits:
        reference, order = visit.order["reference"], visit.order
        taken = books.taken_values.get(reference, {})
        for place, (own_id, cents) in enumerate(taken.items()):
            bill = bills[reference]
            shares = bill.discounts.get(own_id)
            recomputed = sum(shares.values()) if shares else bill.credits.get(own_id, 0)
            ordered = sum(one["amount"] for one in order["discounts"] if one["promotion"] == own_id)
            ordered += sum(one["amount"] for one in order["credits"] if one["value_store"] == own_id)
            evaluation = held[reference].evaluation
            given = [one["discount"] for one in evaluation["applied"] if one["id"] == own_id]
            given += [one["amount"] for one in evaluation.get("credits", ()) if one["id"] == own_id]
            first = place == 0
            table.add_row(
                (order["customer"] or "a guest") if first else "",
                own_id,
                *map(money, (cents, sum(given), ordered, recomputed)),
                money(charges[reference]) if first else "",
            )
    console.print(table)
    for own_id, before in OPENED.items():
        console.print(f"  {own_id}: held {money(before)}, holds {money(books.held_values[own_id])}")
    console.print()


def print_ledgers(console: Console, dataset: Dataset, books: Books) -> None:
    """Print what the four ledgers add up to."""
    list_prices = sum(
        grant.shipping[1] + sum(dataset.products[one]["unit_price"] * quantity for one, quantity in grant.lines)
        for grant in books.grants
    )
    table = _table("Four ledgers", "ledger", ">checkouts", ">discounts", ">points", ">amount")
    held, orders, bills = sold(books), books.orders, books.bills
    credits_held = sum(one.evaluation["totals"]["credits"] for one in held)
    off = money(sum(one.undiscounted - one.amount_due for one in held) - credits_held)
    points = sum(gift["points"] for one in held for gift in one.evaluation["applied"])
    table.add_row("API: redemptions", str(len(held)), off, str(points), money(sum(one.amount_due for one in held)))
    given = money(sum(tally_of_metrics(one)[2] for one in books.metrics.values()))
    table.add_row("API: metrics, value stores apart", "", given, "", "")
    off = money(sum(discount["amount"] for order in orders for discount in order["discounts"]))
    points = sum(gift["points"] for order in orders for gift in order["points"])
    table.add_row("shop: orders", str(len(orders)), off, str(points), money(sum(one["total"] for one in orders)))
    charged = money(sum(amount for _, amount in books.charges))
    table.add_row("payments: charges", str(len(books.charges)), "", "", charged)
    due = sum(bill.due for bill in bills)
    paid = sum(sum(bill.credits.values()) for bill in bills)
    points = sum(sum(bill.points.values()) for bill in bills)
    table.add_row("recomputation", str(len(bills)), money(list_prices - due - paid), str(points), money(due))
    console.print(table)


def print_logs(console: Console, logs: Iterable[Path]) -> None:
    """Print what the servers had to say: warnings and errors."""
    for log in logs:
        if text := log.read_text().strip():
            console.print(f"\n{log.name}:\n{text}", markup=False)


def print_verdict(console: Console, books: Books, found: Sequence[str]) -> None:
    """Print whether the ledgers agree on all types, and every difference."""
    for difference in found:
        console.print(f"DIFFERENCE {difference}", markup=False)
    if found:
        console.print(f"\n{len(found)} differences.")
        return
    orders = len(books.orders)
    less = sum(order["total"] < books.shown[order["reference"]] for order in books.orders)
    console.print("All four agree to the cent, on every checkout, line and promotion.")
    console.print(
        f"Charged exactly what the shopper last saw: {orders - less} of {orders} orders; less: {less}; more: 0."
    )


def _table(title: str, *columns: str) -> Table:
    """Make a table; a column whose name begins with ``>`` holds numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    return table
