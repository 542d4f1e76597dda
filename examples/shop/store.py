"""The shop's own database: catalogue, cards, carts and orders. Prices are the shop's own alone; amounts are cents."""

import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from examples.shop.database import Database

CURRENCY = "USD"
SHIPPING = "shipping"
"""The line that a discount on shipping stands on."""

MAX_CODES = 10
Json = dict[str, Any]
Rows = Iterable[Mapping[str, Any]]

SCHEMA = Path(__file__).with_name("schema.sql").read_text()

_CART_LINES = """
SELECT CAST(number AS TEXT) AS id, product_id AS sku, product_id, name, department, category, unit_price, quantity,
       unit_price * quantity AS line_total
FROM cart_lines JOIN products ON products.id = product_id WHERE cart_id = ? ORDER BY number
"""
_SHIPPING = """
SELECT price FROM shipping_prices
WHERE method = ? AND from_units <= (SELECT sum(quantity) FROM cart_lines WHERE cart_id = ?)
ORDER BY from_units DESC
"""
_ORDER_LINES = """
SELECT id, product_id, name, unit_price, quantity, before, before - after AS discount, after
FROM order_lines WHERE order_id = ? ORDER BY CAST(id AS INTEGER)
"""
_ORDER_DISCOUNTS = """
SELECT line_id AS line, promotion_id AS promotion, name, amount
FROM order_discounts WHERE order_id = ? ORDER BY CAST(line_id AS INTEGER), rowid
"""
_ORDER_CREDITS = (
    "SELECT value_store_id AS value_store, name, amount FROM order_credits WHERE order_id = ? ORDER BY rowid"
)
_ORDER_POINTS = "SELECT promotion_id AS promotion, name, points FROM order_points WHERE order_id = ? ORDER BY rowid"


class UnknownError(LookupError):
    """There is no such cart, order, product, card or shipping method."""


class AlreadyOrderedError(Exception):
    """The checkout has an order."""


class TooManyCodesError(ValueError):
    """A cart takes so many codes and no more."""


