"""An attempt ends: a reply that drips is cut off in time, one that is too large in size."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from threading import Event, Thread

import httpx
import pytest

from promo_contracts import write_json
from promo_sdk import AsyncPromotionsClient, Clock, PromotionsClient, ServerError, TimedOut, UnexpectedReply
from promo_sdk._request import MAX_REPLY_BYTES
from tests.promo_sdk.samples import CART, KEY, NOON, REDEMPTION_REPLY, URL

MIB = b" " * 2**20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"


class Reply(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A reply, its server and the clock: a head, then each part some seconds after the one before."""

    def __init__(self, parts: list[bytes], *, head: float = 0.0, every: float = 0.0, status: int = 200) -> None:
        self.parts, self.head, self.every, self.status = parts, head, every, status
        self.seconds = 0.0
        self.asked = self.sent = self.closed = 0
        self.clock = Clock(monotonic=lambda: self.seconds, now=lambda: NOON, random=lambda: 0.5)

    def answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.seconds += self.head
        return httpx.Response(self.status, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.seconds += self.every
            self.sent += 1
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1

    def client(self) -> PromotionsClient:
        wire = httpx.MockTransport(self.answer)
        return PromotionsClient(
            URL, company_id="42", api_key=KEY, http_transport=wire, clock=self.clock, sleep=lambda _: None
        )

    def async_client(self) -> AsyncPromotionsClient:
        async def sleep(_: float) -> None: ...

        wire = httpx.MockTransport(self.answer)
        return AsyncPromotionsClient(
            URL, company_id="42", api_key=KEY, http_transport=wire, clock=self.clock, sleep=sleep
        )


@pytest.fixture
def dripping_url() -> Iterator[str]:
    """A real server that sends a whole head and then one byte each 10 ms."""
    done = Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(HEAD)
            while not done.wait(0.01):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=drip, daemon=True)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        done.set()
        server.join(5)


def test_a_real_server_that_drips_is_left_in_time(dripping_url: str) -> None:
    with (
        PromotionsClient(dripping_url, company_id="42", api_key=KEY, timeout=1, retries=0) as client,
        pytest.raises(TimedOut, match=r"not whole after 1 s.* unknown") as caught,
    ):
        client.redemptions.get("co-1")
    assert caught.value.was_sent


async def test_the_async_client_leaves_it_too(dripping_url: str) -> None:
    async with AsyncPromotionsClient(dripping_url, company_id="42", api_key=KEY, timeout=1, retries=0) as client:
        with pytest.raises(TimedOut, match=r"not whole after 1 s.* unknown") as caught:
            await client.redemptions.get("co-1")
    assert caught.value.was_sent


def test_each_attempt_has_its_timeout_on_the_injected_clock() -> None:
    """A hold is repeated: three attempts of 5 s, each left at its eleventh half second."""
    reply = Reply([b" "] * 100, every=0.5)
    with reply.client() as client, pytest.raises(TimedOut):
        client.redemptions.hold("co-1", cart=CART)
    assert (reply.asked, reply.sent, reply.closed, reply.seconds) == (3, 33, 3, 16.5)


async def test_the_async_attempts_have_it_too() -> None:
    reply = Reply([b" "] * 100, every=0.5)
    async with reply.async_client() as client:
        with pytest.raises(TimedOut):
            await client.redemptions.hold("co-1", cart=CART)
    assert (reply.asked, reply.sent, reply.closed, reply.seconds) == (3, 33, 3, 16.5)


def test_a_create_that_drips_is_not_repeated() -> None:
    reply = Reply([b" "] * 100, every=0.5)
    with reply.client() as client, pytest.raises(TimedOut) as caught:
        client.campaigns.create(name="Spring")
    assert caught.value.was_sent
    assert reply.asked == 1


def test_a_head_that_drips_is_found_out_only_when_it_is_whole() -> None:
    """A known limit: httpx waits for the head in one step, and limits each read of it alone."""
    reply = Reply([write_json(REDEMPTION_REPLY)], head=60)
    with reply.client() as client, pytest.raises(TimedOut, match="not whole after 5 s"):
        client.redemptions.get("co-1")
    assert (reply.asked, reply.seconds) == (1, 60)


async def test_a_reply_in_parts_that_ends_in_time_is_read() -> None:
    content = write_json(REDEMPTION_REPLY)
    parts = [content[:7], content[7:9], content[9:]]
    reply, other = Reply(parts, every=1.6), Reply(parts, every=1.6)
    with reply.client() as client:
        assert client.redemptions.get("co-1").amount_due == 4792
    async with other.async_client() as async_client:
        assert (await async_client.redemptions.get("co-1")).amount_due == 4792
    assert (reply.closed, other.closed) == (1, 1)


def test_a_reply_that_is_too_large_is_left() -> None:
    """It is an answer, though no usable one: asking again would only load it again."""
    reply = Reply([MIB] * 100)
    with reply.client() as client, pytest.raises(UnexpectedReply, match="more than the 64 MiB"):
        client.redemptions.get("co-1")
    assert (reply.asked, reply.sent, reply.closed) == (1, 65, 1)


async def test_the_async_client_leaves_a_failure_that_is_too_large() -> None:
    reply = Reply([MIB] * 100, status=501)
    async with reply.async_client() as client:
        with pytest.raises(ServerError, match="more than the 64 MiB"):
            await client.redemptions.get("co-1")
    assert (reply.asked, reply.sent, reply.closed) == (1, 65, 1)


def test_the_largest_reply_is_read() -> None:
    content = write_json(REDEMPTION_REPLY)
    reply = Reply([b" " * (MAX_REPLY_BYTES - len(content)), content])
    with reply.client() as client:
        assert client.redemptions.get("co-1").amount_due == 4792
