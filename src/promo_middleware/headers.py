"""The headers of an adjusted route, on their way in and out; pure. Source: CHECKOUT.md "Caches" and "Trust"."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

Headers = Sequence[tuple[bytes, bytes]]
"""Names in any case, in the order in which they came, repeated ones too."""

HIDDEN = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"})
"""What would make the response of an adjusted route something else than a whole, plain, fresh one."""
CLAIM = b"promo-"
"""How a header begins that nobody outside may send."""
BEHIND_CLAIMS = b"promo."
"""What sorts behind all of these: every request pays for the look at its headers, and to compare is the cheapest."""
MARK = b"promo-cart"
"""The header by which the response of a marked route says that it is a cart."""
WHOLE = frozenset({200, 201, 202})
"""The statuses of a response that may be a cart."""

_OF_THE_BODY = frozenset(
    {
        *(b"content-length", b"transfer-encoding", b"etag", b"last-modified", b"accept-ranges"),
        *(b"content-md5", b"digest", b"content-digest", b"repr-digest"),
    }
)
"""What the shop said of a body that is not sent."""
_UTF_8 = (b"utf-8", b"utf8", b"us-ascii")


def may_be_cart(status: int, headers: Headers) -> bool:
    """Say whether a response that begins like this may be a cart: whole, JSON, not encoded.

    >>> may_be_cart(200, [(b"Content-Type", b"application/json; charset=utf-8")])
    True
    >>> may_be_cart(200, [(b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip")])
    False
    """
    if status not in WHOLE:
        return False
    media_type = b""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-type":
            media_type = value.lower()
        elif lower == b"content-encoding":
            return False
    return _is_json(media_type)


@lru_cache(maxsize=128)
def _is_json(media_type: bytes) -> bool:
    """Say whether a media type, in lower case, is JSON in UTF-8."""
    kind, *parameters = (part.strip() for part in media_type.split(b";"))
    charsets = [one.partition(b"=")[2].strip(b' "') for one in parameters if one.startswith(b"charset=")]
    return (kind == b"application/json" or kind.endswith(b"+json")) and all(one in _UTF_8 for one in charsets)


def without_mark(headers: Headers) -> list[tuple[bytes, bytes]] | None:
    """Return the headers without the mark of a cart, None if there is none.

    >>> without_mark([(b"x", b"y"), (b"Promo-Cart", b"1")]), without_mark([(b"x", b"y")])
    ([(b'x', b'y')], None)
    """
    kept = [(name, value) for name, value in headers if name.lower() != MARK]
    return kept if len(kept) < len(headers) else None


def length_of(headers: Headers) -> int | None:
    """Return the length that a response states.

    >>> length_of([(b"Content-Length", b"12")]), length_of([])
    (12, None)
    """
    stated = [value for name, value in headers if name.lower() == b"content-length"]
    return int(stated[0]) if stated and stated[0].isdigit() else None


def of_adjusted(headers: Headers, body: bytes) -> list[tuple[bytes, bytes]]:
    """Keep all headers in order, repeated ones too, but for those that speak of the body."""
    return [
        *_kept(headers),
        (b"content-length", str(len(body)).encode()),
        (b"etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()),
    ]


def of_head(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of a ``HEAD`` of a cart: what would speak of the body that was not priced is left out.

    >>> of_head([(b"content-length", b"7"), (b"x", b"y")])
    [(b'x', b'y'), (b'cache-control', b'private, no-store')]
    """
    return _kept(headers)


def _kept(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Leave out what speaks of the body; nobody keeps the response, unless the shop said so more strictly."""
    kept = [(name, value) for name, value in headers if name.lower() not in _OF_THE_BODY]
    caching = [value.lower() for name, value in kept if name.lower() == b"cache-control"]
    if any(b"no-store" in value for value in caching):
        return kept
    if caching:
        kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
    return [*kept, (b"cache-control", b"private, no-store")]
