"""Codes that shoppers enter in a shop that has no place for them: three small calls, and a signed cookie. Pure.

``GET /promotions/codes`` lists them, ``POST /promotions/codes`` with ``{"code": "SPRING20"}`` adds one, and ``POST
/promotions/codes/remove`` with the same takes it away; each answers ``{"codes": [...]}``. Whether a code is any good is
said by the cart alone, by its reasons: nothing can be tried out here. Source: CHECKOUT.md "Trust".
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from promo_engine import MAX_CODES, code_form
from promo_middleware.answer import Answer, as_json
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.head import Head
from promo_middleware.pipeline import read_shop_json

LONGEST_CODE = 64
"""Characters; ten codes of them are a cookie that every browser takes."""
MOST_BYTES = 4_096
"""What a call may send."""
SHORTEST_SECRET = 16
LONGEST_LIFE = timedelta(days=400)
"""What browsers keep a cookie for at most."""
_PURPOSE = b"fairtill: entered codes, 1"
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """Where shoppers enter codes, and how the cookie that keeps them is called and signed.

    Args:
        secret: at least 16 characters that only this shop knows, the same in all of its processes. The cookie's own
            key is derived from it.
        at: the path of the three calls.
        cookie: the cookie's name.
        lifetime: how long a shopper's codes are kept after they entered the last one.

    Raises:
        ConfigurationError: says which of them cannot be.
    """

    secret: str = field(repr=False)
    at: str = "/promotions/codes"
    cookie: str = "promotion_codes"
    lifetime: timedelta = timedelta(days=30)

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ConfigurationError(f"code_entry: secret must have at least {SHORTEST_SECRET} characters")
        if not self.at.startswith("/") or self.at.endswith("/") or "{" in self.at:
            raise ConfigurationError(f"code_entry: at must be a path as '/promotions/codes', not {self.at!r}")
        if not _TOKEN.fullmatch(self.cookie):
            raise ConfigurationError(f"code_entry: cookie must be letters, digits, - and _, not {self.cookie!r}")
        if not timedelta(seconds=1) <= self.lifetime <= LONGEST_LIFE:
            raise ConfigurationError(f"code_entry: lifetime must be from a second to 400 days, not {self.lifetime}")

    @property
    def patterns(self) -> list[str]:
        """The routes of the three calls."""
        return [f"GET {self.at}", f"POST {self.at}", f"POST {self.at}/remove"]

    def codes_of(self, head: Head, now: float) -> tuple[str, ...]:
        """Return the codes that a shopper's cookie keeps; a cookie that is not ours, or over, keeps none."""
        payload, _, mac = (head.cookie(self.cookie) or "").partition(".")
        if not mac or not hmac.compare_digest(self._mac(payload).encode(), mac.encode()):
            return ()
        try:
            until, codes = json.loads(_from_text(payload))
        except (binascii.Error, ValueError):
            return ()
        return tuple(codes) if now < until else ()

    def answer(self, head: Head, body: bytes, now: float) -> Answer:
        """Answer one of the three calls: from the shop's own pages alone, as JSON alone."""
        codes = self.codes_of(head, now)
        if (refused := _why_not(head)) is not None:
            return refused
        if head.method == "GET":
            return as_json({"codes": codes}, 200)
        code = _code_in(body)
        if code is None:
            return _refused(422, "invalid_code", f'Send {{"code": "..."}}: 1 to {LONGEST_CODE} printable characters.')
        others = [one for one in codes if code_form(one) != code_form(code)]
        if head.path.endswith("/remove"):
            return self._kept(head, others, now)
        if len(others) >= MAX_CODES:
            return _refused(422, "too_many_codes", f"A cart takes at most {MAX_CODES} codes: remove one first.")
        return self._kept(head, [*others, code], now)

    def _kept(self, head: Head, codes: Sequence[str], now: float) -> Answer:
        """Answer with the codes, and have the browser keep them: for this shop alone, out of reach of its scripts."""
        life = int(self.lifetime.total_seconds()) if codes else 0
        value = self._signed(codes, now + life) if codes else ""
        cookie = f"{self.cookie}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax"
        if head.scheme == "https" or (head.header("origin") or "").startswith("https:"):
            cookie += "; Secure"
        return as_json({"codes": codes}, 200, [(b"set-cookie", cookie.encode())])

    def _signed(self, codes: Sequence[str], until: float) -> str:
        payload = _as_text(json.dumps([int(until), list(codes)], ensure_ascii=False, separators=(",", ":")).encode())
        return f"{payload}.{self._mac(payload)}"

    def _mac(self, payload: str) -> str:
        key = hmac.digest(self.secret.encode(), _PURPOSE, "sha256")
        return _as_text(hmac.digest(key, payload.encode(), hashlib.sha256))


def _why_not(head: Head) -> Answer | None:
    if _is_from_elsewhere(head):
        return _refused(403, "cross_origin", "Codes are entered on the shop's own pages.")
    media_type = (head.header("content-type") or "").partition(";")[0].strip().lower()
    if head.method != "GET" and media_type != "application/json":
        return _refused(415, "not_json", "Send application/json.")
    return None


def _is_from_elsewhere(head: Head) -> bool:
    """Whether a browser says that another site's page sends this; who is no browser carries nobody's cookies."""
    site = head.header("sec-fetch-site")
    if site is not None:
        return site != "same-origin" and not (site == "none" and head.method == "GET")
    origin = head.header("origin")
    if origin is None:
        return any(name == b"origin" for name, _ in head.headers)
    return urlsplit(origin).netloc.lower() != (head.header("host") or "").lower()


def _code_in(body: bytes) -> str | None:
    """Return the code that a call names, None where it is none that a cart can hold."""
    try:
        sent = read_shop_json(body) if len(body) <= MOST_BYTES else None
    except MappingError:
        return None
    code = sent.get("code") if isinstance(sent, dict) and len(sent) == 1 else None
    if not isinstance(code, str) or len(code.strip()) > LONGEST_CODE:
        return None
    code = code.strip()
    return code if code.isprintable() and code_form(code) else None


def _refused(status: int, error: str, message: str) -> Answer:
    return as_json({"error": error, "message": message}, status)


def _as_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
