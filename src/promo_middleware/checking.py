"""Looking at a shop from outside: its routes, and what the mapping makes of one of its carts."""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import anyio

from promo_engine import Cart
from promo_middleware import paths, reading
from promo_middleware.head import Head
from promo_middleware.headers import WHOLE, may_be_cart, without_mark
from promo_middleware.inner import Reply, ask_asgi, ask_wsgi, environ_of_get, scope_of_get
from promo_middleware.lifespan import in_lifespan
from promo_middleware.mapping import CartMapping
from promo_middleware.pipeline import MAX_BODY, read_shop_cart, read_shop_json
from promo_middleware.promotions import Promotions
from promo_middleware.routes import Role, Routes, name_of
from promo_middleware.till import Parts

_INNER = ("app", "wsgi_app", "application", "asgi_app", "middleware_stack", "_middleware_chain", "get_response", "func")
"""Where frameworks and middleware keep what is inside; the last three are Django's."""
_MOST = 30
"""Layers of middleware that are looked through."""
_PARAMETER = re.compile(r"\{\w+(?::\w+)?\}|<[^<>]+>")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a mapping makes of a cart; amounts in minor units."""

    cart: Cart
    parts: Parts
    own_discounts: int

    @property
    def lines(self) -> int:
        """The lines before the shop's own discounts."""
        return self.parts.cart - self.shipping - self.other + self.own_discounts

    @property
    def other(self) -> int:
        """Amounts that no promotion touches."""
        return sum(line.total for line in self.cart.lines if line.id.startswith(reading.OTHER))

    @property
    def shipping(self) -> int:
        """All shipping entries."""
        return sum(entry.price for entry in self.cart.shipping)


def look_at(promotions: Promotions, body: bytes) -> Sample:
    """Read a cart as the middleware does.

    Raises:
        MappingError: says which path fails, or by how much the parts are off.
    """
    document, till = read_shop_json(body), promotions.mapping
    cart = read_shop_cart(document, till, promotions.pricing.stamped)
    own = _own_discounts(till.mapping, document) if isinstance(till.mapping, CartMapping) else 0
    return Sample(cart, till.parts(document, cart), own)


def _own_discounts(mapping: CartMapping, document: Any) -> int:
    scale = reading.scale_of(mapping, document)
    lines = paths.listed(document, mapping.lines)
    off = sum(reading.line_price(mapping, line, scale) for line in lines)
    before = sum(reading.list_price(mapping, line, scale) for line in lines)
    return before - off + reading.own_discount(mapping, document, scale)


def find_promotions(app: object) -> Promotions | None:
    """Find the ``Promotions`` of an app: what it is, what a middleware of it has, or what is inside of it."""
    for _ in range(_MOST):
        if isinstance(app, Promotions):
            return app
        held = [getattr(app, "promotions", None), *_options(getattr(app, "user_middleware", ()))]
        for one in held:
            if isinstance(one, Promotions):
                return one
        inner = next((getattr(app, name) for name in _INNER if getattr(app, name, None) is not None), None)
        if inner is None:
            return None
        app = inner
    return None


def _options(middleware: Iterable[Any]) -> Iterator[Any]:
    """Yield what the middleware of a Starlette app is made with."""
    for one in middleware:
        yield from (*getattr(one, "args", ()), *getattr(one, "kwargs", {}).values())


def routes_of(app: object, under: str = "") -> Iterator[tuple[str, str]]:
    """Yield the methods and paths that an app says it has (Starlette, Flask and their kin); nothing of any other."""
    rules = getattr(app, "url_map", None)
    for rule in () if rules is None else rules.iter_rules():
        yield from ((method, rule.rule) for method in sorted(rule.methods - {"OPTIONS"}))
    found = getattr(app, "routes", None)
    for route in found if isinstance(found, list | tuple) else ():
        path = under + str(getattr(route, "path", ""))
        yield from ((method, path) for method in sorted(getattr(route, "methods", None) or ()))
        if getattr(route, "methods", None) is None:
            yield from routes_of(route, path)


def roles(routes: Routes, of_app: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return each route of an app with what it is, and the patterns that match none of them."""
    listed = []
    for method, path in of_app:
        role = routes.role(method, _PARAMETER.sub("1", path))
        listed.append((method, path, "-" if role is None else role.value))
    met = {routes.pattern(method, _PARAMETER.sub("1", path)) for method, path, _ in listed}
    return listed, [pattern for pattern, _ in routes.patterns if pattern not in met]


def get(app: Any, promotions: Promotions, path: str, headers: dict[str, str]) -> Reply:
    """Ask an app for a path in this process, as it answers without promotions.

    An ASGI app is started before and ended after, as by a server.

    Raises:
        StartError: it cannot start.
    """
    with promotions.routes.closed():
        return (_get_asgi if _is_asgi(app) else _get_wsgi)(app, path, headers)


def why_no_cart(routes: Routes, path: str, headers: dict[str, str], reply: Reply) -> Iterator[str]:
    """Yield why what an app replies to a GET is no cart to the middleware, whatever its JSON is."""
    head = Head("GET", unquote(path.partition("?")[0]), _sent(headers))
    found = routes.find(head.method, head.path, lambda head: head, head)
    if found is None or found.role is not Role.CART:
        yield f"is none of your carts: {', '.join(_named(routes, Role.CART)) or 'there are none'}"
    said = {name.lower(): value.decode("latin-1") for name, value in reply.headers}
    if reply.status not in WHOLE:
        yield f"answers {reply.status}{f' (to {to})' if (to := said.get(b'location')) else ''}, no cart"
    elif found is not None and found.is_marked and without_mark(reply.headers) is None:
        yield "answers no header Promo-Cart, and its route is Marked: no cart"
    elif not may_be_cart(reply.status, reply.headers):
        kind, encoding = said.get(b"content-type", "no Content-Type"), said.get(b"content-encoding")
        yield f"answers {kind}{f' in {encoding}' if encoding else ''}, and only plain application/json is a cart"
    elif reply.body is None:
        yield f"answers more than {MAX_BODY} bytes, too much for a cart"


def _named(routes: Routes, role: Role) -> list[str]:
    """Return the patterns and tests of one role."""
    tests = [f"{name_of(test)}()" for test, found in routes.tests if found.role is role]
    return [text for text, of_role in routes.patterns if of_role is role] + tests


def _sent(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _is_asgi(app: Any) -> bool:
    call = app if inspect.isfunction(app) else type(app).__call__
    return inspect.iscoroutinefunction(call)


def _get_asgi(app: Any, path: str, headers: dict[str, str]) -> Reply:
    raw_path, _, query = path.partition("?")
    bare = {
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }

    async def ask(state: dict[str, Any]) -> Reply:
        scope = scope_of_get({**bare, "state": state}, unquote(raw_path), _sent(headers), query.encode())
        return await ask_asgi(app, scope)

    return anyio.run(in_lifespan, app, ask)


def _get_wsgi(app: Any, path: str, headers: dict[str, str]) -> Reply:
    from wsgiref.util import setup_testing_defaults  # noqa: PLC0415 - only for this

    raw_path, _, query = path.partition("?")
    environ: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    setup_testing_defaults(environ)
    return ask_wsgi(app, environ_of_get(environ, unquote(raw_path), query))
