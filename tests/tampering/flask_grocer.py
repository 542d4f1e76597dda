"""The demo shop behind the WSGI shell: its own store, sessions and payments, its handlers on Flask."""

from collections.abc import Mapping
from typing import Any

import flask
from pydantic import ValidationError

from examples.shop.app import CheckOut, NewCart, NewCodes, SignIn
from examples.shop.payments import Payments
from examples.shop.session import COOKIE, Sessions
from examples.shop.store import AlreadyOrderedError, Json, Store, TooManyCodesError, UnknownError
from promo_engine import Customer
from promo_middleware import Hold, Promotions
from promo_middleware.wsgi import KEY, PromotionsMiddleware

ERRORS = {UnknownError: 404, AlreadyOrderedError: 409, TooManyCodesError: 422, ValidationError: 422}
Answer = flask.Response | Json | tuple[Json, int]


class EnvironSessions(Sessions):
    """Sessions that read a WSGI environ as well."""

    def customer(self, scope: Mapping[str, Any]) -> Customer | None:
        """Return the customer of a request (its environ), or None for a guest."""
        cookie = str(scope.get("HTTP_COOKIE", "")).encode("latin-1")
        return super().customer({"type": "http", "headers": [(b"cookie", cookie)]})


def create_wsgi(store: Store, payments: Payments, sessions: Sessions, promotions: Promotions) -> flask.Flask:
    """Build the shop."""
    app = flask.Flask("grocer")
    app.wsgi_app = PromotionsMiddleware(app.wsgi_app, promotions)  # type: ignore[method-assign]
    for error, status in ERRORS.items():
        app.register_error_handler(error, _says(status))
    _Handlers(store, payments, sessions).add_to(app)
    return app


class _Handlers:
    def __init__(self, store: Store, payments: Payments, sessions: Sessions) -> None:
        self.store, self.payments, self.sessions = store, payments, sessions

    def add_to(self, app: flask.Flask) -> None:
        app.post("/session")(self.sign_in)
        app.post("/carts")(self.create_cart)
        app.get("/carts/<cart>")(self.show_cart)
        app.post("/carts/<cart>/codes")(self.enter_codes)
        app.post("/carts/<cart>/checkout")(self.check_out)

    def sign_in(self) -> Answer:
        customer = self.store.customer(SignIn.model_validate_json(flask.request.data).card)
        response = flask.jsonify(customer)
        response.set_cookie(COOKIE, self.sessions.cookie(**customer), httponly=True, samesite="lax")
        return response

    def create_cart(self) -> Answer:
        new = NewCart.model_validate_json(flask.request.data)
        lines = [(line.product_id, line.quantity) for line in new.lines]
        return self.store.create_cart(lines, new.codes, new.shipping), 201

    def show_cart(self, cart: str) -> Answer:
        return self.store.cart(cart)

    def enter_codes(self, cart: str) -> Answer:
        return self.store.add_codes(cart, NewCodes.model_validate_json(flask.request.data).codes)

    def check_out(self, cart: str) -> Answer:
        seen = CheckOut.model_validate_json(flask.request.data)
        found = self.store.cart(cart)
        customer = self.sessions.customer(flask.request.environ)
        promotions = flask.request.environ[KEY]
        hold: Hold = promotions.hold(reference=found["checkout_id"], cart=found, shown=seen.total)
        customer_id = customer.id if customer else None
        order = self.store.place_order(found, customer_id, hold.amount_due, hold.discounts)
        self.payments.charge(hold.reference, hold.amount_due)
        return self.store.mark_paid(order["order"]), 201


def _says(status: int) -> Any:
    def answer(error: Exception) -> Answer:
        return {"error": str(error)}, status

    return answer
