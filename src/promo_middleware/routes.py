"""Which requests are carts and which are checkouts; everything else costs one dictionary look-up.

A test of the head, where a shop has one, is called for everything else.
"""

import inspect
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from promo_middleware.errors import ConfigurationError
from promo_middleware.head import Head, HeadOf

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\{(\w+)\}")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY")
_NO_TEXT = re.compile(r"[{}<>*?#\\^\s]|(?<=/):")
"""What stands for a segment, or for something else, elsewhere; nothing of it is in a path as it comes."""


class Role(Enum):
    """What a request is to the middleware."""

    CART = "cart"
    CHECKOUT = "checkout"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Found:
    """What a request is, and what its path says of the names in its route."""

    role: Role
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_marked: bool = False
    """It is a cart only if the response says so."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A route whose response is a cart only where it says so itself, by the header ``Promo-Cart``, which never leaves.

    For one path that answers carts and other things; all of its responses pass through the middleware.
    """

    route: str


Test: TypeAlias = Callable[[Head], bool]
"""Say whether a request is one, by its method, path and headers. Each request that no pattern meets is put to it."""
CartRoute: TypeAlias = str | Marked | Test
CheckoutRoute: TypeAlias = str | Test


@dataclass(frozen=True, slots=True)
class Pattern:
    """A method and a path, where ``{name}`` stands for one segment.

    >>> pattern = Pattern.of("GET /carts/{cart}")
    >>> pattern.names, pattern.filled({"cart": "7"}), pattern.match("/carts/8")
    (('cart',), '/carts/7', {'cart': '8'})
    """

    text: str
    method: str
    path: str
    names: tuple[str, ...]
    compiled: re.Pattern[str]

    @classmethod
    def of(cls, text: object) -> "Pattern":
        """Compile a pattern.

        Raises:
            ConfigurationError: it is not a method and a path.
        """
        if not isinstance(text, str) or not text.partition(" ")[2].startswith("/"):
            raise ConfigurationError(f"a route is a method and a path, as 'GET /cart', not {text!r}")
        method, _, path = text.partition(" ")
        names = tuple(_NAME.findall(path))
        if method not in _METHODS:
            raise ConfigurationError(f"a route has one method, in capitals ({', '.join(_METHODS)}): {text!r}")
        if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
            raise ConfigurationError(f"the names in a route are words, each there once, as {{cart}}: {text!r}")
        if (other := _NO_TEXT.search(_NAME.sub("name", path))) is not None:
            raise ConfigurationError(
                f"{other[0]!r} cannot be in a route ({text!r}): {{name}} stands for a segment: 'GET /cart/{{id}}'"
            )
        parts = re.split(r"(\{\w+\})", path)
        source = [f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in parts]
        return cls(text, method, path, names, re.compile("".join(source)))

    def match(self, path: str) -> dict[str, Any] | None:
        """Return what a path says of the names, None where it is not this one."""
        if not self.names:
            return {} if path == self.path else None
        found = self.compiled.fullmatch(path)
        return None if found is None else found.groupdict()

    def filled(self, parameters: Mapping[str, str]) -> str:
        """Return the path with these in the place of the names."""
        return _NAME.sub(lambda name: parameters[name[1]], self.path)


