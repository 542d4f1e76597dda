"""What a receipt covers, and what verifying one finds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from promo_engine import (
    Customer,
    DocumentError,
    Entitlements,
    KnownCode,
    PromotionType,
    ReceiptError,
    Ruleset,
    UsesLeft,
    canonical_json,
    evaluate,
    read_ruleset,
    receipt_document,
    verify,
)
from promo_engine.testing import a_cart, a_ruleset, installed_types, percent_off, uses_left

LIMITED = percent_off(10, id="few", code="FEW10", total_limit=5)
RULESET = a_ruleset(percent_off(20, id="spring", code="SPRING20"), LIMITED)
CART = a_cart(("MILK", 4990), ("TEA", 1000), codes=["SPRING20", "OLD"])


def differing(receipt: str | Mapping[str, Any], *inputs: Any) -> list[str]:
    """Return the parts that do not agree with a receipt."""
    try:
        verify(receipt, *inputs)
    except ReceiptError as error:
        return [one.path for one in error.problems]
    return []


def newer(ruleset: Ruleset, name: str = "percentage_discount") -> Ruleset:
    """Read a ruleset where another version of a type is installed."""

    class Newer(type(installed_types()[name])):  # type: ignore[misc]
        version = "1.1"

    types: dict[str, PromotionType[Any]] = dict(installed_types()) | {name: Newer()}
    return read_ruleset(json.loads(canonical_json(ruleset.document())), types)


def test_the_same_evaluation_has_the_same_receipt() -> None:
    again = a_cart(("TEA", 1000), ("MILK", 4990), codes=["OLD", "SPRING20"])
    receipt = evaluate(CART, RULESET).receipt()
    assert receipt == evaluate(again, RULESET).receipt()
    assert receipt.startswith("sha256:")
    assert verify(receipt, again, RULESET).amount_due == 4792


def test_a_receipt_read_back_from_json_is_verified() -> None:
    receipt = json.loads(canonical_json(receipt_document(evaluate(CART, RULESET))))
    assert differing(receipt, CART, RULESET) == []


def test_each_input_that_is_another_one_is_named() -> None:
    codes = a_cart(("MILK", 4990), ("TEA", 1000), codes=["SPRING20", "FEW10"])
    receipt = receipt_document(evaluate(codes, RULESET, uses_left(few=5)))
    dearer = a_cart(("MILK", 4991), ("TEA", 1000), codes=["SPRING20", "FEW10"])
    assert differing(receipt, dearer, RULESET, uses_left(few=5)) == ["cart"]
    assert differing(receipt, codes, RULESET, uses_left(few=4)) == ["entitlements"]
    assert differing(receipt, codes, RULESET.changed(percent_off(5, id="more")), uses_left(few=5)) == ["ruleset"]
    assert differing(receipt, dearer, RULESET) == ["cart", "entitlements"]


def test_a_receipts_name_alone_says_only_that_something_differs() -> None:
    receipt = evaluate(CART, RULESET).receipt()
    assert differing(receipt, CART.moved_to(CART.at.replace(hour=13)), RULESET) == ["receipt"]


def test_the_versions_are_those_that_are_here_not_those_of_the_ruleset_document() -> None:
    there, here = RULESET, newer(RULESET)
    assert here.types == there.types
    assert here.revision == there.revision
    receipt = receipt_document(evaluate(CART, there))
    with pytest.raises(ReceiptError, match=r"types.percentage_discount: is 1.0 in the receipt, 1.1 here"):
        verify(receipt, CART, here)


def test_a_type_that_is_missing_here_is_named() -> None:
    receipt = receipt_document(evaluate(CART, RULESET))
    others = {name: installed_types()[name] for name in installed_types() if name != "percentage_discount"}
    here = read_ruleset(RULESET.document(), others)
    assert receipt_document(evaluate(CART, here))["types"] == {"percentage_discount": None}
    assert differing(receipt, CART, here) == ["types.percentage_discount"]


def test_neither_other_types_nor_what_is_known_of_other_promotions_change_a_receipt() -> None:
    receipt = evaluate(CART, RULESET).receipt()
    assert evaluate(CART, newer(RULESET, "bundle_deal")).receipt() == receipt
    assert evaluate(CART, RULESET, uses_left(few=5, other=3)).receipt() == receipt
    assert evaluate(CART, RULESET, Entitlements({"spring": UsesLeft()})).receipt() == receipt


def test_a_receipt_covers_what_the_carts_own_codes_stand_for() -> None:
    ruleset = a_ruleset(percent_off(20, id="spring", code="SPRING20"), LIMITED, has_unlisted_codes=True)
    known = Entitlements({}, {"old": KnownCode("spring", 1)})
    receipt = evaluate(CART, ruleset, known).receipt()
    assert verify(receipt, CART, ruleset, known).amount_due == 4792
    assert differing(receipt_document(evaluate(CART, ruleset, known)), CART, ruleset) == ["entitlements"]
    assert differing(receipt_document(evaluate(CART, ruleset, known)), CART, RULESET, known) == ["ruleset"]
    others = {"strange": None, "spring20": KnownCode("few"), **known.codes}
    assert evaluate(CART, ruleset, Entitlements({}, others)).receipt() == receipt


def test_another_result_of_the_same_inputs_is_named_as_such() -> None:
    receipt = receipt_document(evaluate(CART, RULESET)) | {"evaluation": "sha256:0"}
    assert differing(receipt, CART, RULESET) == ["evaluation"]
    assert differing(receipt | {"engine": 0}, CART, RULESET) == ["engine"]


def test_a_guests_key_is_in_no_receipt() -> None:
    one, other = (a_cart(("MILK", 4990), customer=Customer(guest_key=key)) for key in ("a@b.example", "c@d.example"))
    assert receipt_document(evaluate(one, RULESET)) == receipt_document(evaluate(other, RULESET))
    hashed = a_cart(("MILK", 4990), customer=Customer(guest="9f3c"))
    assert evaluate(hashed, RULESET).receipt() != evaluate(one, RULESET).receipt()


@pytest.mark.parametrize("wrong", [{}, {"engine": 1}, []], ids=str)
def test_what_is_no_receipt_is_refused(wrong: Any) -> None:
    with pytest.raises(DocumentError):
        verify(wrong, CART, RULESET)