class Store:
    """Catalogue, cards, carts and orders. Blocks: call it in a thread."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def stock(self, products: Rows, shipping: Rows, customers: Rows) -> None:
        """Fill the catalogue and the list of cards, or change prices, tiers and counts."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT INTO products VALUES (:product_id, :name, :department, :category, :unit_price)"
                " ON CONFLICT (id) DO UPDATE SET unit_price = excluded.unit_price",
                products,
            )
            connection.executemany("REPLACE INTO shipping_prices VALUES (:method, :from_units, :price)", shipping)
            connection.executemany(
                "INSERT INTO customers VALUES (:customer_id, :loyalty_tier, :order_count) ON CONFLICT (customer_id)"
                " DO UPDATE SET loyalty_tier = excluded.loyalty_tier, order_count = excluded.order_count",
                customers,
            )

    def customer(self, customer_id: str) -> Json:
        """Return what the grocer knows of a card."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM customers WHERE customer_id = ?", (customer_id,)).fetchone()
        if row is None:
            raise UnknownError(f"There is no card {customer_id!r}.")
        return dict(row)

    def create_cart(self, lines: Iterable[tuple[str, int]], codes: Iterable[str], shipping: str) -> Json:
        """Create a cart from products and quantities, and give it the reference that its checkout will have."""
        cart_id = secrets.token_hex(8)
        with self._database.write() as connection:
            row = (cart_id, f"checkout-{secrets.token_hex(8)}", shipping)
            connection.execute("INSERT INTO carts (id, checkout_id, shipping_method) VALUES (?, ?, ?)", row)
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

    def place_order(
        self,
        cart: Json,
        customer_id: str | None,
        total: int,
        applied: Sequence[Mapping[str, Any]],
        credits: Sequence[Mapping[str, Any]] = (),  # noqa: A002 - what they are
    ) -> Json:
        """Store the order of a cart at the total that is about to be charged, with what every promotion gave.

        ``credits`` are the value stores that pay the rest of the price.
        """
        shares = [
            (line_id, one["id"], one["name"], share)
            for one in applied
            for line_id, share in (*one["lines"].items(), *one["shipping"].items())
        ]
        off: Counter[str] = Counter()
        for line_id, _, _, share in shares:
            off[line_id] += share
        with self._database.write() as connection:
            order_id = _add_order(connection, cart, customer_id, total, off[SHIPPING])
            connection.executemany(
                "INSERT INTO order_lines VALUES"
                " (:order_id, :id, :product_id, :name, :unit_price, :quantity, :line_total, :after)",
                [
                    line | {"order_id": order_id, "after": line["line_total"] - off[line["id"]]}
                    for line in cart["lines"]
                ],
            )
            connection.executemany(
                "INSERT INTO order_discounts VALUES (?, ?, ?, ?, ?)", [(order_id, *share) for share in shares]
            )
            connection.executemany(
                "INSERT INTO order_points VALUES (?, ?, ?, ?)",
                [(order_id, one["id"], one["name"], one["points"]) for one in applied if one["points"]],
            )
            connection.executemany(
                "INSERT INTO order_credits VALUES (?, ?, ?, ?)",
                [(order_id, one["id"], one["name"], one["amount"]) for one in credits],
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
    shipping = connection.execute(_SHIPPING, (cart["shipping_method"], cart_id)).fetchone()
    if shipping is None:
        raise UnknownError(f"There is no shipping by {cart['shipping_method']!r}.")
    lines = [_cart_line(dict(row)) for row in connection.execute(_CART_LINES, (cart_id,))]
    codes = connection.execute("SELECT code FROM cart_codes WHERE cart_id = ? ORDER BY rowid", (cart_id,))
    return {
        "id": cart["id"],
        "checkout_id": cart["checkout_id"],
        "currency": CURRENCY,
        "lines": lines,
        "shipping": {"method": cart["shipping_method"], "price": shipping["price"]},
        "codes": [row["code"] for row in codes],
        "total": sum(line["line_total"] for line in lines) + shipping["price"],
    }


def _cart_line(line: Json) -> Json:
    return line | {"categories": [line.pop("department"), line.pop("category")]}


def _add_order(
    connection: sqlite3.Connection, cart: Json, customer_id: str | None, total: int, off_shipping: int
) -> int | None:
    method, price = cart["shipping"]["method"], cart["shipping"]["price"]
    try:
        return connection.execute(
            "INSERT INTO orders (reference, cart_id, customer_id, total, shipping_method, shipping_before,"
            " shipping_after) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (cart["checkout_id"], cart["id"], customer_id, total, method, price, price - off_shipping),
        ).lastrowid
    except sqlite3.IntegrityError:
        raise AlreadyOrderedError(f"Cart {cart['id']} is ordered already.") from None


def _order(connection: sqlite3.Connection, order_id: int | None) -> Json:
    order = connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if order is None:
        raise UnknownError(f"There is no order {order_id}.")
    return {
        "order": order["id"],
        "reference": order["reference"],
        "cart": order["cart_id"],
        "customer": order["customer_id"],
        "currency": CURRENCY,
        "lines": [dict(row) for row in connection.execute(_ORDER_LINES, (order_id,))],
        "shipping": {
            "method": order["shipping_method"],
            "before": order["shipping_before"],
            "discount": order["shipping_before"] - order["shipping_after"],
            "after": order["shipping_after"],
        },
        "discounts": [dict(row) for row in connection.execute(_ORDER_DISCOUNTS, (order_id,))],
        "points": [dict(row) for row in connection.execute(_ORDER_POINTS, (order_id,))],
        "credits": [dict(row) for row in connection.execute(_ORDER_CREDITS, (order_id,))],
        "total": order["total"],
        "is_paid": bool(order["is_paid"]),
    }
