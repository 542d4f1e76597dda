"""Which requests are carts and which are checkouts; everything else costs one dictionary look-up."""

import re
from collections.abc import Iterable
from enum import Enum

from promo_middleware.errors import ConfigurationError


class Role(Enum):
    """What a request is to the middleware."""

    CART = "cart"
    CHECKOUT = "checkout"


class Routes:
    """Routes as ``"GET /carts/{cart}"``: a method and a path, where ``{name}`` stands for one segment.

    Where a ``GET`` is a cart, a ``HEAD`` asks for its headers. What may be both is a checkout, so its hold is settled.

    >>> routes = Routes(carts=["GET /carts/{cart}"], checkouts=["POST /carts/{cart}/checkout"])
    >>> routes.role("POST", "/carts/7/checkout"), routes.role("POST", "/carts/7")
    (<Role.CHECKOUT: 'checkout'>, None)
    """

    def __init__(self, carts: Iterable[str], checkouts: Iterable[str]) -> None:
        """Compile the patterns.

        Raises:
            ConfigurationError: one is not a method and a path.
        """
        self.patterns = [(one, Role.CART) for one in carts] + [(one, Role.CHECKOUT) for one in checkouts]
        self._by_method: dict[str, list[tuple[re.Pattern[str], Role, str]]] = {}
        for pattern, role in sorted(self.patterns, key=lambda one: one[1] is Role.CART):
            method, path = _split(pattern)
            compiled = _compile(path)
            self._by_method.setdefault(method, []).append((compiled, role, pattern))
            if (method, role) == ("GET", Role.CART):
                self._by_method.setdefault("HEAD", []).append((compiled, role, pattern))

    def role(self, method: str, path: str) -> Role | None:
        """Return what a request is, or None."""
        for compiled, role, _ in self._by_method.get(method, ()):
            if compiled.fullmatch(path):
                return role
        return None

    def pattern(self, method: str, path: str) -> str | None:
        """Return the pattern that a request meets first, or None."""
        for compiled, _, pattern in self._by_method.get(method, ()):
            if compiled.fullmatch(path):
                return pattern
        return None


def _split(pattern: str) -> tuple[str, str]:
    method, _, path = pattern.partition(" ")
    if not method.isupper() or not path.startswith("/"):
        raise ConfigurationError(f"a route is a method and a path, as 'GET /cart', not {pattern!r}")
    return method, path


def _compile(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", path)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))
