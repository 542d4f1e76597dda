"""The shop, whole. What it needs for promotions: the mapping, one line of middleware, one line of checkout."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from promo_middleware import CartMapping, Port, Promotions, SyncRequestPromotions
from promo_middleware.wsgi import KEY, PromotionsMiddleware

SHELF = {"MILK": 4990, "TEA": 1000}
"""What a product costs, in cents."""

Json = dict[str, Any]
Charge = Callable[[str, int], None]
"""Charge a card: the checkout's reference, and the amount in cents."""


class Shop:
    """Carts and orders; a real shop keeps them in a database."""

    def __init__(self, charge: Charge) -> None:
        self.charge = charge
        self.carts: dict[str, Json] = {}
        self.orders: dict[str, int] = {}

    def cart(self, quantities: dict[str, int], codes: list[str]) -> Json:
        lines: list[Json] = [
            {"id": sku, "sku": sku, "unit_price": SHELF[sku], "quantity": count, "line_total": SHELF[sku] * count}
            for sku, count in quantities.items()
        ]
        total = sum(line["line_total"] for line in lines)
        cart = {"id": secrets.token_hex(8), "currency": "USD", "lines": lines, "codes": codes, "total": total}
        self.carts[cart["id"]] = cart
        return cart

    def order(self, cart: Json, promotions: SyncRequestPromotions) -> Json:
        hold = promotions.hold(reference=cart["id"], cart=cart)
        self.charge(hold.reference, hold.amount_due)
        self.orders[hold.reference] = hold.amount_due
        return {"order": hold.reference, "total": hold.amount_due, "discounts": list(hold.discounts)}


def _no_card(reference: str, amount: int) -> None:
    """Charge nobody: a real shop talks to its payment provider."""


def create_app(
    api: str | Port = "http://127.0.0.1:8000",
    *,
    charge: Charge = _no_card,
    directory: Path = Path("promotions-data"),
    **settings: Any,
) -> Flask:
    app = Flask("shop")
    shop = Shop(charge)
    promotions = Promotions(
        api,
        **({"company_id": "shop"} | settings),
        carts=["POST /carts", "GET /carts/{cart}"],
        checkouts=["POST /carts/{cart}/checkout"],
        mapping=CartMapping(line_total="line_total", codes="codes", order_total="total"),
        order_lookup=shop.orders.get,
        directory=directory,
    )
    app.wsgi_app = PromotionsMiddleware(app.wsgi_app, promotions)  # type: ignore[method-assign]
    app.extensions["promotions"] = promotions
    _add_routes(app, shop)
    return app


def _add_routes(app: Flask, shop: Shop) -> None:
    @app.post("/carts")
    def create() -> tuple[Response, int]:
        wanted = request.get_json()
        return jsonify(shop.cart(wanted["quantities"], wanted.get("codes", []))), 201

    @app.get("/carts/<cart>")
    def show(cart: str) -> tuple[Response, int] | Response:
        found = shop.carts.get(cart)
        return (jsonify({"error": "no such cart"}), 404) if found is None else jsonify(found)

    @app.post("/carts/<cart>/checkout")
    def check_out(cart: str) -> tuple[Response, int]:
        return jsonify(shop.order(shop.carts[cart], request.environ[KEY])), 201
