"""The error codes of the Moltin contract: one list, with status and title each.

The body of every error is ``{errors: [{status, title, detail, code, source?}]}``. The published pages have no codes:
these are ours, the company API's where it has one for the same. ``source`` is the field, without ``data`` before it. A
field that is missing is a 400, as published; one that is wrong is a 422.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from promo_contracts.company.errors import ErrorKind, FieldProblem

_BAD, _NOT_FOUND, _CONFLICT, _UNPROCESSABLE = "Bad Request", "Not Found", "Conflict", "Unprocessable Entity"

ERRORS: Mapping[str, ErrorKind] = {
    "INVALID_JSON": ErrorKind(400, _BAD),
    "REQUIRED_FIELD": ErrorKind(400, "required"),
    "MIXED_CURRENCIES": ErrorKind(400, _BAD),
    "UNSUPPORTED_GRANT_TYPE": ErrorKind(400, _BAD),
    "UNAUTHORIZED": ErrorKind(401, "Unauthorized"),
    "MISSING_SCOPE": ErrorKind(403, "Forbidden"),
    "NOT_FOUND": ErrorKind(404, _NOT_FOUND),
    "PROMOTION_NOT_FOUND": ErrorKind(404, _NOT_FOUND),
    "CODE_NOT_FOUND": ErrorKind(404, _NOT_FOUND),
    "ITEM_NOT_FOUND": ErrorKind(404, _NOT_FOUND),
    "TAX_NOT_FOUND": ErrorKind(404, _NOT_FOUND),
    "METHOD_NOT_ALLOWED": ErrorKind(405, "Method Not Allowed"),
    "DUPLICATE_PROMOTION_CODE": ErrorKind(409, _CONFLICT),
    "USAGE_LIMIT_REACHED": ErrorKind(409, _CONFLICT),
    "CHECKOUT_IN_FLIGHT": ErrorKind(409, _CONFLICT),
    "CART_ORDERED": ErrorKind(409, _CONFLICT),
    "PAYLOAD_TOO_LARGE": ErrorKind(413, "Payload Too Large"),
    "UNSUPPORTED_MEDIA_TYPE": ErrorKind(415, "Unsupported Media Type"),
    "INVALID_FIELD": ErrorKind(422, _UNPROCESSABLE),
    "CART_EMPTY": ErrorKind(422, _UNPROCESSABLE),
    "INTERNAL_ERROR": ErrorKind(500, "Internal Server Error"),
    # No 503: that says that nothing was stored, and so that it may be sent again.
    "OUTCOME_UNKNOWN": ErrorKind(500, "Internal Server Error"),
    "SERVICE_UNAVAILABLE": ErrorKind(503, "Service Unavailable"),
}

TOKEN_REFUSED = "Unable to validate access token"  # noqa: S105 - what is said of one
"""The published sentence, in place of ours that speaks of keys."""

MISSING = "is required"


def error_body(code: str, message: str, **_more: Any) -> dict[str, Any]:
    """Return the body of an error.

    >>> error_body("CODE_NOT_FOUND", "No promotion could be found with the given code.")["errors"][0]["status"]
    404
    """
    kind = ERRORS[code]
    return {"errors": [{"status": kind.status, "title": kind.title, "detail": message, "code": code}]}


def invalid_body(problems: Sequence[FieldProblem]) -> dict[str, Any]:
    """Return the body for wrong fields, with all of them; those that are missing come first.

    >>> (error,) = invalid_body([FieldProblem("data.enabled", "is required")])["errors"]
    >>> error["status"], error["title"], error["detail"], error["source"]
    (400, 'required', 'enabled is required', 'enabled')
    """
    errors = [_field_error(one) for one in problems]
    return {"errors": sorted(errors, key=lambda one: int(one["status"]))}


def _field_error(problem: FieldProblem) -> dict[str, Any]:
    source = problem.field.removeprefix("data.")
    code = "REQUIRED_FIELD" if problem.message == MISSING else "INVALID_FIELD"
    (error,) = error_body(code, f"{source} {problem.message}")["errors"]
    return {**error, "source": source}


def status_of(body: Mapping[str, Any]) -> int:
    """Return the HTTP status of a body: that of its first error."""
    status: int = body["errors"][0]["status"]
    return status
