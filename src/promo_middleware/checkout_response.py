"""What a checkout route answers, as every shell sees it: it passes, and how the checkout ended is reported once.

Sans-I/O but for ``settle``, which writes into the outbox. Source: CHECKOUT.md "Settle" and "Doubt".
"""

import logging
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from promo_middleware.answer import Answer, answer_to
from promo_middleware.errors import CartUnknown, CheckoutRefused, MappingError, ReferenceUnknown, is_due_to
from promo_middleware.headers import may_be_cart
from promo_middleware.hold import Hold, check_reference
from promo_middleware.inner import Reply
from promo_middleware.pipeline import MAX_BODY, read_shop_json
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions

logger = logging.getLogger(__name__)

LONGEST_REASON = 200
"""How many characters of what stands where an amount should may be in the log: no whole response."""


class CheckoutResponse:
    """The response of one checkout request."""

    def __init__(self, promotions: Promotions, path: str, request: SyncRequestPromotions) -> None:
        """Prepare; ``request`` is what the handler holds with."""
        self._promotions = promotions
        self._path = path
        self._request = request
        self._status: int | None = None
        self._body = bytearray()
        self._left: int | None = None
        self.is_whole = False
        """Whether the last part has come."""
        self.is_settled = False
        self.is_answered = False
        """Whether a refusal of ours was sent: nothing of the shop's response may follow."""

    def hold_first(self, reply: Reply | None, reference: str | None) -> Answer | None:
        """Hold the cart that the cart route replied, before the handler runs; return what to answer in its place.

        Blocks. Where the shop itself does not show this cart (a redirect, a 4xx), that is what it answers here, too.
        ``reply`` is None where the cart route failed. None: the handler may run.
        """
        if reply is not None and 300 <= reply.status < 500:
            answer = _relayed(reply)
        else:
            try:
                self._hold_cart(reply, reference)
            except CheckoutRefused as refusal:
                answer = answer_to(refusal, self._promotions.mapping.block)
            else:
                return None
        self.is_answered = self.is_settled = True
        return answer

    def _hold_cart(self, reply: Reply | None, reference: str | None) -> None:
        try:
            check_reference(reference)
        except (TypeError, ValueError):
            before, said = self._promotions.before_handler, "nothing" if reference is None else "no reference"
            place = None if before is None else before.place
            logger.error("%s: the request does not say which checkout it is: %s at %s", self._path, said, place)  # noqa: TRY400
            raise ReferenceUnknown("The request does not say which checkout it is.") from None
        assert reference is not None
        try:
            self._request.hold(reference=reference, cart=_cart_in(reply))
        except MappingError as error:
            logger.error("%s: its cart cannot be held: %s", self._path, error)  # noqa: TRY400
            raise CartUnknown("The cart of this checkout cannot be read.") from None

    def begin(self, status: int, length: int | None = None) -> None:
        """Take the status, and the length if it is stated."""
        self._status, self._left = status, length
        self.is_whole = length == 0 or status in (204, 304)

    def in_place_of(self, status: int, error: BaseException | None) -> Answer | None:
        """Return what to send in the place of a response that begins: a framework's own 500 to a refusal of ours.

        ``error`` is what is being handled while it begins. None: a framework that answers later does not show it.
        """
        return self.left_in(error) if status == HTTPStatus.INTERNAL_SERVER_ERROR else None

    def left_in(self, error: BaseException | None) -> Answer | None:
        """Return our answer to a refusal that the handler left to us: nothing is held, and no response has begun."""
        refusal = self._request.refusal
        if refusal is None or self._request.held is not None or self._status is not None or self.is_answered:
            return None
        if error is not None and not is_due_to(error, refusal):
            return None
        self.is_answered = self.is_settled = True
        return answer_to(refusal, self._promotions.mapping.block)

    def add(self, part: bytes, *, is_last: bool = False) -> bool:
        """Take a part of the body, on its way; return whether that is all: then it is to be settled, and passed on."""
        if len(self._body) <= MAX_BODY:
            self._body += part
        if self._left is not None:
            self._left -= len(part)
            is_last = is_last or self._left <= 0
        self.is_whole = self.is_whole or is_last
        return self.is_whole

    def passing(self, part: bytes) -> bytes:
        """Return a part on its way; the report is made before the last one, where the response states its length."""
        if self.add(part):
            self.settle()
        return part

    def through(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a response's parts on their way, up to an answer of ours; then report."""
        try:
            for part in parts:
                if self.is_answered:
                    return
                yield self.passing(part)
            self.add(b"", is_last=True)
        finally:
            self.settle()

    def settle(self) -> None:
        """Report once, into the outbox, how the checkout ended; unknown if the response is not whole by now.

        A report that fails stops no response: the checkout stays open in the outbox, its lease runs out, and it is in
        doubt.
        """
        if self.is_settled:
            return
        self.is_settled = True
        try:
            self._report(self._status if self.is_whole else None)
        except Exception:
            logger.exception("%s: how the checkout ended could not be written down", self._path)

    def _report(self, status: int | None) -> None:
        hold = self._request.held
        checkouts = self._promotions.checkouts
        is_success = status is not None and status < 400
        stated, why_unstated = self._stated(hold) if is_success else (None, "")
        is_order = status is not None and 200 <= status < 300
        if hold is not None:
            checkouts.settle(hold, status, stated, why_unstated if is_order else "")
        elif is_order:
            checkouts.without_hold(self._path, stated)

    def _stated(self, hold: Hold | None) -> tuple[int | None, str]:
        """Return what the response says was charged, or why none can be read where the mapping names its place."""
        try:
            return self._promotions.charged(bytes(self._body), None if hold is None else hold.money), ""
        except MappingError as error:
            return None, str(error)[:LONGEST_REASON]


def _cart_in(reply: Reply | None) -> Any:
    """Return the cart that a cart route replied.

    Raises:
        MappingError: it did not.
    """
    if reply is None:
        raise MappingError("", "the cart route failed")
    if reply.body is None or not may_be_cart(reply.status, reply.headers):
        raise MappingError("", f"the cart route answers {reply.status}, and no JSON of at most {MAX_BODY} bytes")
    cart = read_shop_json(reply.body)
    if not isinstance(cart, dict):
        raise MappingError("", "the cart route answers no JSON object")
    return cart


def _relayed(reply: Reply) -> Answer:
    body = reply.body or b""
    headers = [(name, value) for name, value in reply.headers if name.lower() not in _OF_THE_CONNECTION]
    return Answer([*headers, (b"content-length", str(len(body)).encode())], body, reply.status)


_OF_THE_CONNECTION = (b"content-length", b"transfer-encoding", b"connection", b"keep-alive")
