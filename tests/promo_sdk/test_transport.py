"""The wire: what is repeated and what is not, what stays the same, what is logged."""

import gzip
import logging
from typing import Any

import httpx
import pytest
import respx

from promo_contracts import read_json
from promo_sdk import (
    AsyncPromotionsClient,
    ConnectionFailed,
    InvalidRequest,
    PromotionsClient,
    RateLimited,
    RetryPolicy,
    ServerError,
    TimedOut,
)
from tests.promo_sdk.samples import (
    CAMPAIGN_REPLY,
    CART,
    COMPANY,
    EXAMPLES,
    KEY,
    NOON,
    PROMOTION,
    REDEMPTION_REPLY,
    URL,
    Example,
)

HOLD = f"{COMPANY}/redemptions/co-1"
CAMPAIGNS = f"{COMPANY}/campaigns"
HELD = httpx.Response(200, json=REDEMPTION_REPLY)


def test_every_retry_of_a_hold_repeats_its_attempt(
    client: PromotionsClient, respx_mock: respx.MockRouter, slept: list[float]
) -> None:
    """This is what keeps a retry from redeeming twice."""
    route = respx_mock.put(HOLD).mock(side_effect=[httpx.ReadTimeout, httpx.Response(502), HELD])
    client.redemptions.hold("co-1", cart=CART)
    attempts = [read_json(call.request.content)["attempt"] for call in route.calls]
    assert len(attempts) == 3
    assert len(set(attempts)) == 1
    assert len(attempts[0]) == 32
    assert slept == [0.1, 0.2]


async def test_the_async_loop_repeats_it_too(
    async_client: AsyncPromotionsClient, respx_mock: respx.MockRouter, slept: list[float]
) -> None:
    route = respx_mock.put(HOLD).mock(side_effect=[httpx.ReadTimeout, httpx.Response(502), HELD])
    await async_client.redemptions.hold("co-1", cart=CART)
    assert len({call.request.content for call in route.calls}) == 1
    assert slept == [0.1, 0.2]


