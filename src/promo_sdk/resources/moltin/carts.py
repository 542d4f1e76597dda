"""Carts of the Moltin contract, by ids of one's own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from promo_contracts.moltin import carts as models
from promo_contracts.moltin import routes
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call
from promo_sdk.resources.moltin._envelope import as_data, as_model, as_nothing, enveloped

Customer = models.Customer | Mapping[str, Any]
"""Who buys: ``{"id": …}``, or ``{"name": …, "email": …}``."""

Address = models.Address | Mapping[str, Any]

_ITEMS = as_model(models.ItemList)
_ORDER = as_data(as_model(models.OrderData))
_TAX = as_data(as_model(models.TaxData))
_CART = as_data(as_model(models.CartData))


def get_cart(cart_id: str, *, currency: str | None = None) -> Call[models.Cart]:
    """Return a cart and what it comes to; one that nobody has used is empty.

    Raises:
        InvalidRequest: it has goods in another currency (``MIXED_CURRENCIES``).
    """
    headers = _currency(currency)
    return Call(routes.GET_CART, _CART, params={"cart_id": cart_id}, headers=headers, is_repeatable=True)


def list_items(cart_id: str, *, currency: str | None = None) -> Call[models.ItemList]:
    """Return goods and promotions of a cart, in ``data``, and what they come to, in ``meta``.

    Raises:
        InvalidRequest: it has goods in another currency (``MIXED_CURRENCIES``).
    """
    headers = _currency(currency)
    return Call(routes.LIST_ITEMS, _ITEMS, params={"cart_id": cart_id}, headers=headers, is_repeatable=True)


def add_product(
    cart_id: str,
    *,
    amount: int,
    id: str | None = None,  # noqa: A002 - the contract's name
    sku: str | None = None,
    quantity: int = 1,
    name: str | None = None,
    description: str | None = None,
    includes_tax: bool = True,
    currency: str | None = None,
) -> Call[models.ItemList]:
    """Add a product, named by its id or its SKU; more of the same is one item.

    Args:
        cart_id: an id of your own.
        amount: what one unit costs, in minor units: the API has no catalogue.
        id: the product's id.
        sku: or its SKU.
        quantity: how many.
        name: for people.
        description: for people.
        includes_tax: whether the taxes that are added to it are in the amount.
        currency: of the cart; the company's if not given.

    Raises:
        InvalidRequest: a field is wrong, or the cart is in another currency.
    """
    price = {"amount": amount, "includes_tax": includes_tax}
    return _add(
        cart_id,
        currency,
        type="cart_item",
        id=id,
        sku=sku,
        name=name,
        description=description,
        quantity=quantity,
        price=price,
    )


def add_custom_item(
    cart_id: str,
    name: str,
    *,
    amount: int,
    quantity: int = 1,
    sku: str | None = None,
    description: str | None = None,
    includes_tax: bool = True,
    currency: str | None = None,
) -> Call[models.ItemList]:
    """Add something by its name, each time as an item of its own; see ``add_product``.

    Raises:
        InvalidRequest: a field is wrong, or the cart is in another currency.
    """
    price = {"amount": amount, "includes_tax": includes_tax}
    return _add(
        cart_id,
        currency,
        type="custom_item",
        sku=sku,
        name=name,
        description=description,
        quantity=quantity,
        price=price,
    )


def add_code(cart_id: str, code: str) -> Call[models.ItemList]:
    """Enter a code; the same one twice is one. ``meta.messages`` say what became of it.

    Raises:
        InvalidRequest: the cart is empty (``CART_EMPTY``), or has ten codes.
        NotFound: no promotion could be found with it, now (``CODE_NOT_FOUND``).
        Conflict: it has been used up (``USAGE_LIMIT_REACHED``).
    """
    return _add(cart_id, None, type="promotion_item", code=code)


def update_item(cart_id: str, item_id: str, *, quantity: int) -> Call[models.ItemList]:
    """Set how many of an item there are; 0 removes it.

    Raises:
        NotFound: the cart has no such item.
    """
    body = enveloped(models.ItemChange, quantity=quantity)
    return Call(routes.UPDATE_ITEM, _ITEMS, params=_item(cart_id, item_id), body=body, is_repeatable=True)


def delete_item(cart_id: str, item_id: str) -> Call[models.ItemList]:
    """Remove goods, or an entered code; the answer is what is left.

    Raises:
        NotFound: the cart has no such item.
    """
    return Call(routes.DELETE_ITEM, _ITEMS, params=_item(cart_id, item_id))


def delete_items(cart_id: str) -> Call[models.ItemList]:
    """Remove all goods and codes."""
    return Call(routes.DELETE_ITEMS, _ITEMS, params={"cart_id": cart_id}, is_repeatable=True)


def add_tax(
    cart_id: str,
    item_id: str,
    *,
    rate: Decimal | float,
    name: str | None = None,
    code: str | None = None,
    jurisdiction: str | None = None,
) -> Call[models.Tax]:
    """Add a tax to goods: 0.2 for 20 %. It is of each unit, and rounded for each.

    Raises:
        NotFound: the cart has no such item.
    """
    body = enveloped(models.TaxCreate, type="tax_item", rate=rate, name=name, code=code, jurisdiction=jurisdiction)
    return Call(routes.ADD_TAX, _TAX, params=_item(cart_id, item_id), body=body)


def delete_tax(cart_id: str, item_id: str, tax_id: str) -> Call[None]:
    """Take a tax from goods.

    Raises:
        NotFound: the cart has no such item, or that no such tax.
    """
    return Call(routes.DELETE_TAX, as_nothing, params={**_item(cart_id, item_id), "tax_id": tax_id})


def delete_cart(cart_id: str) -> Call[None]:
    """Delete a cart; what it was ordered as stays an order."""
    return Call(routes.DELETE_CART, as_nothing, params={"cart_id": cart_id}, is_repeatable=True)


def checkout(
    cart_id: str, *, customer: Customer, billing_address: Address, shipping_address: Address | None = None
) -> Call[models.Order]:
    """Make an order of a cart: its promotions are held, under the order's id, until it is paid or released.

    Settle it by ``client.redemptions.confirm(order.id)`` or ``release``. The cart stays, and asked for again it is the
    same order.

    Raises:
        InvalidRequest: a field is wrong, or the cart is empty (``CART_EMPTY``).
        Conflict: as it is, it was ordered and settled already (``CART_ORDERED``).
    """
    body = enveloped(
        models.Checkout, customer=customer, billing_address=billing_address, shipping_address=shipping_address
    )
    return Call(routes.CHECKOUT, _ORDER, params={"cart_id": cart_id}, body=body, is_repeatable=True)


def _add(cart_id: str, currency: str | None, **values: object) -> Call[models.ItemList]:
    body = enveloped(models.ItemCreate, **values)
    return Call(routes.ADD_ITEM, _ITEMS, params={"cart_id": cart_id}, headers=_currency(currency), body=body)


def _item(cart_id: str, item_id: str) -> dict[str, str]:
    return {"cart_id": cart_id, "item_id": item_id}


def _currency(currency: str | None) -> dict[str, str]:
    return {} if currency is None else {"X-MOLTIN-CURRENCY": currency}


class Carts(Resource):
    """Carts with goods and codes, their totals, and the orders that are made of them."""

    get: Final = endpoint(get_cart)
    items: Final = endpoint(list_items)
    add_product: Final = endpoint(add_product)
    add_custom_item: Final = endpoint(add_custom_item)
    add_code: Final = endpoint(add_code)
    update_item: Final = endpoint(update_item)
    delete_item: Final = endpoint(delete_item)
    delete_items: Final = endpoint(delete_items)
    add_tax: Final = endpoint(add_tax)
    delete_tax: Final = endpoint(delete_tax)
    delete: Final = endpoint(delete_cart)
    checkout: Final = endpoint(checkout)


class AsyncCarts(AsyncResource):
    """Carts with goods and codes, their totals, and the orders that are made of them."""

    get: Final = async_endpoint(get_cart)
    items: Final = async_endpoint(list_items)
    add_product: Final = async_endpoint(add_product)
    add_custom_item: Final = async_endpoint(add_custom_item)
    add_code: Final = async_endpoint(add_code)
    update_item: Final = async_endpoint(update_item)
    delete_item: Final = async_endpoint(delete_item)
    delete_items: Final = async_endpoint(delete_items)
    add_tax: Final = async_endpoint(add_tax)
    delete_tax: Final = async_endpoint(delete_tax)
    delete: Final = async_endpoint(delete_cart)
    checkout: Final = async_endpoint(checkout)
