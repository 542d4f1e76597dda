"""What a cart route answers, as every shell sees it: held back while it may be a cart, and re-priced when it is whole.

Sans-I/O: a shell says what comes, and is told what to send. Nothing here raises: whatever goes wrong is told to the
observers, the log among them, and the response goes out as it came.
"""

import logging
from collections.abc import Callable

from promo_middleware.errors import MappingError
from promo_middleware.headers import Headers, may_be_cart, of_adjusted, of_head, without_mark
from promo_middleware.observer import CartAdjusted, CartLeft, EntitlementsMissed, Why
from promo_middleware.pipeline import MAX_BODY, Repricing
from promo_middleware.promotions import Promotions
from promo_middleware.shopper import Shopper

logger = logging.getLogger(__name__)


class CartResponse:
    """The response of one cart request."""

    def __init__(
        self, promotions: Promotions, path: str, shopper: Shopper, *, is_head: bool = False, is_marked: bool = False
    ) -> None:
        """Prepare; the path is for the log. ``is_marked``: it is a cart only if the response says so."""
        self._promotions = promotions
        self._path = path
        self._shopper = shopper
        self._is_head = is_head
        self._is_marked = is_marked
        self._body = bytearray()
        self._repricing: Repricing | None = None
        self._begun_at = 0.0
        self._is_to_ask = False
        self._is_answered: bool | None = None
        """None as long as nobody knows."""
        self.headers: Headers = ()
        """What to send as headers while nothing is re-priced."""
        self.is_bare = False
        """Whether it is the HEAD of what may be a cart: no length is to be stated."""

    def begin(self, status: int, headers: Headers) -> bool:
        """Take how the response begins; return whether to hold it back. Begun anew, what came before is dropped."""
        self._body.clear()
        self.is_bare = False
        self.headers = headers
        if self._is_marked:
            unmarked = without_mark(headers)
            if unmarked is None:
                return False
            self.headers = headers = unmarked
        why = self._why_not(status, headers)
        if why is not None:
            self._promotions.observe(CartLeft(why, self._path))
            return False
        if self._is_head:
            self.headers, self.is_bare = of_head(headers), True
        return not self._is_head

    def add(self, part: bytes) -> bool:
        """Take a part of the body; False when it is too much to be held back any longer."""
        self._body += part
        if len(self._body) <= MAX_BODY:
            return True
        self._left("too_large", f"it is above {MAX_BODY} bytes")
        return False

    @property
    def held(self) -> bytes:
        """The body so far."""
        return bytes(self._body)

    def question(self) -> Callable[[], None] | None:
        """Read the whole response; return what is to be done first, in time, or None: asking for uses left."""
        promotions = self._promotions
        self._begun_at = promotions.ticks()
        try:
            self._repricing = Repricing(promotions.mapping, promotions.pricing, self.held, self._shopper)
        except MappingError as error:
            self._left("mapping", str(error))
        except Exception as error:  # noqa: BLE001 it is told of, and the response goes out
            self._left("failed", "", error)
        self._is_to_ask = self._repricing is not None and self._repricing.missing is not None
        return self._ask if self._is_to_ask else None

    def finish(self) -> tuple[Headers, bytes]:
        """Return headers and body: re-priced with what is known by now, or as they came."""
        if self._repricing is None:
            return self.headers, self.held
        if self._is_to_ask and not self._is_answered:
            self._promotions.observe(
                EntitlementsMissed("late" if self._is_answered is None else "unanswered", self._path)
            )
        try:
            body = self._repricing.write()
        except Exception as error:  # noqa: BLE001 it is told of, and the response goes out
            self._left("failed", "", error)
            return self.headers, self.held
        self._promotions.observe(CartAdjusted(self._promotions.ticks() - self._begun_at))
        return of_adjusted(self.headers, body), body

    def _why_not(self, status: int, headers: Headers) -> Why | None:
        if not may_be_cart(status, headers):
            return "no_cart"
        return "customer" if self._shopper.failure is not None else None

    def _left(self, why: Why, problem: str, error: Exception | None = None) -> None:
        self._promotions.observe(CartLeft(why, self._path, problem, error))

    def _ask(self) -> None:
        try:
            self._is_answered = self._repricing is not None and self._repricing.ask()
        except Exception:
            logger.exception("%s: uses left cannot be verified", self._path)
            self._is_answered = False
