"""Carts of the Moltin contract: items, taxes, totals, and the order that a checkout makes. Amounts are minor units."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from promo_contracts.checked import CheckedModel
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import Unasked
from promo_contracts.fields import Answer, Number, Prose, Text, WireModel, check_name
from promo_contracts.lightrail.fields import CodeText, Email, Rate
from promo_contracts.moltin.errors import MISSING
from promo_contracts.moltin.fields import Moment, NewQuantity, Quantity, Sku, UnitPrice
from promo_contracts.moltin.models import Given

ItemType = Literal["cart_item", "custom_item", "promotion_item"]
Line = Annotated[str, Field(max_length=255), AfterValidator(check_name)]
"""One line of text."""

_NEEDED = {
    "cart_item": ("quantity", "price"),
    "custom_item": ("name", "quantity", "price"),
    "promotion_item": ("code",),
}
_ALLOWED = {
    "cart_item": {"id", "sku", "name", "description", "quantity", "price"},
    "custom_item": {"sku", "name", "description", "quantity", "price"},
    "promotion_item": {"code"},
}


class ItemPrice(WireModel):
    """What one unit costs, in the cart's currency, with its taxes or without them."""

    amount: UnitPrice
    includes_tax: bool = True


class ItemCreate(CheckedModel):
    """What *add an item* is told: a product by ``id`` or ``sku``, something else, or the code of a promotion.

    There is no catalogue here: a ``cart_item`` says its ``price`` as a ``custom_item`` does.
    """

    type: ItemType
    id: Sku | None = None
    sku: Sku | None = None
    name: Sku | None = None
    description: Prose | None = None
    quantity: Quantity | None = None
    price: ItemPrice | None = None
    code: CodeText | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        given = {name for name in type(self).model_fields if name != "type" and getattr(self, name) is not None}
        for name in _NEEDED[self.type]:
            if name not in given:
                yield FieldProblem(name, MISSING)
        for name in sorted(given - _ALLOWED[self.type]):
            yield FieldProblem(name, f"is not for a {self.type}")
        if self.type == "cart_item" and (self.id is None) is (self.sku is None):
            yield FieldProblem("id", MISSING if self.id is None else "cannot stand beside sku")


class ItemCreateBody(WireModel):
    """The body of *add an item*."""

    data: ItemCreate


class ItemChange(WireModel):
    """What *update an item* is told; with a quantity of 0 it is removed."""

    type: Literal["cart_item", "custom_item"] | None = None
    id: Text | None = None
    quantity: NewQuantity


class ItemChangeBody(WireModel):
    """The body of *update an item*."""

    data: ItemChange


class TaxCreate(WireModel):
    """What *add a tax* is told: a part of the price, as 0.2 for 20 %."""

    type: Literal["tax_item"]
    rate: Rate
    name: Line | None = None
    code: Line | None = None
    jurisdiction: Line | None = None


class TaxCreateBody(WireModel):
    """The body of *add a tax*."""

    data: TaxCreate


class Customer(CheckedModel):
    """Who buys: a customer by id, or somebody by name and e-mail."""

    id: Text | None = None
    name: Text | None = None
    email: Email | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        if self.id is None:
            yield from (FieldProblem(name, MISSING) for name in ("name", "email") if getattr(self, name) is None)


class Address(WireModel):
    """An address; ``country`` and ``county`` are what promotions of some regions look at."""

    first_name: Line | None = None
    last_name: Line | None = None
    company_name: Line | None = None
    line_1: Line | None = None
    line_2: Line | None = None
    city: Line | None = None
    county: Line | None = None
    country: Line | None = None
    postcode: Line | None = None
    phone_number: Line | None = None
    instructions: Prose | None = None


class Checkout(WireModel):
    """What *checkout* is told; without a shipping address it is the billing address."""

    customer: Customer
    billing_address: Address
    shipping_address: Address | None = None


class CheckoutBody(WireModel):
    """The body of *checkout*."""

    data: Checkout


class Price(Answer):
    """An amount, and how it is shown."""

    amount: int
    currency: str
    formatted: str


class DisplayPrice(Answer):
    """What a cart comes to."""

    with_tax: Price
    without_tax: Price
    tax: Price


class UnitAndValue(Answer):
    """The price of a unit, and of all units."""

    unit: Price
    value: Price


class ItemDisplayPrice(Answer):
    """What an item comes to."""

    with_tax: UnitAndValue
    without_tax: UnitAndValue
    tax: UnitAndValue


class ItemAmount(Answer):
    """An amount of an item as it was given, below zero for a promotion."""

    amount: int
    currency: str
    includes_tax: bool


class Timestamps(Answer):
    """When something was made and changed."""

    created_at: Moment
    updated_at: Moment


class ItemMeta(Answer):
    """What an item comes to, and when it came."""

    display_price: ItemDisplayPrice
    timestamps: Timestamps


class Tax(Answer):
    """A tax of an item."""

    id: str
    type: Literal["tax_item"] = "tax_item"
    rate: Number
    name: str | None
    code: str | None
    jurisdiction: str | None


class TaxData(Answer):
    """One tax."""

    data: Tax


class Item(Answer):
    """An item of a cart; of a promotion ``sku`` is the code, or ``auto_`` and its id where it applies by itself."""

    id: str
    type: ItemType
    product_id: str | None
    promotion_id: Given[str | None] = None
    name: str
    description: str
    sku: str | None
    quantity: int
    manage_stock: bool
    unit_price: ItemAmount
    value: ItemAmount
    taxes: Unasked[list[Tax]] = []
    links: dict[str, Any]
    meta: ItemMeta


class MessageSource(Answer):
    """What a message is about."""

    type: str
    id: Given[str | None] = None


class Message(Answer):
    """What became of a code: that it was added, or why it takes nothing off."""

    source: MessageSource
    title: str
    description: str


class CartMeta(Answer):
    """What a cart comes to, when it was made and changed, and what there is to say of its codes."""

    display_price: DisplayPrice
    timestamps: Timestamps
    messages: Unasked[list[Message]] = []


class ItemList(Answer):
    """The items of a cart: goods in the order in which they came, then promotions."""

    data: list[Item]
    meta: CartMeta


class Cart(Answer):
    """A cart."""

    id: str
    type: Literal["cart"] = "cart"
    links: dict[str, str]
    meta: CartMeta


class Included(Answer):
    """What was asked for beside the cart."""

    items: list[Item]


class CartData(Answer):
    """One cart, with its items where ``include=items`` asks for them."""

    data: Cart
    included: Given[Included | None] = None


class OrderCustomer(Answer):
    """Who buys."""

    id: Given[str | None] = None
    name: Given[str | None] = None
    email: Given[str | None] = None


class Order(Answer):
    """What a checkout makes: the redemption of the cart, under the order's id, which waits for its payment."""

    id: str
    type: Literal["order"] = "order"
    status: Literal["incomplete"]
    payment: Literal["unpaid"]
    shipping: Literal["unfulfilled"]
    customer: OrderCustomer
    billing_address: dict[str, Any]
    shipping_address: dict[str, Any]
    links: dict[str, Any]
    meta: CartMeta


class OrderData(Answer):
    """One order."""

    data: Order
