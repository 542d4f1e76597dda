"""What a cart route answers, as every shell sees it: held back while it may be a cart, and re-priced when it is whole.

Sans-I/O: a shell says what comes, and is told what to send. Nothing here raises: whatever goes wrong is logged, and the
response goes out as it came.
"""

import logging
from collections.abc import Callable

from promo_engine import Customer
from promo_middleware.errors import MappingError
from promo_middleware.headers import Headers, may_be_cart, of_adjusted, of_head
from promo_middleware.pipeline import MAX_BODY, Repricing
from promo_middleware.promotions import Promotions

logger = logging.getLogger(__name__)


class CartResponse:
    """The response of one cart request."""

    def __init__(self, promotions: Promotions, path: str, customer: Customer | None, *, is_head: bool = False) -> None:
        """Prepare; the path is for the log."""
        self._promotions = promotions
        self._path = path
        self._customer = customer
        self._is_head = is_head
        self._body = bytearray()
        self._repricing: Repricing | None = None
        self.headers: Headers = ()
        """What to send as headers while nothing is re-priced."""

    def begin(self, status: int, headers: Headers) -> bool:
        """Take how the response begins; return whether to hold it back. Begun anew, what came before is dropped."""
        self._body.clear()
        self.headers = headers
        if not may_be_cart(status, headers):
            return False
        if self._is_head:
            self.headers = of_head(headers)
        return not self._is_head

    def add(self, part: bytes) -> bool:
        """Take a part of the body; False when it is too much to be held back any longer."""
        self._body += part
        if len(self._body) <= MAX_BODY:
            return True
        logger.warning("%s: a response above %d bytes goes out unchanged", self._path, MAX_BODY)
        return False

    @property
    def held(self) -> bytes:
        """The body so far."""
        return bytes(self._body)

    def question(self) -> Callable[[], None] | None:
        """Read the whole response; return what is to be done first, in time, or None: asking for uses left."""
        promotions = self._promotions
        try:
            self._repricing = Repricing(promotions.mapping, promotions.pricing, self.held, self._customer)
        except MappingError as error:
            logger.error("%s: the response goes out unchanged: %s", self._path, error)  # noqa: TRY400
        except Exception:
            logger.exception("%s: the response goes out unchanged", self._path)
        return self._ask if self._repricing is not None and self._repricing.missing else None

    def finish(self) -> tuple[Headers, bytes]:
        """Return headers and body: re-priced with what is known by now, or as they came."""
        if self._repricing is not None:
            try:
                body = self._repricing.write()
                return of_adjusted(self.headers, body), body
            except Exception:
                logger.exception("%s: the response goes out unchanged", self._path)
        return self.headers, self.held

    def _ask(self) -> None:
        try:
            if self._repricing is not None:
                self._repricing.ask()
        except Exception:
            logger.exception("%s: uses left cannot be verified", self._path)
