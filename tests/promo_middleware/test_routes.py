"""Routes: a method and a path."""

import pytest

from promo_middleware import ConfigurationError, Head, Marked
from promo_middleware.routes import Found, Role, Routes

ROUTES = Routes(carts=["GET /cart", "GET /v1.0/carts/{id}"], checkouts=["POST /carts/{id}/pay"])


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/cart", Role.CART),
        ("GET", "/v1.0/carts/7", Role.CART),
        ("POST", "/carts/7/pay", Role.CHECKOUT),
        ("GET", "/v1x0/carts/7", None),
        ("GET", "/v1.0/carts/7/8", None),
        ("GET", "/v1.0/carts/", None),
        ("GET", "/cart/", None),
        ("HEAD", "/cart", Role.CART),
        ("HEAD", "/carts/7/pay", None),
        ("GET", "/carts/7/pay", None),
    ],
)
def test_a_request_is_what_its_method_and_path_say(method: str, path: str, role: Role | None) -> None:
    assert ROUTES.role(method, path) is role


def test_what_may_be_a_cart_and_a_checkout_is_a_checkout() -> None:
    routes = Routes(carts=["POST /carts/{id}"], checkouts=["POST /carts/checkout"])
    assert routes.role("POST", "/carts/checkout") is Role.CHECKOUT
    assert routes.pattern("POST", "/carts/checkout") == "POST /carts/checkout"
    assert routes.role("POST", "/carts/7") is Role.CART


@pytest.mark.parametrize("pattern", ["/cart", "GET cart", "GET  /cart", "GET", ""])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="a route is a method and a path"):
        Routes(carts=[pattern], checkouts=[])


@pytest.mark.parametrize("pattern", ["get /cart", "GTE /cart", "GET,POST /cart", "* /cart"])
def test_a_method_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Routes(carts=[], checkouts=[pattern])
    methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY"
    assert str(refused.value) == f"checkouts: a route has one method, in capitals ({methods}): {pattern!r}"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/cart/<id>", "<"),
        ("/cart/:id", ":"),
        ("/cart/{id:int}", "{"),
        ("/cart/{my-id}", "{"),
        ("/cart/*", "*"),
        ("/cart ", " "),
        ("/cart?x=1", "?"),
        ("/cart/^id", "^"),
    ],
)
def test_what_stands_for_a_segment_elsewhere_is_refused(path: str, found: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Routes(carts=[f"GET {path}"], checkouts=[])
    assert str(refused.value) == (
        f"carts: {found!r} cannot be in a route ({f'GET {path}'!r}): {{name}} stands for a segment: 'GET /cart/{{id}}'"
    )


@pytest.mark.parametrize("path", ["/carts/{id}:checkout", "/läden/{id}", "/a.b-c_d~e/{id}/", "/v1/$batch,(x)/{id}"])
def test_any_other_text_is_a_path(path: str) -> None:
    assert Routes(carts=[f"GET {path}"], checkouts=[]).role("GET", path.replace("{id}", "7")) is Role.CART


@pytest.mark.parametrize("pattern", ["GET /{a}/{a}", "GET /{1st}"])
def test_names_that_cannot_be_told_apart_are_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="the names in a route are words, each there once"):
        Routes(carts=[pattern], checkouts=[])


def test_a_path_says_what_its_names_are() -> None:
    routes = Routes(carts=["GET /shops/{shop}/carts/{cart}"], checkouts=[])
    assert found(routes, "GET", "/shops/a/carts/b") == Found(Role.CART, {"shop": "a", "cart": "b"})


def found(routes: Routes, method: str, path: str, *headers: tuple[bytes, bytes]) -> Found | None:
    return routes.find(method, path, lambda headers: Head(method, path, headers), headers)


def is_v2(head: Head) -> bool:
    return head.header("Accept-Version") == "2"


def test_a_test_of_the_head_says_what_no_pattern_does() -> None:
    routes = Routes(carts=["GET /cart", is_v2], checkouts=[lambda head: head.path.endswith("/pay")])
    v2 = (b"accept-version", b"2")
    assert found(routes, "GET", "/basket", v2) == Found(Role.CART)
    assert found(routes, "GET", "/basket") is None
    assert found(routes, "POST", "/pay", v2) == Found(Role.CHECKOUT)
    assert found(routes, "GET", "/cart", v2) == Found(Role.CART)


def test_no_test_is_asked_where_a_pattern_says_checkout_and_none_is_no_cost() -> None:
    asked: list[str] = []

    def is_cart(head: Head) -> bool:
        asked.append(head.path)
        return False

    routes = Routes(carts=[is_cart], checkouts=["POST /pay"])
    assert found(routes, "POST", "/pay") == Found(Role.CHECKOUT)
    assert found(Routes(carts=["GET /cart"], checkouts=[]), "GET", "/other") is None
    assert (found(routes, "GET", "/other"), asked) == (None, ["/other"])


def test_a_test_that_fails_is_said_and_says_no(caplog: pytest.LogCaptureFixture) -> None:
    def is_cart(head: Head) -> bool:
        raise ZeroDivisionError

    assert found(Routes(carts=[is_cart], checkouts=[]), "GET", "/cart") is None
    assert "/cart: is_cart failed, so it is none of ours" in caplog.text


def test_a_test_that_must_be_awaited_is_refused() -> None:
    async def is_cart(head: Head) -> bool:
        return False

    with pytest.raises(ConfigurationError, match="carts: is_cart must be a plain function: nobody awaits it"):
        Routes(carts=[is_cart], checkouts=[])  # type: ignore[list-item]


def test_a_marked_route_is_a_cart_that_the_response_has_to_confirm() -> None:
    routes = Routes(carts=[Marked("GET /pages/{page}")], checkouts=[])
    assert found(routes, "HEAD", "/pages/7") == Found(Role.CART, {"page": "7"}, is_marked=True)
    assert routes.patterns == [("GET /pages/{page}", Role.CART)]
