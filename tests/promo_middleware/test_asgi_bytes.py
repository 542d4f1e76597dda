"""The bytes of a response: held back only when it is a cart, sent as they came otherwise."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from promo_middleware import CheckoutInFlight, Promotions, PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart

Messages = list[dict[str, Any]]
JSON = (b"content-type", b"application/json")
CART = json.dumps(a_cart()).encode()


def app_of(*messages: dict[str, Any]) -> Callable[..., Awaitable[None]]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def ask(app: Any, promotions: Promotions, method: str = "GET", path: str = "/cart", **scope: Any) -> Messages:
    sent: Messages = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    whole = {"type": "http", "method": method, "path": path, "headers": [], "extensions": {}} | scope
    await PromotionsMiddleware(app, promotions)(whole, receive, send)
    return sent


def content(messages: Messages) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


@pytest.mark.parametrize("size", [1, 7, 100, len(CART)])
async def test_a_cart_in_any_chunks_is_priced_whole(promotions: Promotions, size: int) -> None:
    chunks = [CART[i : i + size] for i in range(0, len(CART), size)]
    app = app_of(start(JSON), *[body(chunk, more=True) for chunk in chunks], body(b""))
    sent = await ask(app, promotions)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert json.loads(content(sent))["total"] == 4792


@pytest.mark.parametrize("status", [200, 201])
async def test_a_cart_that_was_just_created_is_one_too(promotions: Promotions, status: int) -> None:
    sent = await ask(app_of(start(JSON, status=status), body(CART)), promotions)
    assert (sent[0]["status"], json.loads(content(sent))["total"]) == (status, 4792)


async def test_repeated_headers_survive_in_order(promotions: Promotions) -> None:
    cookies = [(b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"x-shop", b"1"), (b"set-cookie", b"c=3")]
    sent = await ask(app_of(start(JSON, *cookies, (b"Content-Length", b"9"), (b"ETag", b"x")), body(CART)), promotions)
    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert sent[0]["headers"][1:5] == cookies
    assert names.count(b"content-length") == names.count(b"etag") == 1


UNTOUCHED = [
    (start((b"content-type", b"text/html")), CART),
    (start(JSON, status=404), CART),
    (start(JSON, (b"content-encoding", b"gzip")), b"\x1f\x8b"),
    (start(JSON), b"not json"),
    (start(JSON), b""),
    (start(JSON), b'{"total": 1}'),
    (start(JSON), CART.replace(b"5990", b'5990, "weight": NaN')),
    (start(JSON), b'{"total":1,"total":2}'),
    (start(), CART),
]


@pytest.mark.parametrize(("head", "whole"), UNTOUCHED, ids=range(len(UNTOUCHED)))
async def test_what_is_no_cart_goes_out_byte_for_byte(
    promotions: Promotions, head: dict[str, Any], whole: bytes
) -> None:
    sent = await ask(app_of(head, body(whole[:3], more=True), body(whole[3:])), promotions)
    assert sent[0] == head
    assert content(sent) == whole
    assert sent[-1].get("more_body", False) is False


async def test_a_response_above_the_bound_streams_on_unchanged(promotions: Promotions) -> None:
    megabyte = b" " * 600_000
    sent = await ask(app_of(start(JSON), body(megabyte, more=True), body(megabyte, more=True), body(b"x")), promotions)
    assert content(sent) == megabyte + megabyte + b"x"
    assert [message.get("more_body", False) for message in sent[1:]] == [True, False]


async def test_a_head_of_a_cart_says_nothing_of_a_body_that_was_not_priced(promotions: Promotions) -> None:
    head = start(JSON, (b"content-length", b"9"), (b"etag", b'"x"'), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))
    sent = await ask(app_of(head, body(b"")), promotions, "HEAD")
    assert sent[0]["headers"] == [
        *(JSON, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")),
        (b"cache-control", b"private, no-store"),
    ]


async def test_a_shop_that_forbids_keeping_more_strictly_has_its_say(promotions: Promotions) -> None:
    strict = (b"cache-control", b"no-store, max-age=0, must-revalidate")
    sent = await ask(app_of(start(JSON, strict), body(CART)), promotions)
    assert [value for name, value in sent[0]["headers"] if name == b"cache-control"] == [strict[1]]


async def test_what_the_shop_said_of_its_own_bytes_is_left_out(promotions: Promotions) -> None:
    of_the_body = [(b"last-modified", b"x"), (b"Content-Digest", b"x"), (b"accept-ranges", b"bytes")]
    sent = await ask(app_of(start(JSON, *of_the_body, (b"transfer-encoding", b"chunked")), body(CART)), promotions)
    assert {name for name, _ in sent[0]["headers"]} == {b"content-type", b"content-length", b"etag", b"cache-control"}


async def test_a_response_with_trailers_passes_untouched(promotions: Promotions) -> None:
    head = start(JSON) | {"trailers": True}
    trailers = {"type": "http.response.trailers", "headers": [(b"x", b"y")], "more_trailers": False}
    sent = await ask(app_of(head, body(CART), trailers), promotions)
    assert sent == [head, body(CART), trailers]


async def test_a_file_that_the_server_is_to_send_passes_even_unasked(promotions: Promotions) -> None:
    path = {"type": "http.response.pathsend", "path": "/x"}
    assert await ask(app_of(start(JSON), path), promotions) == [start(JSON), path]


async def test_a_push_goes_out_at_once_and_the_cart_is_priced(promotions: Promotions) -> None:
    push = {"type": "http.response.push", "path": "/style.css", "headers": []}
    sent = await ask(app_of(start(JSON), push, body(CART)), promotions)
    assert sent[0] == push
    assert json.loads(content(sent))["total"] == 4792


async def test_a_client_that_is_gone_leaves_a_checkout_in_doubt(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await scope["state"]["promotions"].hold(reference="o1", cart=a_cart())
        await send(start(JSON, status=201))

    async def gone(message: Any) -> None:
        raise OSError

    scope: Any = {"type": "http", "method": "POST", "path": "/pay", "headers": []}
    with pytest.raises(OSError):  # noqa: PT011 as ASGI has it
        await PromotionsMiddleware(app, promotions)(scope, None, gone)  # type: ignore[arg-type]
    assert promotions.outbox.entries()[0].step == "doubt"


async def test_an_app_that_ends_early_has_sent_what_it_sent(promotions: Promotions) -> None:
    sent = await ask(app_of(start(JSON), body(b"{", more=True)), promotions)
    assert content(sent) == b"{"
    assert sent[-1]["more_body"] is True


async def test_an_adjusted_route_hides_what_would_bypass_it(promotions: Promotions) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    headers = [
        (b"accept-encoding", b"gzip"),
        (b"if-none-match", b"x"),
        (b"range", b"0-1"),
        (b"promo-x", b"1"),
        (b"a", b"b"),
    ]
    aside = ("http.response.pathsend", "http.response.zerocopysend", "http.response.trailers")
    extensions: dict[str, Any] = {name: {} for name in (*aside, "other")}
    await ask(app, promotions, headers=headers, extensions=extensions)
    assert seen[0]["headers"] == [(b"a", b"b")]
    assert seen[0]["extensions"] == {"other": {}}


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_other_scopes_pass_untouched(promotions: Promotions, kind: str) -> None:
    seen: list[Any] = []

    async def app(*arguments: Any) -> None:
        seen.append(arguments)

    arguments: Any = ({"type": kind, "headers": []}, object(), object())
    await PromotionsMiddleware(app, promotions)(*arguments)
    assert seen == [arguments]


async def test_the_middleware_adds_to_the_state_and_keeps_what_is_there(promotions: Promotions) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["state"])

    state = {"database": 1}
    await ask(app, promotions, state=state)
    assert sorted(seen[0]) == ["database", "promotions"]
    assert state == {"database": 1}


async def test_an_exception_of_a_cart_route_passes(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(app, promotions)


async def test_a_refusal_that_the_framework_turned_into_a_500_is_a_409(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = scope["state"]["promotions"]
        request.refusal = CheckoutInFlight("busy")
        await send(start(status=500))
        await send(body(b"Internal Server Error"))
        raise request.refusal

    sent = await ask(app, promotions, "POST", "/pay")
    assert sent[0]["status"] == 409
    assert json.loads(content(sent)) == {"error": "checkout_in_flight", "message": "busy"}


class Refused:
    """An app that meets a refusal, sells all the same, and answers as it likes."""

    def __init__(self, status: int, error: Exception | None = None) -> None:
        self._status = status
        self._error = error

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = scope["state"]["promotions"]
        try:
            request.refusal = CheckoutInFlight("busy")
            raise request.refusal
        except CheckoutInFlight:
            pass
        if self._error is not None:
            raise self._error
        await send(start(JSON, status=self._status))
        await send(body(b"stored, no mail"))


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_shop_that_meets_a_refusal_and_answers_what_went_wrong_has_its_say(
    promotions: Promotions, status: int
) -> None:
    sent = await ask(Refused(status), promotions, "POST", "/pay")
    assert (sent[0]["status"], content(sent)) == (status, b"stored, no mail")


async def test_what_goes_wrong_after_a_refusal_that_was_met_is_the_shops_own(promotions: Promotions) -> None:
    with pytest.raises(ZeroDivisionError):
        await ask(Refused(0, ZeroDivisionError()), promotions, "POST", "/pay")


async def test_a_500_to_what_went_wrong_after_a_refusal_is_the_shops_own(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await Refused(0, ZeroDivisionError())(scope, receive, send)
        except ZeroDivisionError:
            await send(start(JSON, status=500))
            await send(body(b"Oops"))
            raise

    sent: Messages = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": "POST", "path": "/pay", "headers": []}
    with pytest.raises(ZeroDivisionError):
        await PromotionsMiddleware(app, promotions)(scope, None, send)  # type: ignore[arg-type]
    assert (sent[0]["status"], content(sent)) == (500, b"Oops")


@pytest.mark.parametrize("way", ["from it", "beside it", "in a group"])
async def test_what_is_raised_because_of_a_refusal_is_a_409(promotions: Promotions, way: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["promotions"].refusal = refusal = CheckoutInFlight("busy")
        try:
            raise refusal
        except CheckoutInFlight as error:
            if way == "in a group":
                raise ExceptionGroup("tasks", [error]) from None
            raise ZeroDivisionError from (error if way == "from it" else None)

    sent = await ask(app, promotions, "POST", "/pay")
    assert (sent[0]["status"], json.loads(content(sent))["error"]) == (409, "checkout_in_flight")


async def test_a_handler_that_answers_500_to_a_refusal_says_that_it_met_it(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = scope["state"]["promotions"]
        request.refusal = CheckoutInFlight("busy")
        request.refusal = None
        await send(start(JSON, status=500))
        await send(body(b"stored, no mail"))

    assert (await ask(app, promotions, "POST", "/pay"))[0]["status"] == 500


@pytest.mark.parametrize(("status", "is_said"), [(200, True), (303, False), (404, False), (500, False)])
async def test_only_a_success_without_a_hold_is_said(
    promotions: Promotions, caplog: pytest.LogCaptureFixture, status: int, is_said: bool
) -> None:
    await ask(app_of(start(JSON, status=status), body(b'{"total":1}')), promotions, "POST", "/pay")
    assert ("checkout_without_hold" in caplog.text) is is_said


async def test_a_2xx_after_a_refusal_is_a_success_without_a_hold(
    promotions: Promotions, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["promotions"].refusal = CheckoutInFlight("busy")
        await send(start(JSON))
        await send(body(b'{"total":1}'))

    await ask(app, promotions, "POST", "/pay")
    assert "checkout_without_hold: /pay charged 1 without" in caplog.text


async def test_the_lifespan_of_the_app_is_that_of_the_background_thread(promotions: Promotions) -> None:
    import threading

    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "promotions"]

    assert threads()
    await PromotionsMiddleware(app_of(), promotions)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert not threads()
    promotions.start()
    assert threads()


async def test_an_order_response_streams_through_and_is_settled_before_its_last_chunk(promotions: Promotions) -> None:
    steps: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await scope["state"]["promotions"].hold(reference="o1", cart=a_cart())
        await send(start(JSON, status=201))
        await send(body(b'{"total":', more=True))
        steps.append(promotions.outbox.entries()[0].step)
        await send(body(b"4792}"))
        steps.append(promotions.outbox.entries()[0].step)

    sent = await ask(app, promotions, "POST", "/pay")
    assert content(sent) == b'{"total":4792}'
    assert steps == ["open", "confirm"]


async def test_a_cancelled_checkout_is_in_doubt(promotions: Promotions) -> None:
    import anyio

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await scope["state"]["promotions"].hold(reference="o1", cart=a_cart())
        await anyio.sleep_forever()

    with anyio.move_on_after(0.3):
        await ask(app, promotions, "POST", "/pay")
    assert promotions.outbox.entries()[0].step == "doubt"


async def test_one_request_holds_one_reference(promotions: Promotions) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = scope["state"]["promotions"]
        await request.hold(reference="o1", cart=a_cart())
        await request.hold(reference="o2", cart=a_cart())

    with pytest.raises(RuntimeError, match="this request holds 'o1' already"):
        await ask(app, promotions, "POST", "/pay")
