"""The shop over HTTP. What it needs for promotions: the mapping, one line of middleware, one line of checkout."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.shop.payments import Payments
from examples.shop.session import COOKIE, Sessions
from examples.shop.store import AlreadyOrderedError, Json, Store, TooManyCodesError, UnknownError
from promo_engine import Customer
from promo_middleware import CartMapping, Hold, Port, Promotions, PromotionsMiddleware, Timing

MAPPING = CartMapping(
    product_id="product_id",
    categories="categories",
    line_total="line_total",
    shipping="shipping.price",
    shipping_method="shipping.method",
    codes="codes",
    order_total="total",
)
"""Where the cart is in this shop's JSON; what is not named stands where the mapping looks first."""


def create_promotions(
    api: str | Port,
    *,
    company_id: str,
    payments: Payments,
    sessions: Sessions,
    directory: Path,
    timing: Timing | None = None,
) -> Promotions:
    """Say which routes are carts and checkouts, who knows whose request it is, and who knows what was charged."""
    return Promotions(
        api,
        company_id=company_id,
        carts=["POST /carts", "GET /carts/{cart}", "POST /carts/{cart}/codes"],
        checkouts=["POST /carts/{cart}/checkout"],
        mapping=MAPPING,
        customer=sessions.customer,
        order_lookup=payments.charged,
        directory=directory,
        timing=timing,
    )


def create_app(store: Store, payments: Payments, sessions: Sessions, promotions: Promotions) -> Starlette:
    """Build the shop."""
    return Starlette(
        routes=Shop(store, payments, sessions).routes(),
        exception_handlers={
            UnknownError: _says(404),
            AlreadyOrderedError: _says(409),
            TooManyCodesError: _says(422),
            ValidationError: _says(422),
        },
        middleware=[Middleware(PromotionsMiddleware, promotions=promotions)],
    )


Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class NewLine(BaseModel):
    """A product and how many of it: never a price."""

    product_id: str
    quantity: Annotated[int, Field(ge=1, le=1_000)]


class NewCart(BaseModel):
    """What a shopper sends: never who it is, which the session says."""

    lines: Annotated[list[NewLine], Field(min_length=1, max_length=100)]
    codes: list[Code] = []
    shipping: str = "pickup"


class CheckOut(BaseModel):
    """The total that the shopper saw: more than that is not charged."""

    total: int


class SignIn(BaseModel):
    """A loyalty card. A real shop asks for a password, too."""

    card: str


class NewCodes(BaseModel):
    """Codes that a shopper enters."""

    codes: list[Code]


class Shop:
    """The handlers. The store blocks, so each does its work in a thread."""

    def __init__(self, store: Store, payments: Payments, sessions: Sessions) -> None:
        self.store = store
        self.payments = payments
        self.sessions = sessions

    def routes(self) -> list[Route]:
        return [
            Route("/session", self.sign_in, methods=["POST"]),
            Route("/carts", self.create_cart, methods=["POST"]),
            Route("/carts/{cart}", self.show_cart),
            Route("/carts/{cart}/codes", self.enter_codes, methods=["POST"]),
            Route("/carts/{cart}/checkout", self.check_out, methods=["POST"]),
            Route("/orders", self.list_orders),
            Route("/orders/{order:int}", self.show_order),
        ]

    async def sign_in(self, request: Request) -> Response:
        wanted = SignIn.model_validate_json(await request.body())
        customer = await to_thread.run_sync(self.store.customer, wanted.card)
        response = JSONResponse(customer)
        response.set_cookie(COOKIE, self.sessions.cookie(**customer), httponly=True, samesite="lax")
        return response

    async def create_cart(self, request: Request) -> Response:
        new = NewCart.model_validate_json(await request.body())
        lines = [(line.product_id, line.quantity) for line in new.lines]
        cart = await to_thread.run_sync(self.store.create_cart, lines, new.codes, new.shipping)
        return JSONResponse(cart, 201)

    async def show_cart(self, request: Request) -> Response:
        return JSONResponse(await to_thread.run_sync(self.store.cart, request.path_params["cart"]))

    async def enter_codes(self, request: Request) -> Response:
        new = NewCodes.model_validate_json(await request.body())
        return JSONResponse(await to_thread.run_sync(self.store.add_codes, request.path_params["cart"], new.codes))

    async def check_out(self, request: Request) -> Response:
        seen = CheckOut.model_validate_json(await request.body())
        cart = await to_thread.run_sync(self.store.cart, request.path_params["cart"])
        customer = self.sessions.customer(request.scope)
        hold = await request.state.promotions.hold(reference=cart["checkout_id"], cart=cart, shown=seen.total)
        return JSONResponse(await to_thread.run_sync(self._order, cart, customer, hold), 201)

    def _order(self, cart: Json, customer: Customer | None, hold: Hold) -> Json:
        customer_id = customer.id if customer else None
        order = self.store.place_order(cart, customer_id, hold.amount_due, hold.discounts, hold.credits)
        self.payments.charge(hold.reference, hold.amount_due)
        return self.store.mark_paid(order["order"])

    async def list_orders(self, _request: Request) -> Response:
        return JSONResponse(await to_thread.run_sync(self.store.orders))

    async def show_order(self, request: Request) -> Response:
        return JSONResponse(await to_thread.run_sync(self.store.order, request.path_params["order"]))


def _says(status: int) -> Callable[[Request, Exception], Response]:
    def answer(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status)

    return answer
