"""Carts of the Moltin contract: looked at, filled, given codes, and emptied. Each change is priced, then kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from promo_contracts.company.errors import FieldProblem
from promo_contracts.moltin import carts as models
from promo_contracts.moltin.fields import write_moment
from promo_contracts.moltin.queries import CartQuery
from promo_engine import code_form, may_be_known
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.moltin.cart_prices import Priced, priced, unapplied
from promo_server.services.moltin.cart_rows import CartRow, Entry, check_cart_id, drop_cart, find_cart, store_cart
from promo_server.services.refusal import Refusal, refuse
from promo_server.services.rulesets import Rulesets

T = TypeVar("T")

UNKNOWN = frozenset({"not_found", "not_started", "expired", "paused"})
"""Why a code is answered as one that nobody has."""
MOST_TAXES = 20


@dataclass(frozen=True, slots=True)
class Where:
    """Which cart a request is about, and the currency that it names, if any."""

    context: Context
    rulesets: Rulesets
    holder: Holder
    cart_id: str
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A cart within the transaction that changes it."""

    where: Where
    connection: Connection
    company: Company
    cart: CartRow
    now: datetime

    def priced(self, cart: CartRow) -> Priced:
        """Price the cart as it is to be."""
        return priced(self.connection, self.where.rulesets, self.company, cart, self.now)

    def keep(self, cart: CartRow) -> Priced:
        """Store the cart as it is to be, and price it."""
        changed = replace(cart, updated_at=self.now)
        store_cart(self.connection, self.company.id, changed)
        return self.priced(changed)

    def new_id(self, kind: str) -> str:
        """Make an id."""
        return self.where.context.new_id(kind)


def get_cart(where: Where, query: CartQuery) -> models.CartData:
    """Return a cart and what it comes to; one that nobody has used is empty.

    Raises:
        InvalidFields: its id, or the currency, cannot be.
        Refusal: ``MIXED_CURRENCIES``.
    """
    found = _look_at(where)
    cart = models.Cart(id=where.cart_id, links={}, meta=found.meta())
    included = models.Included(items=found.items()) if query.include == "items" else None
    return models.CartData(data=cart, included=included)


def list_items(where: Where) -> models.ItemList:
    """Return the items of a cart, and what they come to.

    Raises:
        InvalidFields, Refusal: as ``get_cart``.
    """
    return _look_at(where).answer()


def delete_cart(where: Where) -> None:
    """Delete a cart; what it was ordered as stays an order.

    Raises:
        InvalidFields: its id cannot be.
    """
    check_cart_id(where.cart_id)
    company_id = where.holder.company_id
    where.context.database.transact(lambda connection: drop_cart(connection, company_id, where.cart_id))


def add_item(where: Where, item: models.ItemCreate) -> models.ItemList:
    """Add goods, or a code: the same code twice is one, and more of the same product is one item.

    Raises:
        InvalidFields: the cart would have more than it can have.
        Refusal: ``MIXED_CURRENCIES``; of a code ``CART_EMPTY``, ``CODE_NOT_FOUND``, ``USAGE_LIMIT_REACHED``.
    """
    add = _add_code if item.type == "promotion_item" else _add_goods
    return change(where, lambda opened: add(opened, item))


def update_item(where: Where, item_id: str, asked: models.ItemChange) -> models.ItemList:
    """Set the quantity of an item; 0 removes it.

    Raises:
        InvalidFields: the cart would have more than it can have.
        Refusal: ``ITEM_NOT_FOUND``, ``MIXED_CURRENCIES``.
    """
    refuse([FieldProblem("id", "must be that of the path")] if asked.id not in (None, item_id) else [])

    def work(opened: Open) -> models.ItemList:
        item = opened.cart.item(item_id)
        if asked.quantity == 0:
            return opened.keep(opened.cart.without(item_id)).answer()
        changed = item | {"quantity": asked.quantity, "updated_at": write_moment(opened.now)}
        return opened.keep(opened.cart.with_item(changed)).answer()

    return change(where, work)


def delete_item(where: Where, item_id: str) -> models.ItemList:
    """Remove goods, or an entered code.

    Raises:
        Refusal: ``ITEM_NOT_FOUND``, ``MIXED_CURRENCIES``.
    """
    return change(where, lambda opened: opened.keep(opened.cart.without(item_id)).answer())


def delete_items(where: Where) -> models.ItemList:
    """Remove all goods and codes.

    Raises:
        Refusal: ``MIXED_CURRENCIES``.
    """
    return change(where, lambda opened: opened.keep(replace(opened.cart, items=(), codes=())).answer())


