"""Carts as they are kept: one row each, its goods and codes as JSON; seven days after its last change it is gone."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.errors import FieldProblem
from promo_engine import Currency, DocumentError, Rounding, code_form
from promo_server.moltin_totals import Amounts, unit_of
from promo_server.services.context import Company, Context
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage import insert_new, instant, moment
from promo_server.storage.moltin_tables import moltin_carts

LASTS = timedelta(days=7)
LONGEST_ID = 255
HEADER = "X-MOLTIN-CURRENCY"

Entry = dict[str, Any]
"""An item or a code, as it is kept."""


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart: goods in the order in which they came, then codes; ``order_id`` is the order that it was last made."""

    id: str
    currency: Currency
    items: tuple[Entry, ...] = ()
    codes: tuple[Entry, ...] = ()
    order_id: str | None = None
    created_at: datetime = field(kw_only=True)
    updated_at: datetime = field(kw_only=True)

    def item(self, item_id: str) -> Entry:
        """Return an item of goods.

        Raises:
            Refusal: ``ITEM_NOT_FOUND``.
        """
        for one in self.items:
            if one["id"] == item_id:
                return one
        raise Refusal("ITEM_NOT_FOUND", "The cart has no item with the given id.")

    def with_item(self, item: Entry) -> "CartRow":
        """Return the cart with an item in the place of the one of its id, or at the end."""
        if all(one["id"] != item["id"] for one in self.items):
            return replace(self, items=(*self.items, item))
        return replace(self, items=tuple(item if one["id"] == item["id"] else one for one in self.items))

    def without(self, item_id: str) -> "CartRow":
        """Return the cart without an item, or a code.

        Raises:
            Refusal: ``ITEM_NOT_FOUND``.
        """
        if not any(one["id"] == item_id for one in self.codes):
            self.item(item_id)
        kept = tuple(one for one in self.items if one["id"] != item_id)
        return replace(self, items=kept, codes=tuple(one for one in self.codes if one["id"] != item_id))

    def code(self, form: str) -> Entry | None:
        """Return the code of a form, if it was entered."""
        return next((one for one in self.codes if code_form(one["code"]) == form), None)

    def units(self, rounding: Rounding) -> list[Amounts]:
        """Return the price of a unit of each item, without and with its taxes."""
        return [
            unit_of(
                one["price"]["amount"],
                [Decimal(tax["rate"]) for tax in one["taxes"]],
                rounding,
                includes_tax=one["price"]["includes_tax"],
            )
            for one in self.items
        ]


def find_cart(
    connection: Connection, company: Company, cart_id: str, asked: str | None, now: datetime, *, is_to_change: bool
) -> CartRow:
    """Return a cart, empty where nobody has used it; one that is to change is locked until the transaction ends.

    ``asked`` is the currency that the request names; a cart without goods takes it.

    Raises:
        InvalidFields: its id, or the currency, cannot be.
        Refusal: ``MIXED_CURRENCIES``.
    """
    check_cart_id(cart_id)
    wanted = _currency(company, asked)
    own = (moltin_carts.c.company_id == company.id, moltin_carts.c.id == cart_id)
    query = select(moltin_carts).where(*own)
    if is_to_change:
        empty = CartRow(cart_id, wanted, created_at=now, updated_at=now)
        insert_new(connection, moltin_carts, _row(company.id, empty))
        query = query.with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or row.updated_at <= moment(now - LASTS):
        return CartRow(cart_id, wanted, created_at=now, updated_at=now)
    cart = _cart(company, row)
    if asked is None or cart.currency == wanted:
        return cart
    if cart.items:
        message = f"The cart is in {cart.currency.code}, not {wanted.code}: a cart has one currency."
        raise Refusal("MIXED_CURRENCIES", message)
    return replace(cart, currency=wanted)


def check_cart_id(cart_id: str) -> None:
    """Refuse what can name no cart.

    Raises:
        InvalidFields: it cannot.
    """
    if not 1 <= len(cart_id) <= LONGEST_ID or not cart_id.isprintable():
        raise InvalidFields(FieldProblem("cart_id", f"must have 1 to {LONGEST_ID} characters that can be printed"))


def store_cart(connection: Connection, company_id: str, cart: CartRow) -> None:
    """Store a cart that was found to be changed."""
    row = _row(company_id, cart)
    own = (moltin_carts.c.company_id == company_id, moltin_carts.c.id == cart.id)
    connection.execute(update(moltin_carts).where(*own).values(row))


def drop_cart(connection: Connection, company_id: str, cart_id: str) -> None:
    """Delete a cart, if it is there."""
    own = (moltin_carts.c.company_id == company_id, moltin_carts.c.id == cart_id)
    connection.execute(delete(moltin_carts).where(*own))


def forget_carts(context: Context) -> None:
    """Delete the carts that nobody has changed for a week; the app calls this every now and then."""
    is_over = moltin_carts.c.updated_at <= moment(context.clock() - LASTS)
    context.database.delete_where(moltin_carts, is_over)


def _currency(company: Company, asked: str | None) -> Currency:
    try:
        return company.currency_of(None if asked is None else asked.upper())
    except DocumentError as error:
        refuse([FieldProblem(HEADER, error.problem)])
        raise


def _cart(company: Company, row: Row[Any]) -> CartRow:
    body = read_json(row.body.encode())
    return CartRow(
        row.id,
        company.currency_of(row.currency),
        tuple(body["items"]),
        tuple(body["codes"]),
        row.order_id,
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def _row(company_id: str, cart: CartRow) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "id": cart.id,
        "currency": cart.currency.code,
        "body": write_json({"items": cart.items, "codes": cart.codes}).decode(),
        "order_id": cart.order_id,
        "created_at": moment(cart.created_at),
        "updated_at": moment(cart.updated_at),
    }
