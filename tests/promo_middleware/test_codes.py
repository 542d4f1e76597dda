"""The codes that shoppers typed: a list, one alone, or those that stand inside of others."""

from typing import Any

import pytest

from promo_middleware import CartMapping, MappingError
from promo_middleware.codes import codes_at


def test_codes_may_stand_inside_of_a_lists_objects() -> None:
    document = {"coupons": [{"code": "FIVE", "label": "Five off"}, {"code": "TEN"}, {"code": None}]}
    assert codes_at(document, "coupons[].code") == ["FIVE", "TEN"]


@pytest.mark.parametrize(
    ("found", "codes"),
    [("FIVE", ["FIVE"]), (7, ["7"]), (None, []), ("", []), ([], []), (["FIVE", None, 7], ["FIVE", "7"])],
    ids=str,
)
def test_a_text_alone_is_one_code_and_nothing_is_none(found: Any, codes: list[str]) -> None:
    assert codes_at({"coupon_code": found}, "coupon_code") == codes


def test_a_handlers_tuple_is_a_list_of_codes() -> None:
    assert codes_at({"codes": ("FIVE", "TEN")}, "codes") == ["FIVE", "TEN"]


@pytest.mark.parametrize(
    ("found", "path", "said"),
    [
        ([{"code": "FIVE"}], "codes", "codes[0]: must be text, not an object; perhaps codes[].code"),
        (["A", {"label": "FIVE"}], "codes", "codes[1]: must be text, not an object; perhaps codes[].label"),
        ([{"of": []}], "codes", "codes[0]: must be text, not an object"),
        ({"code": "FIVE"}, "codes", "codes: must be text, not an object; perhaps codes.code"),
        ([{"is": {"code": "FIVE"}}], "codes[].is", "codes[].is: must be text, not an object; perhaps codes[].is.code"),
        ([["FIVE"]], "codes", "codes[0]: must be text, not a list"),
        ([True], "codes", "codes[0]: must be text, not a number or flag"),
        ([1.5], "codes", "codes[0]: must be text, not a number or flag"),
        ({"FIVE"}, "codes", "codes: must be text, not a Python set"),
    ],
)
def test_what_is_no_code_is_named_and_never_taken_for_one(found: Any, path: str, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        codes_at({"codes": found}, path)
    assert str(caught.value) == said


def test_a_mapping_reads_codes_inside_of_others() -> None:
    line = {"id": "a", "sku": "TEA", "unit_price": 500, "quantity": 1}
    document = {"currency": "EUR", "lines": [line], "total": 500, "applied": [{"code": "FIVE"}]}
    assert CartMapping(codes="applied[].code").read(document).codes == ("FIVE",)
