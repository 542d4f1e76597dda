"""The error codes of the value-store API: one list, with the status or statuses of each.

The body of every error is ``{statusCode, message, messageCode}``; only ``messageCode`` is meant for programs. Where
the published server has a code for something, it is that one, letter by letter. What only refers to something that is
not there is a conflict (409), what is named by the path is not found (404): the same code for both.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from promo_contracts.company.errors import FieldProblem

ERRORS: Mapping[str, tuple[int, ...]] = {
    "InvalidJson": (400,),
    "Unauthorized": (401,),
    "MissingScope": (403,),
    "CannotModifyTransaction": (403,),
    "CannotDeleteTransaction": (403,),
    "NotFound": (404,),
    "ContactNotFound": (404, 409),
    "CurrencyNotFound": (404, 409),
    "ProgramNotFound": (404, 409),
    "ValueNotFound": (404,),
    "ValueCodeNotFound": (404,),
    "TransactionNotFound": (404,),
    "MethodNotAllowed": (405,),
    "ContactIdExists": (409,),
    "ContactInUse": (409,),
    "CurrencyExists": (409,),
    "CurrencyInUse": (409,),
    "ProgramIdExists": (409,),
    "ProgramInUse": (409,),
    "ProgramInactive": (409,),
    "ProgramConstraint": (409,),
    "ValueIdExists": (409,),
    "ValueCodeExists": (409,),
    "ValueInUse": (409,),
    "ValueAccess": (409,),
    "SecretCodesOff": (409,),
    "TransactionExists": (409,),
    "InvalidParty": (409,),
    "WrongCurrency": (409,),
    "ValueCanceled": (409,),
    "ValueFrozen": (409,),
    "ValueInactive": (409,),
    "ValueNotStarted": (409,),
    "ValueEnded": (409,),
    "NullBalance": (409,),
    "NullUses": (409,),
    "InsufficientBalance": (409,),
    "InsufficientUsesRemaining": (409,),
    "ValueBalanceTooLarge": (409,),
    "StripeAmountTooSmall": (409,),
    "NoPaymentPort": (409,),
    "RuleTooCostly": (409,),
    "TransactionNotPending": (409,),
    "TransactionPending": (409,),
    "TransactionCaptured": (409,),
    "TransactionVoided": (409,),
    "TransactionReversed": (409,),
    "TransactionNotReversible": (409,),
    "PayloadTooLarge": (413,),
    "UnsupportedMediaType": (415,),
    "InvalidField": (422,),
    "RedemptionRuleSyntaxError": (422,),
    "ValueRuleSyntaxError": (422,),
    "PendingDurationTooSmall": (422,),
    "PendingDurationTooLarge": (422,),
    "InternalError": (500,),
    # No 503: that says that nothing was stored, and so that it may be sent again.
    "OutcomeUnknown": (500,),
    "ServiceUnavailable": (503,),
}

SHARED: Mapping[str, str] = {
    "INVALID_JSON": "InvalidJson",
    "UNAUTHORIZED": "Unauthorized",
    "MISSING_SCOPE": "MissingScope",
    "NOT_FOUND": "NotFound",
    "METHOD_NOT_ALLOWED": "MethodNotAllowed",
    "PAYLOAD_TOO_LARGE": "PayloadTooLarge",
    "UNSUPPORTED_MEDIA_TYPE": "UnsupportedMediaType",
    "INTERNAL_ERROR": "InternalError",
    "OUTCOME_UNKNOWN": "OutcomeUnknown",
    "SERVICE_UNAVAILABLE": "ServiceUnavailable",
}
"""The codes that the company API has for the same, as this one has them."""


def error_body(code: str, message: str, status: int | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of an error; the status is the code's first one unless said otherwise.

    >>> error_body("TransactionExists", "There is a transaction 'a'.")["statusCode"]
    409
    """
    own = SHARED.get(code, code)
    return {"statusCode": status or ERRORS[own][0], "message": message, "messageCode": own, **more}


def invalid_body(problems: Sequence[FieldProblem]) -> dict[str, Any]:
    """Return the body for wrong fields, with all of them.

    >>> invalid_body([FieldProblem("amount", "is required")])["message"]
    'amount: is required'
    """
    errors = [{"field": one.field, "message": one.message, "code": "InvalidField"} for one in problems]
    message = "; ".join(f"{one.field}: {one.message}" for one in problems[:3])
    return error_body("InvalidField", message, errors=errors)
