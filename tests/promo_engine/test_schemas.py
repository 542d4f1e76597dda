"""The schemas say of a document what the engine's own readers and writers say."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from promo_engine import (
    DocumentError,
    Entitlements,
    KnownCode,
    UsesLeft,
    document_schema,
    evaluate,
    explain,
    read_cart,
    write_cart,
    write_entitlements,
)
from promo_engine.testing import a_cart, a_ruleset, percent_off

LINE = {"id": "l1", "unit_price": 5}
CART: dict[str, Any] = {"currency": "USD", "lines": [LINE]}


def is_valid(name: Any, value: object) -> bool:
    return bool(Draft202012Validator(document_schema(name), format_checker=FormatChecker()).is_valid(value))


@pytest.mark.parametrize("name", ["cart", "evaluation", "ruleset", "entitlements"])
def test_a_schema_is_a_schema(name: Any) -> None:
    Draft202012Validator.check_schema(document_schema(name))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"lines": []},
        {"exponent": None},
        {"currency": "POINTS", "exponent": 0},
        {"customer": None, "destination": None},
        {"customer": {"id": None, "segments": ["gold"], "order_count": 0, "facts": {"b2b": ""}, "guest": "g"}},
        {"shipping": [{"id": "s", "price": 0, "method": ""}], "codes": ["A", "a"], "channel": ""},
        {"lines": [LINE | {"quantity": 1_000_000, "floor_price": None, "attributes": {"a": ""}, "tags": ["x", "x"]}]},
        {"at": "2026-11-22T12:00:00+01:00"},
        {"lines": None},
        {"lines": [LINE | {"quantity": 0}]},
        {"lines": [LINE | {"quantity": 1.5}]},
        {"lines": [LINE | {"unit_price": -1}]},
        {"lines": [LINE | {"unit_price": 10**15 + 1}]},
        {"lines": [LINE | {"id": ""}]},
        {"lines": [LINE | {"id": "x" * 256}]},
        {"lines": [LINE | {"categories": "milk"}]},
        {"lines": [LINE | {"categories": [""]}]},
        {"lines": [LINE | {"tags": {}}]},
        {"lines": [LINE | {"tags": {"organic": 1}}]},
        {"lines": [LINE | {"attributes": {"a": 1}}]},
        {"lines": [LINE | {"discountable": None}]},
        {"lines": [LINE | {"skU": "x"}]},
        {"shipping": [{"id": "s"}]},
        {"customer": {"order_count": -1}},
        {"customer": {"guest_key": "a@b.c"}},
        {"destination": {"country": None}},
        {"codes": ["SPRING20"] * 11},
        {"codes": None},
        {"exponent": 9},
        {"currency": ""},
        {"at": None},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_cart_is_lawful_for_the_schema_where_it_is_for_the_reader(change: dict[str, Any]) -> None:
    cart = CART | change
    try:
        read_cart(cart)
    except DocumentError:
        assert not is_valid("cart", cart)
    else:
        assert is_valid("cart", cart)


def test_what_the_engine_writes_is_of_its_schemas() -> None:
    rules = {"min_purchase_amount": 1000, "applicable_items": ["TEA"]}
    ruleset = a_ruleset(percent_off(20, total_limit=3), percent_off(30, id="tea", rules=rules))
    cart = a_cart(("MILK", 129))
    entitlements = Entitlements({"promo": UsesLeft(total=3)})
    evaluation = evaluate(cart, ruleset, entitlements).document()
    explained = [one.document() for one in explain(cart, ruleset, entitlements)]
    assert explained
    assert is_valid("cart", write_cart(cart))
    assert is_valid("evaluation", evaluation)
    assert is_valid("evaluation", evaluation | {"explanations": explained})
    assert is_valid("ruleset", ruleset.document())
    assert is_valid("ruleset", a_ruleset(has_unlisted_codes=True).document())
    assert is_valid("entitlements", write_entitlements(entitlements))
    codes = {"a7": KnownCode("promo", 1), "b8": KnownCode("promo"), "c9": None}
    assert is_valid("entitlements", write_entitlements(Entitlements({}, codes)))
