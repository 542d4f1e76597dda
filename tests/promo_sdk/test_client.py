"""The clients: every endpoint as the route table has it, sync like async."""

from typing import Any

import httpx
import pytest
import respx
from pydantic import BaseModel

from promo_contracts import read_json
from promo_contracts.company.routes import ROUTES
from promo_sdk import AsyncPromotionsClient, PromotionsClient, RetryPolicy, ServerError
from tests.promo_sdk.samples import COMPANY, EXAMPLES, KEY, REDEMPTION_REPLY, URL, Example

EACH_CALL = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def test_every_route_has_a_call() -> None:
    assert {example.route for example in EXAMPLES} == set(ROUTES)


def hear(example: Example, router: respx.MockRouter) -> respx.Route:
    """Expect this call, and no other, at the real transport."""
    reply = httpx.Response(example.route.status, json=example.reply)
    return router.route(method=example.route.method, host="promotions.example.com").mock(reply)


def check(example: Example, request: httpx.Request, result: Any) -> None:
    """Compare what was sent and what came out with the route table."""
    query = f"?{example.query}" if example.query else ""
    assert str(request.url) == f"{COMPANY}{example.path}{query}"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["User-Agent"].startswith("fairtill/")
    body = read_json(request.content) if request.content else None
    assert body == example.body
    if isinstance(example.route.response, type):
        assert type(result) is example.route.response


@EACH_CALL
def test_a_call_sends_what_the_route_table_says(
    example: Example, client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = hear(example, respx_mock)
    result = example.make(client)
    check(example, route.calls.last.request, result)


@EACH_CALL
async def test_an_async_call_sends_the_same(
    example: Example, async_client: AsyncPromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = hear(example, respx_mock)
    result = await example.make(async_client)
    check(example, route.calls.last.request, result)


@EACH_CALL
def test_a_body_is_one_that_the_server_s_model_takes(example: Example) -> None:
    model = example.route.request
    assert (model is None) == (example.body is None)
    if model is not None:
        assert isinstance(model.model_validate(example.body), BaseModel)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMO_API_KEY", KEY)
    with PromotionsClient(URL, company_id="42") as client:
        assert client._settings.api_key == KEY


def test_an_empty_key_is_not_replaced_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMO_API_KEY", KEY)
    with pytest.raises(ValueError, match="no key"):
        PromotionsClient(URL, company_id="42", api_key="")


def test_without_a_key_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMO_API_KEY", raising=False)
    with pytest.raises(ValueError, match="PROMO_API_KEY"):
        AsyncPromotionsClient(URL, company_id="42")


def test_the_key_is_not_shown(client: PromotionsClient) -> None:
    shown = f"{client!r} {client!s} {client._settings!r} {client.campaigns!r}"
    assert repr(client) == f"PromotionsClient({URL!r}, company_id='42')"
    assert KEY not in shown


def test_options_share_the_connections_and_do_not_close_them(
    client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(f"{COMPANY}/redemptions/co-1").respond(json=REDEMPTION_REPLY)
    with client.with_options(timeout=1, retries=0) as patient:
        patient.redemptions.get("co-1")
    assert patient._transport is client._transport
    assert client.redemptions.get("co-1").reference == "co-1"


@pytest.mark.parametrize(("retries", "tries"), [(None, 3), (0, 1), (RetryPolicy(max_attempts=5), 5)])
def test_retries_are_a_policy_or_a_number(
    retries: RetryPolicy | int | None, tries: int, client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(f"{COMPANY}/redemptions/co-1").respond(500)
    with pytest.raises(ServerError):
        client.with_options(retries=retries).redemptions.get("co-1")
    assert route.call_count == tries


async def test_async_options_share_the_connections(async_client: AsyncPromotionsClient) -> None:
    async with async_client.with_options(timeout=1) as patient:
        assert patient._transport is async_client._transport
    assert not async_client._transport._http.is_closed


def test_a_closed_client_is_closed() -> None:
    client = PromotionsClient(URL, company_id="42", api_key=KEY)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.promotion_types()
