"""The Moltin contract: each route of its table bound to one use case. The company is that of the key, or token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from promo_contracts.moltin.routes import CREATE_TOKEN, ROUTES
from promo_contracts.routes import Route
from promo_server.api.binding import endpoints_by_path, methods_of
from promo_server.api.http import ABSENT, answer, read_form, read_model, read_query
from promo_server.api.quoted import QuotedRoute
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.moltin import carts, codes, promotions
from promo_server.services.moltin.cart_rows import HEADER
from promo_server.services.moltin.carts import Where
from promo_server.services.moltin.checkout import checkout
from promo_server.services.moltin.tokens import create_token
from promo_server.services.rulesets import Rulesets


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: who asks, the path's parameters, the query, the currency, the validated body."""

    context: Context
    rulesets: Rulesets
    holder: Holder
    path: Mapping[str, str]
    query: Any
    currency: str | None
    body: Any = field(repr=False)

    @property
    def who(self) -> tuple[Context, Holder]:
        """Return what every use case begins with."""
        return self.context, self.holder

    @property
    def promotion(self) -> str:
        """The promotion of the path."""
        return self.path["promotion_id"]

    @property
    def cart(self) -> Where:
        """The cart of the path."""
        return Where(self.context, self.rulesets, self.holder, self.path["cart_id"], self.currency)


Handler = Callable[[Call], object]

HANDLERS: dict[str, Handler] = {
    "create_promotion": lambda c: promotions.create_promotion(*c.who, c.body.data),
    "list_promotions": lambda c: promotions.list_promotions(*c.who, c.query),
    "get_promotion": lambda c: promotions.get_promotion(*c.who, c.promotion),
    "update_promotion": lambda c: promotions.update_promotion(*c.who, c.promotion, c.body.data),
    "delete_promotion": lambda c: promotions.delete_promotion(*c.who, c.promotion),
    "create_codes": lambda c: codes.create_codes(*c.who, c.promotion, c.body.data.codes),
    "list_codes": lambda c: codes.list_codes(*c.who, c.promotion, c.query),
    "delete_codes": lambda c: codes.delete_codes(*c.who, c.promotion, c.body and c.body.data.texts),
    "delete_code": lambda c: codes.delete_code(*c.who, c.promotion, c.path["code"]),
    "get_cart": lambda c: carts.get_cart(c.cart, c.query),
    "delete_cart": lambda c: carts.delete_cart(c.cart),
    "list_items": lambda c: carts.list_items(c.cart),
    "add_item": lambda c: carts.add_item(c.cart, c.body.data),
    "delete_items": lambda c: carts.delete_items(c.cart),
    "update_item": lambda c: carts.update_item(c.cart, c.path["item_id"], c.body.data),
    "delete_item": lambda c: carts.delete_item(c.cart, c.path["item_id"]),
    "add_tax": lambda c: carts.add_tax(c.cart, c.path["item_id"], c.body.data),
    "delete_tax": lambda c: carts.delete_tax(c.cart, c.path["item_id"], c.path["tax_id"]),
    "checkout": lambda c: checkout(c.cart, c.body.data),
}


def moltin_routes(context: Context, rulesets: Rulesets) -> list[HttpRoute]:
    """Return the HTTP routes of the Moltin contract, one for each path, and the one that makes tokens."""

    def work(route: Route, request: Request, holder: Holder, body: Any) -> Response:
        call = Call(
            context=context,
            rulesets=rulesets,
            holder=holder,
            path=request.path_params,
            query=read_query(route.query, request.query_params),
            currency=request.headers.get(HEADER) if "MIXED_CURRENCIES" in route.errors else None,
            body=None if body is ABSENT or route.request is None else read_model(route.request, body),
        )
        result = HANDLERS[route.name](call)
        return Response(status_code=204) if route.status == 204 else answer(result, route.status)

    async def token(request: Request) -> Response:
        read_query(CREATE_TOKEN.query, request.query_params)
        form = await read_form(request)
        assert CREATE_TOKEN.request is not None
        asked = read_model(CREATE_TOKEN.request, form)
        made = await to_thread.run_sync(create_token, context, asked)
        return answer(made, CREATE_TOKEN.status, {"Cache-Control": "no-store"})

    endpoints = endpoints_by_path(context, ROUTES, work, lambda _request, _holder: None, {})
    return [
        HttpRoute(CREATE_TOKEN.path, token, methods=[CREATE_TOKEN.method]),
        *(QuotedRoute(path, endpoint, methods=methods_of(ROUTES, path)) for path, endpoint in endpoints.items()),
    ]
