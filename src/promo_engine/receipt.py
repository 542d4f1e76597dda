"""Receipts: what names an evaluation together with all that it was computed from, and how one is verified.

Errors: ``ReceiptError`` (a ``DocumentError``) names each part that differs. Source: PRICING.md
sections 3 and 7 (law 7).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from promo_engine.cart import Cart, write_cart
from promo_engine.documents import Document, DocumentError, canonical_json, join, read_object
from promo_engine.entitlements import UNKNOWN, Entitlements, write_entitlements
from promo_engine.evaluation import Evaluation
from promo_engine.pricing import evaluate
from promo_engine.ruleset import Ruleset

ENGINE = 1
"""The version of the engine's arithmetic: raised with every change after which some cart comes to other bytes."""


class ReceiptError(DocumentError):
    """A receipt of something else; ``problems`` are all parts that differ."""

    def __init__(self, problems: list[DocumentError]) -> None:
        super().__init__(problems[0].path, problems[0].problem, problems)


def receipt_document(evaluation: Evaluation) -> Document:
    """Return what a receipt is the SHA-256 of: the inputs of an evaluation, what computed it, and its result.

    ``cart``, ``entitlements`` and ``evaluation`` are the SHA-256 of these canonical documents; a guest's key is in none
    of them. Of the entitlements, the promotion types and the conditions only those count that this evaluation looked
    at: however many others are known or installed, the bytes are the same. ``types`` and ``conditions`` have the
    versions that are here, whatever the ruleset document says; null for one that is missing.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
    >>> document = receipt_document(evaluate(a_cart(("MILK", 500)), a_ruleset(percent_off(20))))
    >>> list(document), document["types"]
    (['engine', 'types', 'conditions', 'ruleset', 'entitlements', 'cart', 'evaluation'], {'percentage_discount': '1.0'})
    """
    seen = {*evaluation.reasons, *(one.promotion_id for one in evaluation.applied)}
    known = evaluation.ruleset.promotions
    promotions = [known[one] for one in sorted(seen) if one in known]  # others are value stores
    entitlements = evaluation.entitlements
    uses = {one.id: entitlements.uses[one.id] for one in promotions if one.is_limited and one.id in entitlements.uses}
    used = Entitlements(uses, entitlements.codes, entitlements.values)
    ruleset = evaluation.ruleset
    asked = {name for one in promotions for name in one.eligibility.conditions}
    return {
        "engine": ENGINE,
        "types": {name: ruleset.versions.get(name) for name in sorted({one.type for one in promotions})},
        "conditions": {name: ruleset.condition_versions.get(name) for name in sorted(asked)},
        "ruleset": evaluation.revision,
        "entitlements": receipt_of(write_entitlements(used)),
        "cart": receipt_of(write_cart(evaluation.cart)),
        "evaluation": receipt_of(evaluation.document()),
    }


def receipt_of(document: Document) -> str:
    """Return the SHA-256 of a document's canonical bytes, as ``sha256:…``."""
    return "sha256:" + hashlib.sha256(canonical_json(document)).hexdigest()


def verify(
    receipt: str | Mapping[str, Any], cart: Cart, ruleset: Ruleset, entitlements: Entitlements = UNKNOWN
) -> Evaluation:
    """Price a cart again, and return the evaluation if the receipt is that of it.

    The receipt is what ``Evaluation.receipt`` returned, which can say only that something differs, or the
    ``receipt_document``, which says what.

    Raises:
        ReceiptError: something differs. The result is compared only where all inputs agree: then a promotion type or
            the engine computes something else under the same version.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
    >>> ruleset = a_ruleset(percent_off(20))
    >>> receipt = receipt_document(evaluate(a_cart(("MILK", 500)), ruleset))
    >>> verify(receipt, a_cart(("MILK", 500)), ruleset).amount_due
    400
    >>> verify(receipt, a_cart(("MILK", 500)), a_ruleset(percent_off(30)))
    Traceback (most recent call last):
    promo_engine.receipt.ReceiptError: ruleset: is ... in the receipt, ... here
    """
    evaluation = evaluate(cart, ruleset, entitlements)
    document = receipt_document(evaluation)
    if isinstance(receipt, str):
        problems = [] if receipt == receipt_of(document) else [DocumentError("receipt", "is of another evaluation")]
    else:
        problems = list(_differences(read_object(receipt, "", required=[*document]), document))
    if problems:
        raise ReceiptError(problems)
    return evaluation


def _differences(receipt: Mapping[str, Any], document: Document) -> Iterator[DocumentError]:
    """Yield each part that is not the one of the receipt; the result only where the rest agrees."""
    stated, here = ({**one, **_by_name(one, "types"), **_by_name(one, "conditions")} for one in (receipt, document))
    is_same = True
    for part in sorted((stated.keys() | here.keys()) - {"types", "conditions", "evaluation"}):
        if stated.get(part) != here.get(part):
            is_same = False
            yield DocumentError(part, f"is {stated.get(part)} in the receipt, {here.get(part)} here")
    if is_same and receipt["evaluation"] != document["evaluation"]:
        yield DocumentError("evaluation", "comes to another result here")


def _by_name(document: Mapping[str, Any], part: str) -> dict[str, object]:
    versions = document[part]
    return {join(part, name): version for name, version in versions.items()} if isinstance(versions, Mapping) else {}
