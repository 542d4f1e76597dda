"""Errors: one tree, what to do in each, nothing secret in any."""

import pickle

import pytest

from promo_contracts.company.errors import ERRORS
from promo_sdk import (
    ApiError,
    CheckoutInFlight,
    Conflict,
    FieldError,
    HoldExpired,
    InvalidRequest,
    MissingScope,
    NotFound,
    PromotionsError,
    RateLimited,
    ServerError,
    TimedOut,
    TotalChanged,
    Unauthorized,
    UnexpectedReply,
)
from promo_sdk.errors import kind_of

EXPECTED = {
    400: InvalidRequest,
    401: Unauthorized,
    403: MissingScope,
    404: NotFound,
    405: InvalidRequest,
    409: Conflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    500: ServerError,
    503: ServerError,
}
SPECIAL = {
    "TOTAL_CHANGED": TotalChanged,
    "CHECKOUT_IN_FLIGHT": CheckoutInFlight,
    "HOLD_EXPIRED": HoldExpired,
}


@pytest.mark.parametrize(("code", "kind"), ERRORS.items())
def test_each_code_of_the_contract_has_its_class(code: str, kind: object) -> None:
    status = ERRORS[code].status
    assert kind_of(status, code) is SPECIAL.get(code, EXPECTED[status])


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (409, "NEW_CONFLICT", Conflict),
        (418, "NEW_CODE", InvalidRequest),
        (429, None, RateLimited),
        (401, None, Unauthorized),
        (403, None, UnexpectedReply),
        (599, None, ServerError),
        (302, "HOLD_EXPIRED", UnexpectedReply),
    ],
)
def test_a_newer_server_or_a_proxy_is_judged_by_the_status(
    status: int, code: str | None, expected: type[ApiError]
) -> None:
    assert kind_of(status, code) is expected


def test_the_text_says_what_is_wrong_which_request_it_was_and_what_to_do() -> None:
    error = Unauthorized("No such key.", status=401, code="UNAUTHORIZED", request_id="r1")
    assert str(error) == ("No such key. [401 UNAUTHORIZED request r1] Check api_key (or PROMO_API_KEY) and company_id.")


def test_a_wrong_field_that_the_message_does_not_name_is_added() -> None:
    errors = [FieldError("discount_rules.discount_value", "must be at most 100", "INVALID_DISCOUNT_RULES")]
    error = InvalidRequest("must be at most 100", status=422, code="INVALID_DISCOUNT_RULES", errors=errors)
    assert str(error) == (
        "must be at most 100 [422 INVALID_DISCOUNT_RULES] (discount_rules.discount_value: must be at most 100)"
    )


def test_the_repr_holds_no_message_and_no_body() -> None:
    error = Conflict("'SPRING20' is in use", status=409, code="DUPLICATE", body={"code": "SPRING20"})
    assert repr(error) == "Conflict(status=409, code='DUPLICATE', request_id=None)"
    assert repr(TimedOut("late", request_id="r1")) == "TimedOut(request_id='r1')"


def test_a_changed_total_without_its_evaluation_is_still_a_changed_total() -> None:
    assert TotalChanged("The total changed.", status=409).evaluation == {}


def test_errors_survive_a_task_queue() -> None:
    errors: list[PromotionsError] = [
        TotalChanged("No.", status=409, body={"evaluation": {"a": 1}}, request_id="r1"),
        InvalidRequest("No.", errors=[FieldError("cart", "is required", "INVALID_CART")]),
        TimedOut("Late.", was_sent=False, request_id="r1"),
    ]
    for error in errors:
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
