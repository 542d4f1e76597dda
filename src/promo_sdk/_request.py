"""One call as a value, and the reading of its reply: pure, the same for both clients.

Errors: ``InvalidRequest`` for a path that cannot be filled in; ``read_reply`` raises the
``ApiError`` that the reply means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from promo_contracts import Route, WireError, read_json
from promo_contracts.problems import field_problems
from promo_sdk._body import invalid
from promo_sdk.errors import ApiError, FieldError, UnexpectedReply, kind_of

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=BaseModel)

MAX_REPLY_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and the moment at which it did. Header names are lower case.

    ``body`` is unpacked; where it is longer than ``MAX_REPLY_BYTES`` it is cut off.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str
    received_at: datetime

    @property
    def retry_after(self) -> float | None:
        """The seconds that ``Retry-After`` asks to wait, from seconds or an HTTP date.

        A date counts from the reply's own ``Date``, so that two clocks need not agree.

        >>> Reply(429, {"retry-after": "7"}, b"", "r1", datetime.now(UTC)).retry_after
        7.0
        """
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        until = _http_date(text)
        if until is None:
            return None
        since = _http_date(self.headers.get("date", "")) or self.received_at
        return max(0.0, (until - since).total_seconds())


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call: its route and what fills it, its body, and how a reply becomes a ``T``.

    ``is_repeatable`` says that doing it twice is the same as doing it once. ``accepts`` are the
    statuses that ``read`` understands besides 2xx.
    """

    route: Route
    read: Callable[[Reply], T] = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_repeatable: bool = False
    accepts: frozenset[int] = frozenset()

    def target(self, company_id: str) -> str:
        """Return the path and query of this call for one company.

        Raises:
            InvalidRequest: a part of the path is empty, ``.`` or ``..``, which would name another
                endpoint.
        """
        params = {"company_id": company_id, **self.params}
        for name, value in params.items():
            if value in ("", ".", ".."):
                raise invalid(name, "must not be empty, '.' or '..'")
        try:
            path = self.route.url(**params)
        except (TypeError, UnicodeEncodeError) as error:
            raise invalid("path", f"must be made of valid text: {error}") from None
        return f"{path}?{urlencode(self.query)}" if self.query else path


def as_model(model: type[ModelT]) -> Callable[[Reply], ModelT]:
    """Return the reading of a reply as this model."""

    def read(reply: Reply) -> ModelT:
        try:
            return model.model_validate(read_json(reply.body))
        except ValidationError as error:
            problems = [f"{one.field or 'body'}: {one.message}" for one in field_problems(error, model)]
            raise WireError("; ".join(problems[:3])) from None

    return read


def as_document(reply: Reply) -> dict[str, Any]:
    """Read a reply as an engine document: a plain JSON object, fractions as ``Decimal``."""
    value = read_json(reply.body)
    if not isinstance(value, dict):
        raise WireError("not a JSON object")
    return value


def read_reply(call: Call[T], reply: Reply) -> T:
    """Return what the reply holds.

    Raises:
        ApiError: the class that the reply's status and code mean; ``UnexpectedReply`` for a success
            that cannot be read or is too large.
    """
    if len(reply.body) > MAX_REPLY_BYTES:
        problem = f"more than the {MAX_REPLY_BYTES // 2**20} MiB that this SDK reads"
        raise _unexpected(kind_of(reply.status, None), call, reply, problem)
    if not (200 <= reply.status < 300 or reply.status in call.accepts):
        raise _refusal(call, reply)
    try:
        return call.read(reply)
    except WireError as error:
        raise _unexpected(UnexpectedReply, call, reply, f"which this SDK cannot read ({error})") from None


def _refusal(call: Call[Any], reply: Reply) -> ApiError:
    body = _error_body(reply.body)
    if body is None:
        location = reply.headers.get("location")
        problem = f"a redirect to {location}" if location else "not an error of the promotions API"
        return _unexpected(kind_of(reply.status, None), call, reply, problem)
    scope = f" This call needs the scope '{call.route.scope}'." if reply.status == 403 else ""
    return kind_of(reply.status, body["code"])(
        body["message"] + scope,
        status=reply.status,
        code=body["code"],
        errors=_field_errors(body.get("errors")),
        request_id=reply.request_id,
        body=body,
        retry_after=reply.retry_after,
    )


def _unexpected(kind: type[ApiError], call: Call[Any], reply: Reply, problem: str) -> ApiError:
    content = reply.headers.get("content-type") or "no content type"
    return kind(
        f"{call.route.method} {call.route.path} was answered with {content}, {problem}.",
        status=reply.status,
        request_id=reply.request_id,
        retry_after=reply.retry_after,
    )


def _error_body(content: bytes) -> dict[str, Any] | None:
    try:
        body = read_json(content)
    except WireError:
        return None
    if not isinstance(body, dict):
        return None
    body.setdefault("code", body.get("messageCode"))  # what the value-store API calls it
    first = _first_error(body)
    if first is not None and "message" not in body:  # the Moltin contract
        body |= {"message": first["detail"], "code": first["code"]}
    return body if all(isinstance(body.get(name), str) for name in ("message", "code")) else None


def _field_errors(errors: object) -> list[FieldError]:
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    if listed and "detail" in listed[0]:  # the Moltin contract: of a field where there is a source
        listed = [{"field": one["source"], "message": one.get("detail"), **one} for one in listed if "source" in one]
    return [FieldError(*(str(one.get(name, "")) for name in ("field", "message", "code"))) for one in listed]


def _first_error(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first error of a body that has them and says nothing else: its sentence and its code."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    is_whole = isinstance(first, dict) and all(isinstance(first.get(name), str) for name in ("detail", "code"))
    return first if is_whole else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
