"""What is to be asked and read before a checkout's handler runs, where the handler cannot give its cart; pure.

The shop's own cart route says what is about to be charged, so it is held as it is shown. Source: CHECKOUT.md "Hold".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from promo_middleware.errors import ConfigurationError
from promo_middleware.head import Head
from promo_middleware.places import Place
from promo_middleware.routes import Found, Pattern, Role, Routes, name_of


@dataclass(frozen=True, slots=True)
class BeforeHandler:
    """The cart route that a checkout's cart comes from, and where the request names the checkout's reference.

    >>> routes = Routes(["GET /carts/{cart}"], ["POST /carts/{cart}/pay"])
    >>> before = BeforeHandler.of("path:cart", routes)
    >>> found = Found(Role.CHECKOUT, {"cart": "7"})
    >>> before.cart_path(found), before.reference_in(found, Head("POST", "/carts/7/pay"), b"")
    ('/carts/7', '7')
    """

    place: Place
    cart: Pattern

    @classmethod
    def of(cls, reference: str | None, routes: Routes, cart: str | None = None) -> "BeforeHandler":
        """Find out which cart route a checkout's cart comes from.

        Raises:
            ConfigurationError: the mapping names no reference, or a checkout's path does not say which cart it is.
        """
        if reference is None:
            raise ConfigurationError(
                "holds='before_handler' needs checkout_reference in the mapping: where the request names the checkout,"
                " as 'path:cart', 'cookie:checkout', 'header:X-Checkout' or 'body:order.id'"
            )
        place, known = Place.of(reference), _names_of_all(routes)
        if place.kind == "path" and place.name not in known:
            raise ConfigurationError(f"checkout_reference: not every checkout route has {{{place.name}}} in its path")
        return cls(place, _given(cart, known) if cart is not None else _only(routes, known))

    @property
    def needs_body(self) -> bool:
        """Whether the request's body must be read first."""
        return self.place.kind == "body"

    def cart_path(self, found: Found) -> str:
        """Return the path of the cart that a checkout is about to charge."""
        return self.cart.filled(found.parameters)

    def reference_in(self, found: Found, head: Head, body: bytes) -> str | None:
        """Return the reference that a checkout's request names, if it does."""
        return self.place.read(found.parameters, head, body)


def _names_of_all(routes: Routes) -> set[str]:
    """Return the names that are in every checkout's path; what is told by a test has none."""
    names = [set(one.names) for one in routes.checkouts]
    names += [set() for _, found in routes.tests if found.role is Role.CHECKOUT]
    return set.intersection(*names) if names else set()


def _given(text: str, known: set[str]) -> Pattern:
    cart = Pattern.of(text)
    if cart.method != "GET":
        raise ConfigurationError(f"checkout_cart must be a GET, not {text!r}")
    if missing := sorted(set(cart.names) - known):
        raise ConfigurationError(f"checkout_cart: not every checkout route has {{{missing[0]}}} in its path")
    return cart


def _only(routes: Routes, known: set[str]) -> Pattern:
    """Return the one cart route whose path a checkout's path has all names of."""
    asked = [one for one in routes.carts if one.method == "GET"]
    fitting = [one for one in asked if set(one.names) <= known]
    if len(fitting) != 1:
        named = ", ".join(repr(one.text) for one in fitting) or _why_none(asked, routes)
        raise ConfigurationError(
            f"holds='before_handler' needs one cart route to ask ({named}): name it, as checkout_cart='GET /cart'"
        )
    return fitting[0]


def _why_none(asked: Sequence[Pattern], routes: Routes) -> str:
    """Say which name each cart route has that a checkout has not."""
    checkouts = [(one.text, one.names) for one in routes.checkouts]
    checkouts += [(f"{name_of(test)}()", ()) for test, found in routes.tests if found.role is Role.CHECKOUT]
    lacking = [
        next(f"{cart.text} needs {{{name}}}, which {text} has not" for name in cart.names if name not in names)
        for cart in asked
        for text, names in checkouts
        if not set(cart.names) <= set(names)
    ]
    return "; ".join(lacking) or "no GET in carts"
