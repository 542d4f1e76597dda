"""An evaluation as tables of text: amounts in major units, with as many decimals as the currency has.

Which library draws them is the command's business. Text that a shop or a shopper wrote is shown without control
characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from promo_engine.credits import Credit
from promo_engine.discount import Discount
from promo_engine.documents import canonical_json
from promo_engine.evaluation import Evaluation
from promo_engine.money import Currency
from promo_engine.priced import PricedLine, PricedShipping
from promo_engine.reason import Reason


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns and rows of text; the columns in ``numbers`` are numbers. A row without cells divides."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[str] = ()


def tables_of(evaluation: Evaluation, reasons: Mapping[str, Reason] | None = None) -> list[Table]:
    """Return the tables of an evaluation, those without rows left out; with one of ``reasons`` where they are given.

    >>> from promo_engine.pricing import evaluate
    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
    >>> cart, applied = tables_of(evaluate(a_cart(("MILK", 4990)), a_ruleset(percent_off(20))))
    >>> cart.rows[0], applied.rows[0][2]
    (('milk', 'MILK', '1', '49.90', '49.90', '9.98', '39.92'), '9.98')
    """
    tables = [
        _priced(evaluation),
        _applied(evaluation),
        _codes(evaluation),
        _opportunities(evaluation),
        _reasons(reasons or {}),
    ]
    return [table for table in tables if table.rows]


def closing_lines(evaluation: Evaluation) -> list[str]:
    """Return what is said below the tables: points, whether the result is optimal, and what names it."""
    currency = evaluation.currency
    lines = [f"Points: {evaluation.points}"] if evaluation.points else []
    if evaluation.is_optimal:
        lines.append("Optimal: no other set of promotions takes more off.")
    else:
        lines.append(f"Not all sets were looked at: another may take up to {_major(evaluation.missed, currency)} more.")
    return [*lines, f"Rules {evaluation.revision}", f"Receipt {evaluation.receipt()}"]


def _priced(evaluation: Evaluation) -> Table:
    currency = evaluation.currency
    skus = {line.id: line.sku or line.product_id for line in evaluation.cart.lines}
    methods = {entry.id: entry.method for entry in evaluation.cart.shipping}
    lines = [
        _row(line.id, skus[line.id], line.quantity, *_amounts(currency, line.unit_price, *_change(line)))
        for line in evaluation.lines
    ]
    parcels = [
        _row(entry.id, methods[entry.id] or "shipping", "", "", *_amounts(currency, *_change(entry)))
        for entry in evaluation.shipping
    ]
    price = evaluation.amount_due + evaluation.credit
    total: Iterable[str] = _amounts(currency, evaluation.undiscounted, evaluation.undiscounted - price, price)
    rows = [*lines, *([(), *parcels] if parcels else []), ()]
    if evaluation.credits:
        rows.append(_row("total", currency.code, "", "", *total))
        rows += [_paid(one, currency) for one in evaluation.credits]
        total = ["", "", _major(evaluation.amount_due, currency)]
    rows.append(_row("to pay", currency.code, "", "", *total))
    numbers = ("units", "price", "before", "discount", "after")
    return Table("Cart", ("line", "goods", *numbers), rows, numbers)


def _paid(credit: Credit, currency: Currency) -> tuple[str, ...]:
    return _row(credit.id, credit.code or credit.name, "", "", "", "", f"-{_major(credit.amount, currency)}")


def _change(priced: PricedLine | PricedShipping) -> tuple[int, int, int]:
    return priced.before, priced.discount, priced.after


def _applied(evaluation: Evaluation) -> Table:
    rows = [
        _row(_named(one), one.code or "", _major(one.amount, evaluation.currency), _shares(one, evaluation.currency))
        for one in evaluation.applied
    ]
    return Table("Applied", ("promotion", "code", "discount", "shares"), rows, ("discount",))


def _named(discount: Discount) -> str:
    name, promotion_id = discount.promotion.name, discount.promotion_id
    return name if name == promotion_id else f"{name} ({promotion_id})"


def _shares(discount: Discount, currency: Currency) -> str:
    shares = [f"{name} {_major(share, currency)}" for name, share in sorted(discount.lines.items())]
    shares += [f"{name} {_major(share, currency)}" for name, share in sorted(discount.shipping.items())]
    if discount.points:
        shares.append(f"{discount.points} points")
    if discount.unapplied:
        shares.append(f"{_major(discount.unapplied, currency)} not used up")
    return ", ".join(shares)


def _codes(evaluation: Evaluation) -> Table:
    rows = [
        _row(one.code, "applied" if one.reason is None else one.reason.code, one.promotion_id or one.message)
        for one in evaluation.codes
    ]
    return Table("Codes", ("code", "result", ""), rows)


def _opportunities(evaluation: Evaluation) -> Table:
    rows = [_row(one.promotion_id, one.message) for one in evaluation.opportunities]
    return Table("Opportunities", ("promotion", "what would make it apply"), rows)


def _reasons(reasons: Mapping[str, Reason]) -> Table:
    rows = [
        _row(promotion_id, reason.code, canonical_json(dict(reason.params)).decode() if reason.params else "")
        for promotion_id, reason in sorted(reasons.items())
    ]
    return Table("Why not", ("promotion", "reason", "in minor units"), rows)


def _row(*cells: object) -> tuple[str, ...]:
    return tuple(["".join(char if char.isprintable() else "�" for char in str(cell)) for cell in cells])


def _amounts(currency: Currency, *amounts: int) -> Iterable[str]:
    return [_major(amount, currency) for amount in amounts]


def _major(amount: int, currency: Currency) -> str:
    return f"{currency.major(amount):f}"
