"""The aids for apps: an ASGI app or a function in place of the network."""

import json
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from promo_sdk import ApiError, AsyncPromotionsClient, PromotionsClient, TimedOut
from promo_sdk.testing import answering, asgi_client, blocking_asgi_client
from tests.promo_sdk.samples import EVALUATION

Message = MutableMapping[str, Any]
loops: set[int] = set()


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer with what was asked."""
    asked = json.loads((await receive())["body"])
    loops.add(threading.get_ident())
    content = json.dumps({"path": scope["path"], "asked": asked}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


ANSWER = {"path": "/promotions/company/42/evaluations", "asked": {"cart": {"lines": []}}}


async def test_an_asgi_app_is_called_directly() -> None:
    async with asgi_client(app, company_id="42") as client:
        assert await client.evaluations.evaluate({"lines": []}) == ANSWER


def test_an_asgi_app_is_called_from_sync_code_in_one_thread() -> None:
    loops.clear()
    before = threading.active_count()
    with blocking_asgi_client(app, company_id="42") as client, ThreadPoolExecutor(8) as shop:
        assert list(shop.map(client.evaluations.evaluate, [{"lines": []}] * 8)) == [ANSWER] * 8
    assert len(loops) == 1
    assert loops != {threading.get_ident()}
    assert threading.active_count() == before


def test_an_app_that_takes_too_long_is_left_to_itself_as_a_server_would_be() -> None:
    may_answer, has_answered = threading.Event(), threading.Event()

    async def slow(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        await anyio.to_thread.run_sync(may_answer.wait)
        await app(scope, receive, send)
        has_answered.set()

    with blocking_asgi_client(slow, company_id="42").with_options(timeout=0.01) as client:
        with pytest.raises(TimedOut, match="no answer in time"):
            client.evaluations.evaluate({"lines": []})
        may_answer.set()
        assert has_answered.wait(60)


async def test_a_function_answers_either_client() -> None:
    seen: list[Any] = []

    def answer(method: str, path: str, body: Any) -> tuple[int, object]:
        seen.append((method, path, body))
        return 200, EVALUATION

    transport, url = answering(answer), "http://promotions.test"
    with PromotionsClient(url, company_id="42", api_key="k", http_transport=transport) as client:
        assert client.evaluations.evaluate({}) == EVALUATION
    async with AsyncPromotionsClient(url, company_id="42", api_key="k", http_transport=transport) as other:
        assert await other.evaluations.evaluate({}) == EVALUATION
    assert seen == [("POST", "/promotions/company/42/evaluations", {"cart": {}})] * 2


def test_a_test_client_tries_once() -> None:
    async def broken(*_: object) -> None:
        raise LookupError("the app's own")

    with blocking_asgi_client(broken, company_id="42") as client, pytest.raises(LookupError):
        client.promotion_types()


def test_a_refusal_can_be_played() -> None:
    refusal = {"error": "Not found", "message": "No.", "code": "NOT_FOUND"}
    transport = answering(lambda *_: (404, refusal))
    with (
        PromotionsClient("http://x", company_id="42", api_key="k", http_transport=transport) as it,
        pytest.raises(ApiError, match="NOT_FOUND"),
    ):
        it.campaigns.get("c1")
