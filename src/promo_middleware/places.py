"""Where a text stands in a request: in its path, a cookie, a header, or its body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from promo_middleware import paths
from promo_middleware.codes import typed_codes
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.head import Head
from promo_middleware.headers import CLAIM
from promo_middleware.pipeline import read_shop_json

KINDS = ("path", "cookie", "header", "body")


@dataclass(frozen=True, slots=True)
class Place:
    """One such place, written as ``path:cart``, ``cookie:checkout``, ``header:X-Checkout`` or ``body:order.id``.

    A body is JSON (a path in it), or a form (the name of a field).

    >>> Place.of("path:cart").read({"cart": "7"}, Head("POST", "/carts/7/pay"), b"")
    '7'
    """

    kind: str
    name: str

    @classmethod
    def of(cls, text: object) -> "Place":
        """Read how a place is written.

        Raises:
            ConfigurationError: it is none.
        """
        kind, _, name = text.partition(":") if isinstance(text, str) else ("", "", "")
        if kind not in KINDS or not name.strip():
            raise ConfigurationError(
                f"a place in a request is 'path:cart', 'cookie:checkout', 'header:X-Checkout' or 'body:order.id', not"
                f" {text!r}"
            )
        if kind == "body":
            paths.steps(name)
        if kind == "header" and name.strip().lower().encode().startswith(CLAIM):
            raise ConfigurationError(f"{text!r} never comes: Promo-* headers are dropped; name it 'header:X-…'")
        return cls(kind, name.strip())

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    def read(self, parameters: Mapping[str, str], head: Head, body: bytes) -> str | None:
        """Return the text, None if there is none; ``parameters`` are those of the route's path."""
        match self.kind:
            case "path":
                return parameters.get(self.name)
            case "cookie":
                return head.cookie(self.name) or None
            case "header":
                return head.header(self.name) or None
            case _:
                return _of_body(self.name, head, body)


def code_places(texts: Sequence[str]) -> list[Place]:
    """Read where requests name codes: in cookies and headers, which come with each of them.

    Raises:
        ConfigurationError: one is no such place.
    """
    places = [Place.of(text) for text in texts]
    for place in places:
        if place.kind not in ("cookie", "header"):
            raise ConfigurationError(f"codes: {place} does not come with every request: only a cookie or header does")
    return places


def codes_in(places: Sequence[Place], head: Head) -> list[str]:
    """Return the codes that a request names, as far as a cart can hold them; commas part them.

    >>> codes_in(code_places(["cookie:promo"]), Head("GET", "/cart", [(b"cookie", b"promo=SPRING20%2CFREE, ")]))
    ['SPRING20', 'FREE']
    """
    said = [unquote(place.read({}, head, b"") or "") for place in places]
    return typed_codes([code.strip() for text in said for code in text.split(",")])


def _of_body(name: str, head: Head, body: bytes) -> str | None:
    if (head.header("content-type") or "").startswith("application/x-www-form-urlencoded"):
        try:
            sent = parse_qs(body.decode(), max_num_fields=1_000).get(name, [])
        except ValueError:
            return None
        return sent[0] if len(sent) == 1 else None
    try:
        found = paths.value(read_shop_json(body), name)
    except MappingError:
        return None
    is_text = isinstance(found, str) or type(found) is int
    return str(found) or None if is_text else None
