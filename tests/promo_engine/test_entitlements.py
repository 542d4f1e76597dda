"""Entitlements: read strictly, written back the same."""

from typing import Any

import pytest

from promo_engine import DocumentError, Entitlements, UsesLeft, read_entitlements, write_entitlements


def test_a_document_comes_back_the_same() -> None:
    entitlements = Entitlements({"p": UsesLeft(total=3, daily=0)})
    assert read_entitlements(write_entitlements(entitlements)) == entitlements


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "uses: is required"),
        ({"uses": []}, "uses: must be an object"),
        ({"uses": {"p": 3}}, r"uses\.p: must be an object"),
        ({"uses": {"p": {"totel": 3}}}, r"uses\.p\.totel: is not a known field; did you mean 'total'"),
        ({"uses": {"p": {"total": "3"}}}, r"uses\.p\.total: must be a whole number or null"),
        ({"uses": {"p": {"total": True}}}, r"uses\.p\.total: must be a whole number or null"),
    ],
)
def test_a_wrong_document_says_where(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_entitlements(document)
