"""Everything that the SDK raises: one tree, by what a caller can do about it.

::

    PromotionsError                  request_id
    ├── TransportError               no whole reply; was_sent: whether the API may have acted
    │   ├── ConnectionFailed
    │   └── TimedOut
    └── ApiError                     a reply that says no: status, code, errors, body, retry_after
        ├── Unauthorized             401
        ├── MissingScope             403
        ├── NotFound                 404
        ├── Conflict                 409
        │   ├── TotalChanged         evaluation: what the cart costs now; nothing was taken
        │   ├── CheckoutInFlight     another attempt for this reference is still running
        │   └── HoldExpired          confirmed too late, and no uses are left
        ├── InvalidRequest           400, 405, 413, 415, 422; status None: not sent
        ├── RateLimited              429
        ├── ServerError              5xx
        └── UnexpectedReply          a proxy's page, cut JSON, over 64 MiB, another service

Arguments that no call could work with (a base URL without a host, no key) are a ``ValueError``.
No error shows the key, the body that was sent or the body that came back in its ``str`` or
``repr``; ``str`` shows the API's own sentence.
"""
# ruff: noqa: N818 - the names say what happened; an "Error" behind each would say nothing more

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path (``schedule.end_date``), what is wrong with it, and its code."""

    field: str
    message: str
    code: str


class PromotionsError(Exception):
    """Anything that went wrong between this client and the promotions API."""

    request_id: str | None = None

    def __repr__(self) -> str:
        """Show the class and the request id, never a body."""
        return f"{type(self).__name__}(request_id={self.request_id!r})"


class TransportError(PromotionsError):
    """No reply came, or not the whole of it.

    ``was_sent`` is false where no attempt of this call can have been processed. Where it is true
    nobody knows whether the API acted: repeat a hold with the same attempt id, look before creating
    again.
    """

    def __init__(self, message: str, *, was_sent: bool = True, request_id: str | None = None) -> None:
        super().__init__(message)
        self.was_sent = was_sent
        self.request_id = request_id

    def __str__(self) -> str:
        """Say what happened, and whether the API may have acted.

        >>> print(TimedOut("No reply within 5 s."))
        No reply within 5 s. Whether the API acted is unknown.
        """
        acted = "Whether the API acted is unknown." if self.was_sent else "The API did not act."
        return f"{super().__str__()} {acted}"


class ConnectionFailed(TransportError):
    """The API could not be reached, or the connection broke before the whole reply was there."""


class TimedOut(TransportError):
    """The API did not answer in time, or not to the end."""


class ApiError(PromotionsError):
    """The API answered, and not with what was asked for.

    ``code`` is the stable part (``promo_contracts.company.errors.ERRORS``); ``retry_after`` are the
    seconds after which the API asks to come back, if it said so.
    """

    hint: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        request_id: str | None = None,
        body: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.errors: tuple[FieldError, ...] = tuple(errors)
        self.request_id = request_id
        self.body = body
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Say what is wrong, which request it was, and what to do.

        >>> print(Conflict("The name is taken.", status=409, code="DUPLICATE_CAMPAIGN_NAME"))
        The name is taken. [409 DUPLICATE_CAMPAIGN_NAME]
        """
        facts = [str(self.status or ""), self.code or ""]
        facts.append(f"request {self.request_id}" if self.request_id else "")
        stamp = " ".join(fact for fact in facts if fact)
        parts = [self.message, f"[{stamp}]" if stamp else "", self.hint]
        return " ".join(part for part in parts if part)

    def __repr__(self) -> str:
        """Show what identifies the error, never a body."""
        name = type(self).__name__
        return f"{name}(status={self.status}, code={self.code!r}, request_id={self.request_id!r})"


class Unauthorized(ApiError):
    """The key is missing, wrong or revoked, or belongs to another company."""

    hint = "Check api_key (or PROMO_API_KEY) and company_id."


class MissingScope(ApiError):
    """The key may not do this."""

    hint = "Use a key that has the scope of this call."


class NotFound(ApiError):
    """No such thing, or it is another company's: the API answers both alike."""

    hint = "Check the ids, company_id and base_url."


class Conflict(ApiError):
    """What is stored does not allow this; repeating it changes nothing."""


class TotalChanged(Conflict):
    """The amount due is above ``shown``; nothing was taken."""

    hint = "Show the evaluation to the shopper, then hold again with its amount due as shown."

    @property
    def evaluation(self) -> dict[str, Any]:
        """What the cart costs now: the engine's evaluation document, in minor units."""
        evaluation = (self.body or {}).get("evaluation")
        return evaluation if isinstance(evaluation, dict) else {}


class CheckoutInFlight(Conflict):
    """Another attempt for this checkout reference is still running."""

    hint = "Do not charge: the other attempt settles this checkout, or its lease runs out."


class HoldExpired(Conflict):
    """Confirmed after the hold had expired, and its uses are gone; it is listed as ``late``."""

    hint = "Decide whether to honour the price: the redemption stands among the late ones."


class InvalidRequest(ApiError):
    """The request is wrong; ``errors`` names each wrong field.

    ``status`` is ``None`` where the SDK found it before anything was sent.
    """

    @property
    def field(self) -> str | None:
        """The path of the first wrong field."""
        return self.errors[0].field if self.errors else None

    def __str__(self) -> str:
        """Add each wrong field that the message does not name."""
        wrong = [f"{one.field}: {one.message}" for one in self.errors if one.field not in self.message]
        return f"{super().__str__()} ({'; '.join(wrong)})" if wrong else super().__str__()


class RateLimited(ApiError):
    """Too many requests."""

    hint = "Slow down; come back after retry_after seconds."


class ServerError(ApiError):
    """The API, or a proxy before it, failed."""

    hint = "Try later; quote the request id to whoever runs the API."


class UnexpectedReply(ApiError):
    """The reply is not one of this API's."""

    hint = "Check base_url, and what stands between here and the API."


_BY_CODE: dict[str, type[ApiError]] = {
    "TOTAL_CHANGED": TotalChanged,
    "CHECKOUT_IN_FLIGHT": CheckoutInFlight,
    "HOLD_EXPIRED": HoldExpired,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: MissingScope,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def kind_of(status: int, code: str | None) -> type[ApiError]:
    """Choose the class for a reply: by its code among conflicts, else by its status.

    ``code`` is ``None`` for a body that is not this API's; then only what any proxy means alike
    (401, 429, 5xx) keeps its class: a 404 page is no proof that a campaign does not exist.

    >>> kind_of(409, "HOLD_EXPIRED").__name__, kind_of(404, None).__name__
    ('HoldExpired', 'UnexpectedReply')
    """
    if 500 <= status < 600:
        return ServerError
    if code is None and status not in (401, 429):
        return UnexpectedReply
    if status == 409:
        return _BY_CODE.get(code or "", Conflict)
    return _BY_STATUS.get(status, InvalidRequest if 400 <= status < 500 else UnexpectedReply)
