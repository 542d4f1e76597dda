"""The shop's own database: catalogue, carts and orders. Prices come from the catalogue alone; amounts are cents."""

import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from examples.shop.database import Database

CURRENCY = "USD"
MAX_CODES = 10
Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, department TEXT NOT NULL, category TEXT NOT NULL,
    unit_price INTEGER NOT NULL CHECK (unit_price >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS carts (
    id TEXT PRIMARY KEY, checkout_id TEXT NOT NULL UNIQUE, customer_id TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS cart_lines (
    cart_id TEXT NOT NULL REFERENCES carts, number INTEGER NOT NULL, product_id TEXT NOT NULL REFERENCES products,
    quantity INTEGER NOT NULL CHECK (quantity > 0), PRIMARY KEY (cart_id, number)
) STRICT;
CREATE TABLE IF NOT EXISTS cart_codes (
    cart_id TEXT NOT NULL REFERENCES carts, code TEXT NOT NULL, PRIMARY KEY (cart_id, code)
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, cart_id TEXT NOT NULL REFERENCES carts,
    total INTEGER NOT NULL CHECK (total >= 0), is_paid INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders, id TEXT NOT NULL, product_id TEXT NOT NULL, name TEXT NOT NULL,
    unit_price INTEGER NOT NULL, quantity INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,
    PRIMARY KEY (order_id, id)
) STRICT;
CREATE TABLE IF NOT EXISTS order_discounts (
    order_id INTEGER NOT NULL REFERENCES orders, line_id TEXT NOT NULL, promotion_id TEXT NOT NULL,
    name TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0), PRIMARY KEY (order_id, line_id, promotion_id)
) STRICT;
"""

_CART_LINES = """
SELECT CAST(number AS TEXT) AS id, product_id AS sku, product_id, name, department, category, unit_price, quantity,
       unit_price * quantity AS line_total
FROM cart_lines JOIN products ON products.id = product_id WHERE cart_id = ? ORDER BY number
"""
_ORDER_LINES = """
SELECT id, product_id, name, unit_price, quantity, before, before - after AS discount, after
FROM order_lines WHERE order_id = ? ORDER BY CAST(id AS INTEGER)
"""
_ORDER_DISCOUNTS = """
SELECT line_id AS line, promotion_id AS promotion, name, amount
FROM order_discounts WHERE order_id = ? ORDER BY CAST(line_id AS INTEGER), rowid
"""


class UnknownError(LookupError):
    """There is no such cart, order or product."""


class AlreadyOrderedError(Exception):
    """The checkout has an order."""


class TooManyCodesError(ValueError):
    """A cart takes so many codes and no more."""


class Store:
    """Catalogue, carts and orders. Blocks: call it in a thread."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def stock(self, products: Iterable[Mapping[str, Any]]) -> None:
        """Fill the catalogue, or change its prices."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT INTO products VALUES (:product_id, :name, :department, :category, :unit_price)"
                " ON CONFLICT (id) DO UPDATE SET unit_price = excluded.unit_price",
                products,
            )

    def create_cart(self, customer_id: str, lines: Sequence[tuple[str, int]], codes: Iterable[str]) -> Json:
        """Create a cart from products and quantities, and give it the reference that its checkout will have."""
        cart_id = secrets.token_hex(8)
        with self._database.write() as connection:
            row = (cart_id, f"checkout-{secrets.token_hex(8)}", customer_id)
            connection.execute("INSERT INTO carts (id, checkout_id, customer_id) VALUES (?, ?, ?)", row)
            for number, (product_id, quantity) in enumerate(lines, start=1):
                if not connection.execute("SELECT 1 FROM products WHERE id = ?", (product_id,)).fetchone():
                    raise UnknownError(f"There is no product {product_id!r}.")
                row_of_line = (cart_id, number, product_id, quantity)
                connection.execute("INSERT INTO cart_lines VALUES (?, ?, ?, ?)", row_of_line)
            _add_codes(connection, cart_id, codes)
            return _cart(connection, cart_id)

    def add_codes(self, cart_id: str, codes: Iterable[str]) -> Json:
        """Enter codes into a cart."""
        with self._database.write() as connection:
            _cart(connection, cart_id)
            _add_codes(connection, cart_id, codes)
            return _cart(connection, cart_id)

    def cart(self, cart_id: str) -> Json:
        """Return a cart as its route answers it, at catalogue prices."""
        with self._database.read() as connection:
            return _cart(connection, cart_id)

    def place_order(self, cart: Json, total: int, discounts: Sequence[Mapping[str, Any]]) -> Json:
        """Store the order of a cart at the total that is about to be charged, with what is off each line."""
        with self._database.write() as connection:
            try:
                order_id = connection.execute(
                    "INSERT INTO orders (reference, cart_id, total) VALUES (?, ?, ?)",
                    (cart["checkout_id"], cart["id"], total),
                ).lastrowid
            except sqlite3.IntegrityError:
                raise AlreadyOrderedError(f"Cart {cart['id']} is ordered already.") from None
            for line in cart["lines"]:
                off = sum(discount["lines"].get(line["id"], 0) for discount in discounts)
                connection.execute(
                    "INSERT INTO order_lines VALUES"
                    " (:order_id, :id, :product_id, :name, :unit_price, :quantity, :line_total, :after)",
                    line | {"order_id": order_id, "after": line["line_total"] - off},
                )
            connection.executemany(
                "INSERT INTO order_discounts VALUES (?, ?, ?, ?, ?)",
                [
                    (order_id, line_id, discount["id"], discount["name"], share)
                    for discount in discounts
                    for line_id, share in discount["lines"].items()
                ],
            )
            return _order(connection, order_id)

    def mark_paid(self, order_id: int) -> Json:
        """Note that an order is paid."""
        with self._database.write() as connection:
            connection.execute("UPDATE orders SET is_paid = 1 WHERE id = ?", (order_id,))
            return _order(connection, order_id)

    def order(self, order_id: int) -> Json:
        """Return one order."""
        with self._database.read() as connection:
            return _order(connection, order_id)

    def orders(self) -> list[Json]:
        """Return every order, oldest first."""
        with self._database.read() as connection:
            return [_order(connection, row["id"]) for row in connection.execute("SELECT id FROM orders ORDER BY id")]


def _add_codes(connection: sqlite3.Connection, cart_id: str, codes: Iterable[str]) -> None:
    rows = [(cart_id, code) for code in codes]
    connection.executemany("INSERT OR IGNORE INTO cart_codes (cart_id, code) VALUES (?, ?)", rows)
    count = connection.execute("SELECT count(*) FROM cart_codes WHERE cart_id = ?", (cart_id,)).fetchone()[0]
    if count > MAX_CODES:
        raise TooManyCodesError(f"A cart takes at most {MAX_CODES} codes.")


def _cart(connection: sqlite3.Connection, cart_id: str) -> Json:
    cart = connection.execute("SELECT * FROM carts WHERE id = ?", (cart_id,)).fetchone()
    if cart is None:
        raise UnknownError(f"There is no cart {cart_id!r}.")
    lines = [_cart_line(dict(row)) for row in connection.execute(_CART_LINES, (cart_id,))]
    codes = connection.execute("SELECT code FROM cart_codes WHERE cart_id = ? ORDER BY rowid", (cart_id,))
    return {
        **cart,
        "currency": CURRENCY,
        "lines": lines,
        "codes": [row["code"] for row in codes],
        "total": sum(line["line_total"] for line in lines),
    }


def _cart_line(line: Json) -> Json:
    return line | {"categories": [line.pop("department"), line.pop("category")]}


def _order(connection: sqlite3.Connection, order_id: int | None) -> Json:
    order = connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if order is None:
        raise UnknownError(f"There is no order {order_id}.")
    return {
        "order": order["id"],
        "reference": order["reference"],
        "cart": order["cart_id"],
        "currency": CURRENCY,
        "lines": [dict(row) for row in connection.execute(_ORDER_LINES, (order_id,))],
        "discounts": [dict(row) for row in connection.execute(_ORDER_DISCOUNTS, (order_id,))],
        "total": order["total"],
        "is_paid": bool(order["is_paid"]),
    }
