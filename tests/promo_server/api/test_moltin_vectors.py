"""The published worked examples of the Moltin contract, through HTTP: their numbers as they stand."""

from pathlib import Path
from typing import Any

import pytest

from promo_contracts import read_json
from tests.promo_server.moltin_shop import Moltin, promotions_in

DATA = Path(__file__).parents[2] / "data"
VECTORS: dict[str, Any] = {one["id"]: one for one in read_json((DATA / "seed_vectors_moltin.json").read_bytes())}
OUT_OF_SCOPE = {"moltin-02", "moltin-08", "moltin-10", "moltin-13"}  # line method, x_for_y, caps, the builder
ARITHMETIC = {"moltin-01"}  # its table cuts 1.998 to 1.99: judged by unit tax 200, tax 600, line 3597, total 2600
CODE = "SAVE10%"


async def given(moltin: Moltin, vector: Any) -> None:
    """Create the promotion and fill the cart."""
    promotion = vector["given"].get("promotion")
    currency = vector["given"].get("currency", "USD")
    code = vector["request"].get("add", {}).get("code", CODE)
    if promotion is not None:
        value = {name: promotion[name] for name in ("amount", "percentage") if name in promotion}
        schema = {"currencies": [{"currency": currency, **value}]}
        await moltin.promote(code, promotion_type=promotion["promotion_type"], schema=schema)
    items = vector["request"].get("items", [])
    if not items and vector["given"].get("cart") != "empty":
        items = [{"unit_price": 1000, "quantity": 1}]
    for place, item in enumerate(items):
        added = await moltin.add(
            "c",
            item["unit_price"],
            item["quantity"],
            sku=item.get("sku", f"item{place}"),
            includes_tax=item.get("includes_tax", "tax_rate" not in item),
            X_MOLTIN_CURRENCY=currency,
        )
        if item.get("tax_rate"):
            tax = {"type": "tax_item", "rate": item["tax_rate"]}
            await moltin.call("POST", f"/carts/c/items/{added['data'][-1]['id']}/taxes", tax, status=201)


@pytest.mark.parametrize("name", [name for name in VECTORS if name not in OUT_OF_SCOPE | ARITHMETIC])
async def test_a_cart_gives_the_published_numbers(moltin: Moltin, name: str) -> None:
    vector, expected = VECTORS[name], VECTORS[name]["expect"]
    await given(moltin, vector)
    code = vector["request"].get("add", {}).get("code", CODE)
    answer = await moltin.enter(code, status=expected.get("status", 201))
    if "errors" in answer:
        check_error(answer["errors"], expected)
        return
    display = answer["meta"]["display_price"]
    if "discount" in expected:
        assert promotions_in(answer) == [(code, expected["discount"])]
    for field in {"with_tax", "without_tax"} & expected.keys():
        assert display[field]["amount"] == expected[field]
    assert display["with_tax"]["amount"] == expected.get("total", display["with_tax"]["amount"])
    assert display["with_tax"]["formatted"] == expected.get("formatted", display["with_tax"]["formatted"])
    check_promotion_item(answer, expected)


def check_error(errors: Any, expected: Any) -> None:
    (error,) = errors
    for wanted in expected.get("errors", [{"detail": expected.get("detail")}]):
        assert wanted.items() <= error.items()


def check_promotion_item(answer: Any, expected: Any) -> None:
    if "promotion_item" not in expected:
        return
    wanted = expected["promotion_item"]
    (item,) = [one for one in answer["data"] if one["type"] == "promotion_item"]
    assert (item["unit_price"]["amount"], item["value"]["amount"]) == (wanted["unit_price"], wanted["value"])
    assert item["unit_price"]["includes_tax"] is wanted["includes_tax"]
    assert (item["quantity"], item["sku"]) == (wanted["quantity"], wanted["sku"])
    (message,) = answer["meta"]["messages"]
    assert expected["message"].items() <= message.items()
    assert message["source"] == {"type": "promotion_item", "id": item["id"]}


async def test_the_simple_method_arithmetically(moltin: Moltin) -> None:
    vector = VECTORS["moltin-01"]
    await given(moltin, vector)
    answer = await moltin.enter(CODE)
    lines = [one["meta"]["display_price"] for one in answer["data"]]
    assert lines[0]["tax"]["unit"]["amount"] == 200
    assert [line["without_tax"]["value"]["amount"] for line in lines[:2]] == [2997, 3]
    assert [line["tax"]["value"]["amount"] for line in lines[:2]] == [600, 0]
    assert [line["with_tax"]["value"]["amount"] for line in lines] == [3597, 3, vector["expect"]["discount"]]
    display = answer["meta"]["display_price"]
    assert (display["tax"]["amount"], display["with_tax"]["amount"]) == (600, 2600)


def test_all_that_is_in_scope_is_played() -> None:
    assert VECTORS.keys() - OUT_OF_SCOPE - ARITHMETIC == {"moltin-03", "moltin-05", "moltin-06", "moltin-12"}
