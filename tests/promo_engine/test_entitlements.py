"""Entitlements: read strictly, written back the same."""

from typing import Any

import pytest

from promo_engine import DocumentError, Entitlements, KnownCode, UsesLeft, read_entitlements, write_entitlements


def test_a_document_comes_back_the_same() -> None:
    entitlements = Entitlements({"p": UsesLeft(total=3, daily=0)})
    assert read_entitlements(write_entitlements(entitlements)) == entitlements


def test_codes_come_back_the_same_too_and_stand_only_where_there_are_any() -> None:
    codes = {"a7": KnownCode("p", 1), "b8": KnownCode("q"), "c9": None}
    entitlements = Entitlements({}, codes)
    assert read_entitlements(write_entitlements(entitlements)) == entitlements
    assert "codes" not in write_entitlements(Entitlements())


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "uses: is required"),
        ({"uses": []}, "uses: must be an object"),
        ({"uses": {"p": 3}}, r"uses\.p: must be an object"),
        ({"uses": {"p": {"totel": 3}}}, r"uses\.p\.totel: is not a known field; did you mean 'total'"),
        ({"uses": {"p": {"total": "3"}}}, r"uses\.p\.total: must be a whole number or null"),
        ({"uses": {"p": {"total": True}}}, r"uses\.p\.total: must be a whole number or null"),
        ({"uses": {}, "codes": []}, "codes: must be an object"),
        ({"uses": {}, "codes": {"a7": "p"}}, r"codes\.a7: must be an object"),
        ({"uses": {}, "codes": {"a7": {}}}, r"codes\.a7\.promotion: is required"),
        ({"uses": {}, "codes": {"a7": {"promotion": 7}}}, r"codes\.a7\.promotion: must be the id of a promotion"),
        ({"uses": {}, "codes": {"a7": {"promotion": "p", "left": 0.5}}}, r"codes\.a7\.left: must be a whole number"),
        ({"uses": {}, "codes": {"a7": {"promotion": "p", "uses": 1}}}, r"codes\.a7\.uses: is not a known field"),
    ],
)
def test_a_wrong_document_says_where(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_entitlements(document)
