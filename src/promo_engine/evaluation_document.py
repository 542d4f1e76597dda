"""The canonical document of an evaluation.

The shares of a promotion stand by line and by shipping entry, not by unit: of promotions that together take ``off``
from a line of ``n`` units, unit ``i`` (from 0) bears ``(off + n - 1 - i) // n``; what each of them takes follows from
their order. ``Evaluation.units`` does that. Source: PRICING.md section 3.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promo_engine.documents import Document, write_instant

if TYPE_CHECKING:
    from promo_engine.credits import Credit
    from promo_engine.discount import Discount
    from promo_engine.evaluation import Evaluation
    from promo_engine.priced import PricedLine, PricedShipping
    from promo_engine.reason import CodeResult


def write_evaluation(evaluation: "Evaluation", *, has_lines: bool = True) -> Document:
    """Write an evaluation: what it was computed from, all amounts, and what became of each promotion and code.

    ``credits`` is there where value stores pay something. What each line costs is left out where nobody looks at it.
    """
    document: Document = {
        "revision": evaluation.revision,
        "at": write_instant(evaluation.cart.at),
        "totals": write_totals(evaluation),
        "points": evaluation.points,
        "optimal": evaluation.is_optimal,
        "missed": evaluation.missed,
        **({"lines": [_priced_line(line) for line in evaluation.lines]} if has_lines else {}),
        "shipping": [_priced_shipping(entry) for entry in evaluation.shipping],
        "applied": [_applied(discount) for discount in evaluation.applied],
        "codes": [_code(result) for result in evaluation.codes],
        "opportunities": [one.document() for one in evaluation.opportunities],
    }
    return document | {"credits": [_credit(one) for one in evaluation.credits]} if evaluation.credits else document


def write_totals(evaluation: "Evaluation") -> Document:
    """Write the totals as documents and the storefront's block have them."""
    items, items_discount = evaluation.items, evaluation.items_discount
    shipping, shipping_discount = evaluation.shipping_total, evaluation.shipping_discount
    credit, currency = evaluation.credit, evaluation.cart.currency
    return {
        "items": items,
        "items_discount": items_discount,
        "shipping": shipping,
        "shipping_discount": shipping_discount,
        "tax": None,
        "credits": credit,
        "amount_due": items + shipping - items_discount - shipping_discount - credit,
        "currency": currency.code,
        "exponent": currency.exponent,
    }


def block_of(document: Mapping[str, Any]) -> Document:
    """Return the ``promotions`` block that a storefront shows of an evaluation document."""
    return {
        "applied": document["applied"],
        "codes": document["codes"],
        "opportunities": document["opportunities"],
        **({"credits": document["credits"]} if "credits" in document else {}),
        "totals": document["totals"],
        "revision": document["revision"],
    }


def _priced_line(line: "PricedLine") -> Document:
    name, quantity, unit_price, discount = line
    before = line.before
    return {
        "id": name,
        "quantity": quantity,
        "unit_price": unit_price,
        "before": before,
        "discount": discount,
        "after": before - discount,
    }


def _priced_shipping(entry: "PricedShipping") -> Document:
    return {"id": entry.id, "before": entry.before, "discount": entry.discount, "after": entry.after}


def _applied(discount: "Discount") -> Document:
    promotion = discount.promotion
    return {
        "id": promotion.id,
        "name": promotion.name,
        "type": promotion.type,
        "code": discount.code,
        "discount": discount.amount,
        "unapplied": discount.unapplied,
        "lines": _by_id(discount.lines),
        "shipping": _by_id(discount.shipping) if discount.shipping else {},
        "points": discount.points,
        "display": dict(promotion.display),
    }


def _by_id(shares: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(shares.items()) if len(shares) > 1 else shares)


def _credit(credit: "Credit") -> Document:
    return {"id": credit.id, "name": credit.name, "code": credit.code, "amount": credit.amount}


def _code(result: "CodeResult") -> Document:
    document: Document = {"code": result.code, "applied": result.reason is None}
    if result.reason is None:
        return document | {"promotion": result.promotion_id}
    params = dict(result.reason.params)
    return document | {"reason": result.reason.code, "params": params, "message": result.message}