def test_two_holds_are_two_attempts(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.put(HOLD).mock(return_value=HELD)
    client.redemptions.hold("co-1", cart=CART)
    client.redemptions.hold("co-1", cart=CART)
    attempts = {read_json(call.request.content)["attempt"] for call in route.calls}
    assert len(attempts) == 2


def test_retries_keep_the_request_id_and_calls_have_their_own(
    client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(HOLD).mock(side_effect=[httpx.ConnectError, HELD, HELD])
    client.redemptions.get("co-1")
    client.redemptions.get("co-1")
    first, second, third = [call.request.headers["X-Request-Id"] for call in route.calls]
    assert first == second != third


ONCE = {"create_campaign", "create_promotion", "create_code", "delete_code"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_all_that_is_the_same_when_done_twice_is_repeated_after_a_failure(
    example: Example, client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    replies = [httpx.Response(500), httpx.Response(example.route.status, json=example.reply)]
    route = respx_mock.route(method=example.route.method).mock(side_effect=replies)
    if example.route.name in ONCE:
        with pytest.raises(ServerError):
            example.make(client)
        assert route.call_count == 1
    else:
        example.make(client)
        assert route.call_count == 2


@pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError])
def test_a_create_that_may_have_arrived_is_not_repeated(
    failure: type[Exception], client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.post(f"{CAMPAIGNS}/c1/promotions").mock(side_effect=failure)
    with pytest.raises((TimedOut, ConnectionFailed)) as caught:
        client.promotions.create("c1", **PROMOTION)
    assert caught.value.was_sent
    assert "unknown" in str(caught.value)
    assert route.call_count == 1


@pytest.mark.parametrize(
    "outcome",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, *map(httpx.Response, (429, 503))],
)
def test_a_create_that_surely_was_not_processed_is_repeated(
    outcome: Any, client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    created = httpx.Response(201, json=CAMPAIGN_REPLY)
    route = respx_mock.post(CAMPAIGNS).mock(side_effect=[outcome, created])
    assert client.campaigns.create(name="Spring").id == "c1"
    assert route.call_count == 2


def test_the_last_failure_comes_out(client: PromotionsClient, respx_mock: respx.MockRouter, slept: list[float]) -> None:
    route = respx_mock.get(HOLD).mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(ConnectionFailed, match="did not act") as caught:
        client.redemptions.get("co-1")
    assert not caught.value.was_sent
    assert caught.value.request_id == route.calls[0].request.headers["X-Request-Id"]
    assert (route.call_count, len(slept)) == (3, 2)


@pytest.mark.parametrize(("first", "was_sent"), [(httpx.ReadTimeout, True), (httpx.Response(503), False)])
def test_what_an_earlier_attempt_may_have_done_is_not_forgotten(
    first: Any, was_sent: bool, client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    """The hold may stand although the last attempt never left this machine."""
    respx_mock.put(HOLD).mock(side_effect=[first, httpx.ConnectError, httpx.ConnectError])
    with pytest.raises(ConnectionFailed) as caught:
        client.redemptions.hold("co-1", cart=CART)
    assert caught.value.was_sent is was_sent


@pytest.mark.parametrize("when", ["3", "Sun, 22 Nov 2026 12:00:03 GMT"])
def test_retry_after_is_waited(
    when: str, client: PromotionsClient, respx_mock: respx.MockRouter, slept: list[float]
) -> None:
    assert f"{NOON:%a, %d %b %Y %H:%M}" in "Sun, 22 Nov 2026 12:00:03"
    busy = httpx.Response(429, headers={"Retry-After": when})
    respx_mock.get(HOLD).mock(side_effect=[busy, HELD])
    client.redemptions.get("co-1")
    assert slept == [3.1]


def test_a_longer_retry_after_is_left_to_the_caller(
    client: PromotionsClient, respx_mock: respx.MockRouter, slept: list[float]
) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "120"})
    respx_mock.get(HOLD).mock(return_value=busy)
    with pytest.raises(RateLimited) as caught:
        client.redemptions.get("co-1")
    assert caught.value.retry_after == 120
    assert slept == []


def test_an_attempt_waits_as_long_as_the_options_say(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(HOLD).mock(return_value=HELD)
    client.redemptions.get("co-1")
    client.with_options(timeout=0.15).redemptions.get("co-1")
    client.with_options(retries=RetryPolicy(deadline=2)).redemptions.get("co-1")
    timeouts = [call.request.extensions["timeout"]["read"] for call in route.calls]
    assert timeouts == [5.0, 0.15, 2]


def test_a_reply_that_cannot_be_unpacked_is_a_broken_connection(
    client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(HOLD).mock(side_effect=httpx.DecodingError("not gzip"))
    with pytest.raises(ConnectionFailed, match="DecodingError"):
        client.redemptions.get("co-1")


def test_the_log_names_the_route_and_holds_no_secret(
    client: PromotionsClient, respx_mock: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    respx_mock.put(HOLD).mock(side_effect=[httpx.ReadTimeout, HELD])
    with caplog.at_level(logging.DEBUG):
        client.redemptions.hold("co-1", cart=CART)
    path = "/promotions/company/{company_id}/redemptions/{reference}"
    assert [one.getMessage() for one in caplog.records if one.name == "promo_sdk"] == [
        f"PUT {path} -> TimedOut (attempt 1)",
        f"PUT {path} -> 200 (attempt 2)",
    ]
    assert KEY not in caplog.text
    assert "SECRETCODE" not in caplog.text


def test_a_transport_of_the_other_kind_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="use AsyncPromotionsClient"):
        PromotionsClient(URL, company_id="42", api_key=KEY, http_transport=httpx.AsyncHTTPTransport())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="use PromotionsClient"):
        AsyncPromotionsClient(URL, company_id="42", api_key=KEY, http_transport=httpx.HTTPTransport())  # type: ignore[arg-type]


def test_an_url_that_is_too_long_is_refused(client: PromotionsClient) -> None:
    with pytest.raises(InvalidRequest, match="too long"):
        client.redemptions.get("r" * 70_000)


def test_packed_replies_are_unpacked(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    content = gzip.compress(HELD.content)
    packed = httpx.Response(200, content=content, headers={"Content-Encoding": "gzip"})
    respx_mock.get(HOLD).mock(return_value=packed)
    assert client.redemptions.get("co-1").amount_due == 4792