class Routes:
    """Routes as ``"GET /carts/{cart}"``: a method and a path, where ``{name}`` stands for one segment.

    A cart may be ``Marked``, and carts and checkouts may be told by a test of a request's head. Where a ``GET`` is a
    cart, a ``HEAD`` asks for its headers. What may be both is a checkout, so its hold is settled.

    >>> routes = Routes(carts=["GET /carts/{cart}"], checkouts=["POST /carts/{cart}/checkout"])
    >>> routes.role("POST", "/carts/7/checkout"), routes.role("POST", "/carts/7")
    (<Role.CHECKOUT: 'checkout'>, None)
    """

    def __init__(
        self, carts: Iterable[CartRoute], checkouts: Iterable[CheckoutRoute], codes: Iterable[str] = ()
    ) -> None:
        """Compile the patterns; ``codes`` are where shoppers enter codes.

        Raises:
            ConfigurationError: one is not a method and a path, or a test would have to be awaited.
        """
        carts, checkouts = list(carts), list(checkouts)
        self.tests = [(one, Found(role)) for one, role in _tests(carts, checkouts)]
        self.checkouts = _patterns("checkouts", [one for one in checkouts if not callable(one)])
        self.carts = _patterns("carts", [one for one in carts if not (callable(one) or isinstance(one, Marked))])
        self._marked = _patterns("carts", [one.route for one in carts if isinstance(one, Marked)])
        self._by_method: dict[str, list[tuple[Pattern, Role, bool]]] = {}
        for pattern in self.checkouts:
            self._add(pattern, Role.CHECKOUT)
        for code in codes:
            self._add(Pattern.of(code), Role.CODES)
        for pattern in self.carts:
            self._add(pattern, Role.CART)
        for pattern in self._marked:
            self._add(pattern, Role.CART, is_marked=True)
        self._without_names = {
            (method, pattern.path): _first(all_of, pattern.path)
            for method, all_of in self._by_method.items()
            for pattern, *_ in all_of
            if not pattern.names
        }
        self._with_names = {
            method: named
            for method, all_of in self._by_method.items()
            if (named := [one for one in all_of if one[0].names])
        }
        is_closed = not (self._with_names or self.tests)
        self.only = frozenset(path for _, path in self._without_names) if is_closed else None
        """The only paths that may be one of these; None where a name or a test is in the way of knowing them."""

    @property
    def patterns(self) -> list[tuple[str, Role]]:
        """The patterns of carts and checkouts as they were given."""
        of_carts = [(one.text, Role.CART) for one in (*self.carts, *self._marked)]
        return of_carts + [(one.text, Role.CHECKOUT) for one in self.checkouts]

    def find(self, method: str, path: str, head_of: HeadOf, source: Any) -> Found | None:
        """Return what a request is, or None. ``head_of(source)`` is its head, for those tests that there are."""
        found = self._without_names.get((method, path))
        if found is None and (patterns := self._with_names.get(method)):
            found = _first(patterns, path)
        if self.tests and (found is None or found.role is Role.CART):
            return self._of_test(head_of(source), found)
        return found

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Find nothing for a while, whoever asks: the app answers as it would without promotions."""
        kept = dict(vars(self))
        vars(self).update(vars(Routes([], [])))
        try:
            yield
        finally:
            vars(self).update(kept)

    def role(self, method: str, path: str) -> Role | None:
        """Return what a request without any headers is, or None."""
        found = self.find(method, path, _bare_head, (method, path))
        return None if found is None else found.role

    def pattern(self, method: str, path: str) -> str | None:
        """Return the pattern that a request meets first, or None."""
        for pattern, *_ in self._by_method.get(method, ()):
            if pattern.match(path) is not None:
                return pattern.text
        return None

    def _of_test(self, head: Head, cart: Found | None) -> Found | None:
        for test, found in self.tests:
            if found.role is Role.CART and cart is not None:
                break  # it is one already, and its path has been read
            try:
                if test(head):
                    return found
            except Exception:
                logger.exception("%s: %s failed, so it is none of ours", head.path, name_of(test))
        return cart

    def _add(self, pattern: Pattern, role: Role, *, is_marked: bool = False) -> None:
        methods = [pattern.method, "HEAD"] if (pattern.method, role) == ("GET", Role.CART) else [pattern.method]
        for method in methods:
            self._by_method.setdefault(method, []).append((pattern, role, is_marked))


def _patterns(setting: str, texts: Iterable[Any]) -> list[Pattern]:
    try:
        return [Pattern.of(text) for text in texts]
    except ConfigurationError as error:
        raise ConfigurationError(f"{setting}: {error}") from None


def _first(patterns: Iterable[tuple[Pattern, Role, bool]], path: str) -> Found | None:
    for pattern, role, is_marked in patterns:
        parameters = pattern.match(path)
        if parameters is not None:
            return Found(role, parameters, is_marked=is_marked)
    return None


def name_of(test: Test) -> str:
    """Return how a test is called."""
    return str(getattr(test, "__name__", type(test).__name__))


def _tests(carts: Iterable[CartRoute], checkouts: Iterable[CheckoutRoute]) -> Iterator[tuple[Test, Role]]:
    """Yield the tests that there are, those of checkouts first."""
    yield from ((one, Role.CHECKOUT) for one in _tests_in("checkouts", checkouts))
    yield from ((one, Role.CART) for one in _tests_in("carts", carts))


def _tests_in(setting: str, routes: Iterable[CartRoute]) -> Iterator[Test]:
    for one in routes:
        if callable(one):
            if inspect.iscoroutinefunction(one):
                raise ConfigurationError(f"{setting}: {one.__name__} must be a plain function: nobody awaits it")
            yield one


def _bare_head(request: tuple[str, str]) -> Head:
    return Head(*request)
