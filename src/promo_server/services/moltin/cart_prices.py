"""What a cart comes to: priced by the one engine under the company's rules, shown as the contract shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from promo_contracts.moltin import carts
from promo_engine import Document, code_form
from promo_server.moltin_totals import Amounts, formatted, line_of, symbol_of, total_of
from promo_server.redemption import State
from promo_server.services.codes import look_up
from promo_server.services.context import Company
from promo_server.services.grants import find_redemption, own_counters
from promo_server.services.moltin.cart_rows import CartRow, Entry
from promo_server.services.pricing import cart_of, evaluate_now
from promo_server.services.rulesets import Rulesets
from promo_server.storage.value_tables import currencies

AUTOMATIC = "auto_"
"""Stands before the id of a promotion that applies by itself, where another one has its code."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A cart at a moment, with its evaluation, and how amounts of its currency begin."""

    cart: CartRow
    company: Company
    evaluation: Document
    symbol: str

    def answer(self, messages: tuple[carts.Message, ...] = ()) -> carts.ItemList:
        """Return its items and what they come to; ``messages`` come before those about codes."""
        return carts.ItemList(data=self.items(), meta=self.meta(messages))

    def items(self) -> list[carts.Item]:
        """Return goods, then entered codes, then what applies by itself."""
        units = self.cart.units(self.company.rounding)
        goods = [self._goods(one, unit) for one, unit in zip(self.cart.items, units, strict=True)]
        return [*goods, *self._promotions()]

    def meta(self, messages: tuple[carts.Message, ...] = ()) -> carts.CartMeta:
        """Return what the cart comes to, and why codes take nothing off."""
        units = self.cart.units(self.company.rounding)
        goods = [unit.times(one["quantity"]) for one, unit in zip(self.cart.items, units, strict=True)]
        total = total_of(goods, self.evaluation)
        display = carts.DisplayPrice(
            with_tax=self._price(total.with_tax),
            without_tax=self._price(total.without_tax),
            tax=self._price(total.tax),
        )
        stamps = carts.Timestamps(created_at=self.cart.created_at, updated_at=self.cart.updated_at)
        return carts.CartMeta(
            display_price=display,
            timestamps=stamps,
            messages=[*messages, *self._unapplied()] if self.cart.items else [],
        )

    def became_of(self, code: str) -> Document:
        """Return what became of an entered code."""
        form = code_form(code)
        found: Document = next(one for one in self.evaluation["codes"] if code_form(one["code"]) == form)
        return found

    def _goods(self, item: Entry, unit: Amounts) -> carts.Item:
        taxes = [carts.Tax.model_validate(tax) for tax in item["taxes"]]
        return self._item(
            item,
            unit,
            type=item["type"],
            product_id=item["product_id"],
            name=item["name"],
            description=item["description"],
            sku=item["sku"],
            quantity=item["quantity"],
            price=item["price"],
            taxes=taxes,
        )

    def _promotions(self) -> Iterator[carts.Item]:
        applied = {one["id"]: one for one in self.evaluation["applied"]}
        by_code = {code_form(one["code"]): one for one in applied.values() if one["code"] is not None}
        for entered in self.cart.codes:
            discount = by_code.get(code_form(entered["code"]))
            yield self._promotion(entered, discount, entered["code"])
        for discount in applied.values():
            if discount["code"] is None and discount["discount"]:
                name = f"{AUTOMATIC}{discount['id']}"
                entered = {"id": name, "created_at": self.cart.created_at, "updated_at": self.cart.updated_at}
                yield self._promotion(entered, discount, name)

    def _promotion(self, entered: Entry, discount: Document | None, sku: str) -> carts.Item:
        off = -discount["discount"] if discount else 0
        return self._item(
            entered,
            Amounts(off, off),
            type="promotion_item",
            product_id=None,
            promotion_id=discount["id"] if discount else None,
            name=discount["name"] if discount else sku,
            description="Promotion",
            sku=sku,
            quantity=1,
            price={"amount": off, "includes_tax": False},
        )

    def _item(self, entry: Entry, unit: Amounts, *, price: Entry, quantity: int, **fields: Any) -> carts.Item:
        code = self.cart.currency.code
        kinds = {"with_tax": "with_tax", "without_tax": "without_tax", "tax": "tax"}
        value = unit.times(quantity)
        shown = {
            name: carts.UnitAndValue(unit=self._price(getattr(unit, of)), value=self._price(getattr(value, of)))
            for name, of in kinds.items()
        }
        return carts.Item(
            id=entry["id"],
            quantity=quantity,
            manage_stock=False,
            unit_price=carts.ItemAmount(amount=price["amount"], currency=code, includes_tax=price["includes_tax"]),
            value=carts.ItemAmount(
                amount=price["amount"] * quantity, currency=code, includes_tax=price["includes_tax"]
            ),
            links={},
            meta=carts.ItemMeta(
                display_price=carts.ItemDisplayPrice(**shown),
                timestamps=carts.Timestamps(created_at=entry["created_at"], updated_at=entry["updated_at"]),
            ),
            **fields,
        )

    def _unapplied(self) -> Iterator[carts.Message]:
        for entered in self.cart.codes:
            became = self.became_of(entered["code"])
            if not became["applied"]:
                yield unapplied(became, self.cart.currency.code, entered["id"])

    def _price(self, amount: int) -> carts.Price:
        currency = self.cart.currency
        return carts.Price(amount=amount, currency=currency.code, formatted=formatted(amount, currency, self.symbol))


def unapplied(became: Document, currency: str, item_id: str | None = None) -> carts.Message:
    """Say why a code takes nothing off."""
    source = carts.MessageSource(type="promotion_item", id=item_id)
    if became["reason"] == "currency":
        said = f"discount unavailable in currency {currency}"
        return carts.Message(source=source, title="currency mismatch", description=said)
    return carts.Message(source=source, title="Promotion Not Applied", description=became["message"])


def priced(connection: Connection, rulesets: Rulesets, company: Company, cart: CartRow, now: datetime) -> Priced:
    """Price a cart now, with the uses that its own order has taken.

    Raises:
        InvalidFields: it has more than a cart can have.
    """
    asked = cart_of(company, document_of(company, cart), None).moved_to(now)
    ruleset = rulesets.of(connection, company)
    codes = look_up(connection, company.id, ruleset.unlisted(asked))
    order = None if cart.order_id is None else find_redemption(connection, company.id, cart.order_id)
    own = own_counters(connection, order) if order is not None and order.state == State.HELD else []
    evaluation = evaluate_now(connection, company, ruleset, asked, codes, own=own)
    return Priced(cart, company, evaluation.document(), symbol_within(connection, company, cart))


def document_of(company: Company, cart: CartRow) -> Document:
    """Return the engine's document of a cart: its prices have their tax."""
    units = cart.units(company.rounding)
    return {
        "currency": cart.currency.code,
        "exponent": cart.currency.exponent,
        "lines": [line_of(one, unit) for one, unit in zip(cart.items, units, strict=True)],
        "codes": [one["code"] for one in cart.codes],
    }


def symbol_within(connection: Connection, company: Company, cart: CartRow) -> str:
    """Return what stands before amounts of a cart."""
    code = cart.currency.code
    query = select(currencies.c.symbol).where(currencies.c.company_id == company.id, currencies.c.code == code)
    return symbol_of(cart.currency, connection.execute(query).scalar_one_or_none())
