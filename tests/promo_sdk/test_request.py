"""Calls as values, and replies read without surprises."""

from datetime import UTC, datetime
from typing import Any

import pytest

from promo_contracts import write_json
from promo_contracts.company.errors import ERRORS, error_body
from promo_sdk import ApiError, InvalidRequest, ServerError, TotalChanged, UnexpectedReply
from promo_sdk._request import Call, Reply, read_reply
from promo_sdk.errors import kind_of
from promo_sdk.resources.evaluations import get_ruleset
from promo_sdk.resources.redemptions import get_redemption, hold
from tests.promo_sdk.samples import EVALUATION, NOON, REDEMPTION_REPLY

CALL = get_redemption("co-1")


def a_reply(status: int = 200, body: bytes = b"", /, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): text for name, text in headers.items()}, body, "r1", NOON)


def refusal(reply: Reply, call: Call[Any] = CALL) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_reply(call, reply)
    return caught.value


def test_a_reference_is_quoted_into_one_part_of_the_path() -> None:
    target = get_redemption("a/b?c#d é").target("42")
    assert target == "/promotions/company/42/redemptions/a%2Fb%3Fc%23d%20%C3%A9"


@pytest.mark.parametrize("reference", ["", ".", "..", "\ud800", None])
def test_a_reference_that_would_name_another_endpoint_is_refused(reference: Any) -> None:
    with pytest.raises(InvalidRequest):
        get_redemption(reference).target("42")


def test_a_call_shows_neither_its_body_nor_its_headers() -> None:
    call = hold("co-1", cart={"codes": ["SECRETCODE"]})
    assert "SECRETCODE" not in repr(call)
    assert "r7" not in repr(get_ruleset('"r7"'))


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_code_of_the_contract_becomes_its_class(code: str) -> None:
    status = ERRORS[code].status
    body = error_body(code, "No.", evaluation=EVALUATION)
    error = refusal(a_reply(status, write_json(body)))
    assert type(error) is kind_of(status, code)
    assert not isinstance(error, UnexpectedReply)
    assert (error.status, error.code, error.request_id) == (status, code, "r1")
    assert error.body == body


def test_a_changed_total_carries_the_new_evaluation() -> None:
    body = error_body("TOTAL_CHANGED", "The total is 59.90 now.", evaluation=EVALUATION)
    error = refusal(a_reply(409, write_json(body)))
    assert isinstance(error, TotalChanged)
    assert error.evaluation == EVALUATION
    assert "4792" not in f"{error} {error!r}"


def test_field_errors_come_with_the_error() -> None:
    errors = [{"field": "cart.lines", "message": "is required", "code": "INVALID_CART"}]
    error = refusal(a_reply(422, write_json(error_body("INVALID_CART", "No.", errors=errors))))
    assert isinstance(error, InvalidRequest)
    assert (error.field, error.errors[0].message) == ("cart.lines", "is required")


def test_a_missing_scope_is_named() -> None:
    error = refusal(a_reply(403, write_json(error_body("MISSING_SCOPE", "Not allowed."))))
    assert "scope 'read'" in str(error)


def test_a_proxy_page_is_a_server_error_that_says_so() -> None:
    error = refusal(a_reply(502, b"<html>Bad Gateway</html>", content_type="text/html"))
    assert type(error) is ServerError
    assert "text/html" in str(error)
    assert error.code is None


def test_a_404_page_of_another_service_is_not_a_missing_redemption() -> None:
    error = refusal(a_reply(404, b"<html>Not here</html>", content_type="text/html"))
    assert type(error) is UnexpectedReply
    assert "base_url" in str(error)


def test_a_redirect_is_reported_not_followed() -> None:
    error = refusal(a_reply(301, location="https://new.example.com/"))
    assert type(error) is UnexpectedReply
    assert "redirect to https://new.example.com/" in str(error)


@pytest.mark.parametrize("body", [b"", b'{"reference": "co', b"<html>", b"[]", b'{"a": NaN}'])
def test_a_success_that_is_not_the_document_is_an_unexpected_reply(body: bytes) -> None:
    error = refusal(a_reply(200, body))
    assert type(error) is UnexpectedReply
    assert "cannot read" in str(error)


def test_a_list_is_no_engine_document() -> None:
    assert type(refusal(a_reply(200, b"[]"), get_ruleset())) is UnexpectedReply


def test_a_wrong_shape_is_named_by_its_path_without_the_value() -> None:
    wrong = REDEMPTION_REPLY | {"state": "SECRETCODE", "held_at": "SECRETCODE"}
    error = refusal(a_reply(200, write_json(wrong)))
    assert "state: " in str(error)
    assert "held_at: must be an ISO 8601" in str(error)
    assert "SECRETCODE" not in f"{error} {error!r} {error.__cause__}"


def test_fields_of_a_newer_server_are_ignored() -> None:
    newer = REDEMPTION_REPLY | {"settled_by": "key"}
    assert read_reply(CALL, a_reply(200, write_json(newer))).amount_due == 4792


def test_not_modified_is_an_answer_only_to_a_tag() -> None:
    assert read_reply(get_ruleset('"r7"'), a_reply(304)) is None
    assert type(refusal(a_reply(304), get_ruleset())) is UnexpectedReply


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry_after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        (
            {
                "retry_after": "Sun, 22 Nov 2026 15:00:30 GMT",
                "date": "Sun, 22 Nov 2026 15:00:10 GMT",
            },
            20.0,
        ),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_from_seconds_and_dates(headers: dict[str, str], seconds: float | None) -> None:
    """A date counts from the server's own Date where it sent one."""
    assert a_reply(503, **headers).retry_after == seconds


def test_a_date_without_a_zone_is_utc() -> None:
    reply = a_reply(503, retry_after="Sun, 22 Nov 2026 12:00:30 -0000")
    assert datetime(2026, 11, 22, 12, tzinfo=UTC) == NOON
    assert reply.retry_after == 30.0
