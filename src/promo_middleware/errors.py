"""What the middleware raises into a shop.

::

ConfigurationError              the settings cannot work; raised when they are made, or by what they leave no room for
MappingError                    a shop's cart is not where the mapping says
CheckoutRefused                 nothing after hold() in the handler may run; unhandled, the middleware answers 409
├── TotalChanged                the amount due is above what was shown; nothing is taken
├── CheckoutInFlight            another attempt of the same checkout is still running
├── CheckoutClosed              this checkout is settled already, or in doubt
├── PromotionsAway              the API is away, and the shop would rather not sell than sell without it; 503
├── CartUnknown                 the cart route does not say what is about to be charged
└── ReferenceUnknown            the request does not say which checkout it is; 400
ApiAway                         the API cannot be asked (the middleware goes on without it)
└── ApiUnfit                    it will never accept what it was sent
ApiRefused                      the API said no, with a code
"""

from collections.abc import Mapping
from typing import Any

from promo_engine import block_of


class ConfigurationError(ValueError):
    """The settings cannot work; the message says which and what would."""


class MappingError(ValueError):
    """A shop's JSON does not fit its mapping: the path, and what was found there."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

    def under(self, parent: str) -> "MappingError":
        """Return the same error as seen from the document that holds this one."""
        if not parent:
            return self
        glue = "." if self.path and not self.path.startswith("[") else ""
        return MappingError(f"{parent}{glue}{self.path}", self.problem)


class CheckoutRefused(Exception):  # noqa: N818 - an answer to the shopper, not a failure
    """A checkout that must not go on; ``error`` is the stable word for it."""

    error = "checkout_refused"
    status = 409

    def __init__(self, message: str, block: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.block = block


class TotalChanged(CheckoutRefused):
    """The amount due is above what the shopper saw. ``evaluation`` is the document of the new one."""

    error = "total_changed"

    def __init__(self, message: str, evaluation: Mapping[str, Any]) -> None:
        super().__init__(message, block_of(evaluation))
        self.evaluation = evaluation


class CheckoutInFlight(CheckoutRefused):
    """Another attempt of this checkout is still running."""

    error = "checkout_in_flight"


class CheckoutClosed(CheckoutRefused):
    """This checkout is confirmed or in doubt: look for its order before trying again."""

    error = "checkout_closed"


class PromotionsAway(CheckoutRefused):
    """The promotions API is away, and the shop's ``when_away`` is ``refuse``: nothing is taken."""

    error = "promotions_away"
    status = 503


class CartUnknown(CheckoutRefused):
    """The cart route does not say what this checkout is about to charge."""

    error = "cart_unknown"


class ReferenceUnknown(CheckoutRefused):
    """The request does not say which checkout it is, or not by what can be a reference."""

    error = "reference_unknown"
    status = 400


def is_due_to(error: BaseException, cause: BaseException) -> bool:
    """Whether an exception is another one, or was raised from it, while it was handled, or in a group with it.

    >>> refusal = CheckoutInFlight("busy")
    >>> is_due_to(refusal, refusal), is_due_to(ExceptionGroup("tasks", [refusal]), refusal)
    (True, True)
    >>> is_due_to(ZeroDivisionError(), refusal)
    False
    """
    left, seen = [error], set()
    while left:
        one = left.pop()
        if one is cause:
            return True
        if id(one) not in seen:
            seen.add(id(one))
            others = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
            left += [other for other in (one.__cause__, one.__context__, *others) if other is not None]
    return False


class ApiAway(Exception):  # noqa: N818 - a state of the world
    """The promotions API cannot be reached, or does not answer as it should."""


class ApiUnfit(ApiAway):
    """The promotions API does not accept what it was sent, and never will: a shop goes on without it."""


class ApiRefused(Exception):  # noqa: N818 - an answer
    """The promotions API refused a call, with a code of its contract."""

    def __init__(self, code: str, message: str, evaluation: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.evaluation = evaluation
