"""What the engine finds wrong is said of the shop's own paths."""

from typing import Any

import pytest

from promo_engine import Currency
from promo_middleware import CartMapping, MappingError, Shipments
from promo_middleware.pipeline import read_shop_cart
from promo_middleware.till import Till

SHOP = CartMapping(
    currency=Currency.of("EUR"),
    lines="items",
    line_id="no",
    sku="article.sku",
    unit_price="price",
    quantity="qty",
    categories="kinds",
    discountable="is_reducible",
    line_total="sum",
    shipping=Shipments(entries="parcels", id="no", price="cost", method="by"),
    customer_id="user.id",
    channel="via",
    total="due",
)


def item(**fields: Any) -> dict[str, Any]:
    article = {"article": {"sku": "TEA"}, "kinds": [], "is_reducible": True}
    return {"no": "a", "price": 500, "qty": 2, "sum": 1000} | article | fields


def cart(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    lines = list(items) or [item()]
    return {"items": lines, "parcels": [], "user": {"id": 7}, "via": "web", "due": 1000 * len(lines)} | fields


def parcel(**fields: Any) -> dict[str, Any]:
    return {"no": "p1", "cost": 0, "by": "post"} | fields


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (cart(item(qty=0)), "items[0].qty: must be a whole number from 1 to 1000000, not 0"),
        (cart(item(qty=1.5)), "items[0].qty: must be a whole number, not 1.5"),
        (cart(item(price=-1)), "items[0].price: must be a whole number from 0"),
        (cart(item(no="")), "items[0].no: must have 1 to 255 characters"),
        (cart(item(no={"value": 1})), "items[0].no: must be text, not an object; perhaps no.value"),
        (cart(item(article={"sku": []})), "items[0].article.sku: must be text, not a list"),
        (cart(item(kinds=[7])), "items[0].kinds[0]: must be a string, not"),
        (cart(item(is_reducible="yes")), "items[0].is_reducible: must be true or false"),
        (cart(item(), item()), "items[1].no: is used twice: 'a'"),
        (cart(item(sum="1000")), "items[0].sum: must be an integer of minor units, not '1000'"),
        (cart(item(sum=999)), "items[0].sum: the line comes to 1000, the shop says 999: off by -1"),
        (cart(parcels=[parcel(cost=-1)]), "parcels[0].cost: must be a whole number from 0"),
        (cart(parcels=[parcel(by="x" * 256)]), "parcels[0].by: must have 0 to 255 characters"),
        (cart(parcels=[parcel(), parcel()]), "parcels[1].no: is used twice: 'p1'"),
        (cart(parcels=[parcel(no=f"{i}") for i in range(1001)]), "parcels: must have at most 1000 entries"),
        (cart(*[item(no=f"{i}") for i in range(1001)]), "items: must have at most 1000 entries"),
        (cart(user={"id": "x" * 256}), "user.id: must have 1 to 255 characters"),
        (cart(user={"id": {"id": 7}}), "user.id: must be text, not an object; perhaps user.id.id"),
        (cart(via="x" * 256), "via: must have 0 to 255 characters"),
    ],
    ids=[*"abcdefghijklmnopqrs"],
)
def test_an_error_names_the_path_that_the_mapping_has(document: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_shop_cart(document, Till(SHOP))
    assert str(caught.value).startswith(said)


def test_an_id_that_is_used_twice_is_found_among_the_shops_own_lines() -> None:
    mapping = SHOP.changed(unit_price=None, line_price="sum", line_total=None)
    document = cart(item(no="odd", sum=1001), item(), item())
    with pytest.raises(MappingError, match=r"^items\[2\]\.no: is used twice: 'a'"):
        mapping.read(document)


def test_an_id_that_the_middleware_makes_may_not_be_a_lines_own() -> None:
    mapping = SHOP.changed(other=["fee"])
    with pytest.raises(MappingError, match=r"^items: is used twice: 'other:fee'"):
        mapping.read(cart(item(no="other:fee"), fee=5))


def test_lines_that_are_the_document_are_named_by_their_place() -> None:
    mapping = CartMapping(currency=Currency.of("EUR"), lines="")
    line = {"id": "a", "sku": "TEA", "unit_price": 500, "quantity": 1}
    with pytest.raises(MappingError, match=r"^\[1\]\.id: is used twice"):
        mapping.read([line, line])