def add_tax(where: Where, item_id: str, asked: models.TaxCreate) -> models.TaxData:
    """Add a tax to goods.

    Raises:
        InvalidFields: they have too many.
        Refusal: ``ITEM_NOT_FOUND``.
    """

    def work(opened: Open) -> models.TaxData:
        item = opened.cart.item(item_id)
        if len(item["taxes"]) == MOST_TAXES:
            refuse([FieldProblem("item_id", f"has {MOST_TAXES} taxes already, as many as an item can have")])
        tax = {"id": opened.new_id("tax"), **asked.model_dump()}
        opened.keep(opened.cart.with_item(item | {"taxes": [*item["taxes"], tax]}))
        return models.TaxData(data=models.Tax.model_validate(tax))

    return change(where, work)


def delete_tax(where: Where, item_id: str, tax_id: str) -> None:
    """Take a tax from goods.

    Raises:
        Refusal: ``ITEM_NOT_FOUND``, ``TAX_NOT_FOUND``.
    """

    def work(opened: Open) -> None:
        item = opened.cart.item(item_id)
        kept = [tax for tax in item["taxes"] if tax["id"] != tax_id]
        if len(kept) == len(item["taxes"]):
            raise Refusal("TAX_NOT_FOUND", "The item has no tax with the given id.")
        opened.keep(opened.cart.with_item(item | {"taxes": kept}))

    change(where, work)


def change(where: Where, work: Callable[[Open], T]) -> T:
    """Do work on a cart that nobody else changes meanwhile; what is refused changes nothing."""

    def transaction(connection: Connection) -> T:
        company, now = load_company(connection, where.holder.company_id), where.context.clock()
        cart = find_cart(connection, company, where.cart_id, where.currency, now, is_to_change=True)
        return work(Open(where, connection, company, cart, now))

    return where.context.database.transact(transaction)


def _look_at(where: Where) -> Priced:
    now = where.context.clock()
    with where.context.database.read() as connection:
        company = load_company(connection, where.holder.company_id)
        cart = find_cart(connection, company, where.cart_id, where.currency, now, is_to_change=False)
        return priced(connection, where.rulesets, company, cart, now)


def _add_goods(opened: Open, asked: models.ItemCreate) -> models.ItemList:
    there = next((one for one in opened.cart.items if _is_more_of(one, asked)), None)
    item = _new_item(opened, asked) if there is None else _more(there, asked, opened.now)
    return opened.keep(opened.cart.with_item(item)).answer()


def _is_more_of(item: Entry, asked: models.ItemCreate) -> bool:
    same = asked.type == item["type"] == "cart_item"
    return same and (item["product_id"], item["sku"], item["price"]) == (asked.id, asked.sku, _price(asked))


def _more(item: Entry, asked: models.ItemCreate, now: datetime) -> Entry:
    return item | {"quantity": item["quantity"] + (asked.quantity or 0), "updated_at": write_moment(now)}


def _new_item(opened: Open, asked: models.ItemCreate) -> Entry:
    stamp = write_moment(opened.now)
    return {
        "id": opened.new_id("item"),
        "type": asked.type,
        "product_id": asked.id,
        "sku": asked.sku,
        "name": asked.name or asked.sku or asked.id,
        "description": asked.description or "",
        "quantity": asked.quantity,
        "price": _price(asked),
        "taxes": [],
        "created_at": stamp,
        "updated_at": stamp,
    }


def _price(asked: models.ItemCreate) -> dict[str, Any] | None:
    return None if asked.price is None else asked.price.model_dump()


def _add_code(opened: Open, asked: models.ItemCreate) -> models.ItemList:
    cart, code = opened.cart, asked.code or ""
    if not cart.items:
        message = "At least one product must be included in your cart to qualify for this offer"
        raise Refusal("CART_EMPTY", message)
    form = code_form(code)
    if not form or not may_be_known(form):
        raise _no_such_code()
    entered = cart.code(form)
    if entered is not None:
        return opened.priced(cart).answer()
    stamp = write_moment(opened.now)
    entered = {"id": opened.new_id("item"), "code": code, "created_at": stamp, "updated_at": stamp}
    found = opened.keep(replace(cart, codes=(*cart.codes, entered)))
    became = found.became_of(code)
    if became["applied"]:
        return found.answer((_added(entered["id"]),))
    reason = became["reason"]
    if reason in UNKNOWN:
        raise _no_such_code()
    if reason.startswith("limit_"):
        raise Refusal("USAGE_LIMIT_REACHED", became["message"])
    if reason == "currency":  # it never applies here: a cart has one currency
        return opened.keep(cart).answer((unapplied(became, cart.currency.code),))
    return found.answer()


def _added(item_id: str) -> models.Message:
    return models.Message(
        source=models.MessageSource(type="promotion_item", id=item_id),
        title="Promotion Added",
        description="Promotion has been added to cart.",
    )


def _no_such_code() -> Refusal:
    return Refusal("CODE_NOT_FOUND", "No promotion could be found with the given code.")
