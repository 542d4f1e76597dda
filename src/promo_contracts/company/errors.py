"""The error codes of the company API: one list, with status and title each.

The body of every error is the seed's ``{error, message, code}`` plus ``errors: [{field, message, code}]``.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """The HTTP status of a code, and its title (the body's ``error``)."""

    status: int
    title: str


ERRORS: dict[str, ErrorKind] = {
    "INVALID_JSON": ErrorKind(400, "Invalid JSON"),
    "UNAUTHORIZED": ErrorKind(401, "Unauthorized"),
    "MISSING_SCOPE": ErrorKind(403, "Missing scope"),
    "NOT_FOUND": ErrorKind(404, "Not found"),
    "CAMPAIGN_NOT_FOUND": ErrorKind(404, "Campaign not found"),
    "PROMOTION_NOT_FOUND": ErrorKind(404, "Promotion not found"),
    "CODE_NOT_FOUND": ErrorKind(404, "Code not found"),
    "REDEMPTION_NOT_FOUND": ErrorKind(404, "Redemption not found"),
    "METHOD_NOT_ALLOWED": ErrorKind(405, "Method not allowed"),
    "DUPLICATE_CAMPAIGN_NAME": ErrorKind(409, "Campaign name already exists"),
    "DUPLICATE_PROMOTION_NAME": ErrorKind(409, "Promotion name already exists"),
    "DUPLICATE_PROMOTION_CODE": ErrorKind(409, "Promotion code already exists"),
    "CODE_BATCH_EXISTS": ErrorKind(409, "Code batch already exists"),
    "INVALID_STATUS_CHANGE": ErrorKind(409, "Invalid status change"),
    "PROMOTION_NOT_MODIFIABLE": ErrorKind(409, "Promotion not modifiable"),
    "CAMPAIGN_NOT_MODIFIABLE": ErrorKind(409, "Campaign not modifiable"),
    "TOTAL_CHANGED": ErrorKind(409, "Total changed"),
    "CHECKOUT_IN_FLIGHT": ErrorKind(409, "Checkout in flight"),
    "CHARGE_MISMATCH": ErrorKind(409, "Charge mismatch"),
    "HOLD_EXPIRED": ErrorKind(409, "Hold expired"),
    "REDEMPTION_CLOSED": ErrorKind(409, "Redemption closed"),
    "REDEMPTION_NOT_CONFIRMED": ErrorKind(409, "Redemption not confirmed"),
    "DUPLICATE_RETURN": ErrorKind(409, "Return already exists"),
    "RULES_NOT_KEPT": ErrorKind(409, "Rules not kept"),
    "GRANT_REJECTED": ErrorKind(409, "Grant rejected"),
    "PAYLOAD_TOO_LARGE": ErrorKind(413, "Payload too large"),
    "UNSUPPORTED_MEDIA_TYPE": ErrorKind(415, "Unsupported media type"),
    "INVALID_FIELD": ErrorKind(422, "Invalid field"),
    "INVALID_CART": ErrorKind(422, "Invalid cart"),
    "INVALID_PROMOTION_NAME": ErrorKind(422, "Invalid promotion name"),
    "INVALID_PROMOTION_TYPE": ErrorKind(422, "Invalid promotion type"),
    "INVALID_DISCOUNT_RULES": ErrorKind(422, "Invalid discount rules"),
    "INVALID_SCHEDULE": ErrorKind(422, "Invalid promotion schedule"),
    "INVALID_USAGE_LIMITS": ErrorKind(422, "Invalid usage limits"),
    "INVALID_PROMOTION_CODE": ErrorKind(422, "Invalid promotion code"),
    "INVALID_ELIGIBILITY": ErrorKind(422, "Invalid eligibility criteria"),
    "INTERNAL_ERROR": ErrorKind(500, "Internal error"),
    # No 503: that says that nothing was stored, and so that even a creation may be repeated.
    "OUTCOME_UNKNOWN": ErrorKind(500, "Outcome unknown"),
    "SERVICE_UNAVAILABLE": ErrorKind(503, "Service unavailable"),
}

FIELD_CODES = {
    "promotion_name": "INVALID_PROMOTION_NAME",
    "promotion_type": "INVALID_PROMOTION_TYPE",
    "discount_rules": "INVALID_DISCOUNT_RULES",
    "schedule": "INVALID_SCHEDULE",
    "usage_limits": "INVALID_USAGE_LIMITS",
    "max_uses": "INVALID_USAGE_LIMITS",
    "promotion_code": "INVALID_PROMOTION_CODE",
    "prefix": "INVALID_PROMOTION_CODE",
    "eligibility_criteria": "INVALID_ELIGIBILITY",
    "cart": "INVALID_CART",
}
"""The code for a wrong field, by its first name, in the order of the seed's validation rules."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: its path, and what is wrong with it."""

    field: str
    message: str

    @property
    def top(self) -> str:
        """The name of the field of the body that it stands in."""
        return self.field.partition(".")[0].partition("[")[0]

    @property
    def code(self) -> str:
        """The error code of this field.

        >>> FieldProblem("usage_limits.daily_usage_limit", "must be positive").code
        'INVALID_USAGE_LIMITS'
        """
        return FIELD_CODES.get(self.top, "INVALID_FIELD")


def error_body(code: str, message: str, **more: Any) -> dict[str, Any]:
    """Return the body of an error; ``more`` are the code's own fields, such as ``evaluation``."""
    return {"error": ERRORS[code].title, "message": message, "code": code, **more}


def invalid_body(problems: list[FieldProblem]) -> dict[str, Any]:
    """Return the body for wrong fields: the main code is the first in the order of the validation rules.

    >>> problems = [FieldProblem("schedule.end_date", "too late"), FieldProblem("promotion_name", "too long")]
    >>> invalid_body(problems)["code"]
    'INVALID_PROMOTION_NAME'
    """
    order = [*FIELD_CODES.values(), "INVALID_FIELD"]
    main = min(problems, key=lambda problem: order.index(problem.code))
    errors = [{"field": problem.field, "message": problem.message, "code": problem.code} for problem in problems]
    message = main.message if main.code != "INVALID_FIELD" else f"{main.field}: {main.message}"
    return error_body(main.code, message, errors=errors)
