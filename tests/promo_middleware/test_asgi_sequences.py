"""Whatever an ASGI app sends: what is no cart survives byte for byte, and a cart is valid HTTP."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo_middleware import PromotionsMiddleware
from tests.promo_middleware.offline import offline
from tests.promo_middleware.responses import Response, check_priced, responses

Message = dict[str, Any]


class CrashError(Exception):
    """What an app may raise."""


@dataclass
class Sent:
    """What a server was sent, until the client was gone."""

    gone_after: int | None = None
    messages: list[Message] = field(default_factory=list)
    error: BaseException | None = None
    late: int = 0

    async def send(self, message: Any) -> None:
        if self.gone_after is not None and len(self.messages) >= self.gone_after:
            self.late += 1
            raise OSError("the client is gone")
        self.messages.append(dict(message))

    @property
    def start(self) -> Message | None:
        return next((one for one in self.messages if one["type"] == "http.response.start"), None)

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.messages if one["type"] == "http.response.body")

    @property
    def rest(self) -> list[Message]:
        """What is neither the start nor the body."""
        return [one for one in self.messages if one["type"] not in ("http.response.start", "http.response.body")]

    @property
    def is_whole(self) -> bool:
        bodies = [one for one in self.messages if one["type"] == "http.response.body"]
        return bool(bodies) and not bodies[-1].get("more_body", False)


@st.composite
def sequences(draw: st.DrawFn, response: Response) -> list[Message | Exception]:
    """Draw the messages by which a response is sent, which may end early, with an error, or with trailers."""
    has_trailers = draw(st.integers(0, 7)) == 0
    start: Message = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    messages: list[Message | Exception] = [start | ({"trailers": True} if has_trailers else {})]
    messages += [{"type": "http.response.body", "body": part, "more_body": True} for part in response.parts]
    end = draw(st.sampled_from(["marked", "empty", "bare"]))
    if end == "marked":
        messages[-1] = {"type": "http.response.body", "body": response.parts[-1]}
    else:
        messages.append({"type": "http.response.body"} | ({} if end == "bare" else {"body": b"", "more_body": False}))
    if has_trailers:
        messages.append({"type": "http.response.trailers", "headers": [], "more_trailers": False})
    if draw(st.booleans()):
        messages.insert(draw(st.integers(0, 2)), {"type": "http.response.push", "path": "/x", "headers": []})
    if draw(st.integers(0, 3)) == 0:
        cut = draw(st.integers(0, len(messages)))
        messages = messages[:cut] + ([CrashError()] if draw(st.booleans()) else [])
    return messages


def run(app: Any, gone_after: int | None, method: str) -> Sent:
    sent = Sent(gone_after)
    scope = {"type": "http", "method": method, "path": "/cart", "headers": [], "extensions": {}}

    async def receive() -> Message:
        is_gone = gone_after is not None and len(sent.messages) >= gone_after
        return {"type": "http.disconnect"} if is_gone else {"type": "http.request", "body": b""}

    async def main() -> None:
        try:
            await app(scope, receive, sent.send)
        except (CrashError, OSError) as error:
            sent.error = error

    anyio.run(main)
    return sent


def app_of(messages: list[Message | Exception]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            if isinstance(message, Exception):
                raise message
            await send(message)

    return app


def test_a_response_survives_and_a_cart_is_valid_http(tmp_path: Path) -> None:
    with offline(tmp_path) as promotions:

        @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.data(), responses(), st.none() | st.integers(0, 4), st.sampled_from(["GET", "GET", "HEAD"]))
        def holds(data: st.DataObject, response: Response, gone_after: int | None, method: str) -> None:
            app = app_of(data.draw(sequences(response)))
            bare, ours = run(app, gone_after, method), run(PromotionsMiddleware(app, promotions), gone_after, method)
            assert ours.late <= 1
            if gone_after is not None or bare.error is not None:
                check_cut(bare, ours, may_be_priced=response.is_cart and method == "GET")
            elif method == "HEAD" or not (response.is_cart and bare.is_whole and "trailers" not in (bare.start or {})):
                check_same(bare, ours, is_head=method == "HEAD")
            else:
                assert ours.start is not None
                parts = [one.get("body", b"") for one in ours.messages if one["type"] == "http.response.body"]
                check_priced(response, ours.start["status"], ours.start["headers"], parts)
                assert ours.rest == bare.rest

        holds()


def check_same(bare: Sent, ours: Sent, *, is_head: bool) -> None:
    """Check that a response is the same byte for byte; of a HEAD, what speaks of the body may be gone."""
    assert (ours.body, ours.is_whole, ours.rest) == (bare.body, bare.is_whole, bare.rest)
    if not is_head:
        assert ours.start == bare.start
    elif bare.start is not None and ours.start is not None:
        assert ours.start["status"] == bare.start["status"]
        assert set(ours.start["headers"]) - {(b"cache-control", b"private, no-store")} <= set(bare.start["headers"])


def check_cut(bare: Sent, ours: Sent, *, may_be_priced: bool) -> None:
    """Check that a response that was cut off is none that looks whole; and that an error is the app's own."""
    assert bare.error is None or ours.error is None or type(ours.error) in (type(bare.error), CrashError)
    if not may_be_priced:
        assert bare.body.startswith(ours.body) or ours.body.startswith(bare.body)
    if isinstance(bare.error, CrashError):
        assert isinstance(ours.error, CrashError)
        assert not ours.is_whole or bare.is_whole
