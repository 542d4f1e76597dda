"""Routes: a method and a path."""

import pytest

from promo_middleware import ConfigurationError
from promo_middleware.routes import Role, Routes

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


@pytest.mark.parametrize("pattern", ["/cart", "get /cart", "GET cart", ""])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="a route is a method and a path"):
        Routes(carts=[pattern], checkouts=[])
