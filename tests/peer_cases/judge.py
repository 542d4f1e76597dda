"""A case, priced by the engine and held against what it expects."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promo_engine import Currency, Evaluation, code_form, evaluate
from promo_engine.testing import a_ruleset
from tests.peer_cases.fields import Fields, UnsupportedError
from tests.peer_cases.translate import translate

CASES = Path(__file__).parents[1] / "data" / "peer_cases"
"""The cases kept here."""

REASONS = {
    "unknown_code": {"not_found"},
    "expired": {"expired"},
    "not_started": {"not_started"},
    "disabled": {"paused"},
    "usage_limit": {"limit_total"},
    "customer_usage_limit": {"limit_customer"},
    "budget": {"limit_budget"},
    "min_purchase": {"minimum_purchase"},
    "max_purchase": {"maximum_purchase"},
    "min_quantity": {"quantity"},
    "product": {"no_matching_items", "required_items", "quantity", "minimum_purchase"},
    "segment": {"segment"},
    "tier": {"tier"},
    "country": {"region"},
    "method": {"shipping_method"},
    "currency": {"currency"},
}
"""Our reasons for each of the cases'; ``not_eligible`` says nothing in particular."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case went. ``differences`` say what is expected and what is here; ``unsupported`` what has no word here."""

    id: str
    is_universal: bool
    differences: tuple[str, ...] = ()
    unsupported: str = ""

    @property
    def outcome(self) -> str:
        """One word for it: ``pass``, ``fail`` or ``unsupported``."""
        if self.unsupported:
            return "unsupported"
        return "fail" if self.differences else "pass"


def read_cases(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Read the cases of each project: one file of a folder."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def judge(case: Mapping[str, Any]) -> Verdict:
    """Price a case and compare every figure that it states.

    >>> line = {"id": "l1", "sku": "a", "unit_price": "5.00", "quantity": 2}
    >>> case = {"id": "x", "universal": True, "currency": "USD", "cart": {"lines": [line]}}
    >>> judge(case | {"expect": {"subtotal": "10.00", "grand_total": "9.00"}}).differences
    ('grand_total 9.00, here 10.00',)
    """
    try:
        cart, promotions, entitlements = translate(case)
        evaluation = evaluate(cart, a_ruleset(*promotions), entitlements)
        expected = Fields(case["expect"], "expect", cart.currency)
        differences = tuple(_differences(expected, evaluation))
        expected.check_read()
    except UnsupportedError as error:
        return Verdict(case["id"], case["universal"], unsupported=str(error))
    return Verdict(case["id"], case["universal"], differences)


def _differences(expected: Fields, evaluation: Evaluation) -> Iterator[str]:
    currency = evaluation.currency
    here = {
        "subtotal": evaluation.items,
        "discount_total": evaluation.items_discount,
        "shipping_total": evaluation.shipping_total - evaluation.shipping_discount,
        "shipping_discount_total": evaluation.shipping_discount,
        "grand_total": evaluation.amount_due,
    }
    yield from _amounts(expected, here, currency)
    lines = expected.part("line_discounts")
    yield from _amounts(lines, {line.id: line.discount for line in evaluation.lines}, currency, "line ")
    if expected.has("applied"):
        theirs = set(expected.texts("applied"))
        ours = {discount.promotion_id for discount in evaluation.applied if discount.amount}
        if theirs != ours:
            yield f"applied {_list(theirs)}, here {_list(ours)}"
    if expected.has("rejected"):
        yield from _rejected(expected.take("rejected"), evaluation)


def _amounts(expected: Fields, here: Mapping[str, int], currency: Currency, what: str = "") -> Iterator[str]:
    for name, ours in here.items():
        theirs = expected.amount(name)
        if theirs is not None and theirs != ours:
            yield f"{what}{name} {currency.major(theirs)}, here {currency.major(ours)}"


def _rejected(expected: Mapping[str, str], evaluation: Evaluation) -> Iterator[str]:
    """Compare the codes that were refused, and why, where the reason is one of ours."""
    theirs = {code_form(code): reason for code, reason in expected.items()}
    ours = {code_form(result.code): result.reason.code for result in evaluation.codes if result.reason}
    if theirs.keys() != ours.keys():
        yield f"rejected {_list(theirs)}, here {_list(ours)}"
    for code in sorted(theirs.keys() & ours.keys()):
        if ours[code] not in REASONS.get(theirs[code], {ours[code]}):
            yield f"{code} rejected for {theirs[code]}, here {ours[code]}"


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(sorted(names))}]"
