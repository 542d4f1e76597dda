"""Whether an evaluation document adds up: what somebody else computed is not believed, but checked.

The document is read back into values and written again from the cart: each field that we write must come out the same.
That promotions allow these discounts is another question, which only pricing again answers. Errors: ``DocumentError``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from promo_engine.cart import Cart, code_form
from promo_engine.checks import check_flag, check_text, check_unique, check_whole
from promo_engine.credits import Credit
from promo_engine.discount import Discount
from promo_engine.documents import DocumentError, join, json_type
from promo_engine.evaluation import Evaluation
from promo_engine.evaluation_document import write_evaluation
from promo_engine.money import MAX_AMOUNT
from promo_engine.needs import Need, Opportunity, Part, Wanted
from promo_engine.promotion import Promotion, Schedule
from promo_engine.reason import REASONS, CodeResult, Reason


def check_evaluation(document: object, cart: Cart) -> None:
    """Check that an evaluation document adds up, and is one of this cart at its moment: every field that we write.

    Fields of the document that are unknown here are not looked at.

    Raises:
        DocumentError: says which field does not, and what it must be.
    """
    try:
        evaluation = _read_evaluation(document, cart)
        _check_shares(evaluation)
        _check_codes(evaluation)
        written = write_evaluation(evaluation)
    except (KeyError, TypeError, AttributeError):
        raise DocumentError("", "is not an evaluation document") from None
    for name, value in written.items():
        _check_same(document, name, value, "")


@dataclass(frozen=True, slots=True)
class _Stated:
    """The ruleset as far as an evaluation document states it."""

    revision: str
    promotions: Mapping[str, Promotion] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    condition_versions: Mapping[str, str] = field(default_factory=dict)


def _read_evaluation(document: Any, cart: Cart) -> Evaluation:
    check_text(document["revision"], "revision")
    check_whole(document["missed"], "missed", least=0, most=MAX_AMOUNT)
    applied = [_read_discount(one, f"applied[{i}]", cart) for i, one in enumerate(document["applied"])]
    codes = [_read_code(one, f"codes[{i}]") for i, one in enumerate(document["codes"])]
    chances = [_read_opportunity(one, f"opportunities[{i}]") for i, one in enumerate(document["opportunities"])]
    paid = [_read_credit(one, f"credits[{i}]") for i, one in enumerate(document.get("credits", ()))]
    stated, missed = _Stated(document["revision"]), document["missed"]
    return Evaluation(cart, stated, applied, codes, chances, missed=missed, credits=paid)


def _read_discount(document: Mapping[str, Any], path: str, cart: Cart) -> Discount:
    check_text(document["id"], f"{path}.id")
    for name in ("discount", "unapplied", "points"):
        check_whole(document[name], f"{path}.{name}", least=0, most=MAX_AMOUNT)
    for shares in ("lines", "shipping"):
        for name, share in document[shares].items():
            check_whole(share, f"{path}.{shares}.{name}", least=1, most=MAX_AMOUNT)
    for name in ("name", "type"):
        _check_string(document[name], f"{path}.{name}")
    for name, text in document["display"].items():
        _check_string(text, f"{path}.display.{name}")
    promotion = Promotion(
        id=document["id"],
        name=document["name"],
        type=document["type"],
        rules=None,
        currency=cart.currency,
        schedule=Schedule(cart.at, cart.at),
        display=document["display"],
    )
    amounts = [document[name] for name in ("code", "discount", "lines", "shipping", "unapplied", "points")]
    return Discount(promotion, *amounts)


def _read_credit(document: Mapping[str, Any], path: str) -> Credit:
    check_text(document["id"], f"{path}.id")
    _check_string(document["name"], f"{path}.name")
    check_whole(document["amount"], f"{path}.amount", least=1, most=MAX_AMOUNT)
    return Credit(document["id"], document["name"], document["code"], document["amount"])


def _read_code(document: Mapping[str, Any], path: str) -> CodeResult:
    if document["applied"] is True:
        return CodeResult(document["code"], document["promotion"])
    if document["reason"] not in REASONS:
        raise DocumentError(f"{path}.reason", "is not a reason that we know")
    _check_string(document["message"], f"{path}.message")
    return CodeResult(document["code"], None, Reason(document["reason"], document["params"]), document["message"])


def _read_opportunity(document: Mapping[str, Any], path: str) -> Opportunity:
    for name in ("id", "message"):
        _check_string(document[name], f"{path}.{name}")
    _check_bound(document["at_most"], f"{path}.at_most")
    needs = [_read_need(one, f"{path}.needs[{i}]") for i, one in enumerate(document["needs"])]
    if not needs:
        raise DocumentError(f"{path}.needs", "must not be empty")
    return Opportunity(document["id"], needs, document["message"], document["at_most"])


def _read_need(document: Mapping[str, Any], path: str) -> Need:
    check_flag(document["after_discounts"], f"{path}.after_discounts")
    parts = [_read_part(one, f"{path}.goods[{i}]") for i, one in enumerate(document["goods"])]
    need = Need(document["kind"], tuple(parts), document["after_discounts"])
    if not need.is_lawful:
        raise DocumentError(path, "asks for nothing that we know")
    return need


def _read_part(document: Mapping[str, Any], path: str) -> Part:
    check_whole(document["missing"], f"{path}.missing", least=1, most=MAX_AMOUNT)
    bounds = ("min_unit_price", "max_unit_price")
    for name in bounds:
        _check_bound(document[name], f"{path}.{name}")
    items = tuple([_read_names(names, f"{path}.items[{i}]") for i, names in enumerate(document["items"])])
    excluded = _read_names(document["excluded"], f"{path}.excluded")
    return Part(document["missing"], Wanted(items, excluded, *(document[name] for name in bounds)))


def _read_names(names: Iterable[object], path: str) -> tuple[str, ...]:
    for name in names:
        _check_string(name, path)
    return tuple(map(str, names))


def _check_bound(value: object, path: str) -> None:
    if value is not None:
        check_whole(value, path, least=0, most=MAX_AMOUNT)


def _check_shares(evaluation: Evaluation) -> None:
    """Check that shares make up their discount, are of this cart, and leave no price below zero."""
    ids = {"lines": {line.id for line in evaluation.lines}, "shipping": {entry.id for entry in evaluation.shipping}}
    check_unique([discount.promotion_id for discount in evaluation.applied], "applied")
    for i, discount in enumerate(evaluation.applied):
        if discount.amount != sum(discount.lines.values()) + sum(discount.shipping.values()):
            raise DocumentError(f"applied[{i}].discount", "does not add up with its shares")
        for part, known in ids.items():
            for name in getattr(discount, part):
                if name not in known:
                    raise DocumentError(f"applied[{i}].{part}.{name}", "is not in the cart")
    for part in ids:
        for i, priced in enumerate(getattr(evaluation, part)):
            if priced.after < 0:
                raise DocumentError(f"{part}[{i}].discount", "is more than the price")
    check_unique([one.id for one in evaluation.credits], "credits")
    if evaluation.amount_due < 0:
        raise DocumentError("credits", "are more than what is left to pay")


def _check_codes(evaluation: Evaluation) -> None:
    """Check that each code of the cart has its result, and that what a code applied is applied by it."""
    ordered = sorted(evaluation.cart.codes, key=lambda code: (code_form(code), code))
    if [result.code for result in evaluation.codes] != ordered:
        raise DocumentError("codes", "are not those of the cart")
    by_code = {(one.promotion_id, one.code) for one in evaluation.applied if one.code is not None}
    by_code |= {(one.id, one.code) for one in evaluation.credits if one.code is not None}
    if by_code != {(result.promotion_id, result.code) for result in evaluation.codes if result.reason is None}:
        raise DocumentError("codes", "do not agree with what is applied")
    applied = {one.promotion_id for one in evaluation.applied}
    for i, one in enumerate(evaluation.opportunities):
        if one.promotion_id in applied:
            raise DocumentError(f"opportunities[{i}].id", "is applied already")


def _check_same(stated: Any, key: Any, written: object, path: str) -> None:
    """Check that a field is there and is what we would write: of the same type and value, with nothing beside it."""
    path = f"{path}[{key}]" if isinstance(key, int) else join(path, key)
    try:
        value = stated[key]
    except (KeyError, IndexError):
        raise DocumentError(path, "is required") from None
    is_alike = type(value) is type(written)
    if is_alike and isinstance(written, dict | list) and len(value) <= len(written):
        for child, right in written.items() if isinstance(written, dict) else enumerate(written):
            _check_same(value, child, right, path)
    elif not is_alike or value != written:
        shown = written if isinstance(written, str | int) else json_type(written)
        raise DocumentError(path, f"does not add up with the cart: must be {shown}")


def _check_string(value: object, path: str) -> None:
    if not isinstance(value, str):
        raise DocumentError(path, f"must be a string, not {json_type(value)}")
