"""The way from a shop to its API, in all weathers: a proxy in a process of its own, told through a pipe what to do.

What is told to a shop may be late, false or nothing at all; and what it asked may have been done all the same.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from random import Random
from typing import Any

from tests.chaos.proxy import HOST, read_message

WEATHERS = ("fair", "away", "hung", "slow", "failing", "garbage", "old rules")
SLOWEST = 1.2
"""Seconds: longer than any shop waits."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where the API is, and chance."""

    port: int
    seed: int


def lead(road: Road, tell: Pipe) -> None:
    """Lead requests to the API until the pipe closes; first say by it at which port."""
    asyncio.run(_Proxy(road).serve(tell))


@dataclass
class _Proxy:
    road: Road
    weather: str = "fair"
    first_rules: bytes = b""
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.road.seed} weather")

    async def serve(self, tell: Pipe) -> None:
        server = await asyncio.start_server(self._client, HOST, 0)
        tell.send(server.sockets[0].getsockname()[1])
        with suppress(EOFError):
            while True:
                self.weather = await asyncio.to_thread(tell.recv)
        server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)  # nobody else keeps it
        try:
            while (message := await read_message(reader)) is not None:
                answer = await self._answer(message)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the shop has gone
        finally:
            writer.close()
            self.tasks.discard(task)

    async def _answer(self, message: bytes) -> bytes | None:
        """Return what the shop hears; None: its connection ends."""
        match self.weather:
            case "away":
                return None
            case "hung":
                await self._now_and_then(message)
                await asyncio.sleep(SLOWEST)
                return None
            case "failing":
                await self._now_and_then(message)
                return answer(500, b'{"code": "INTERNAL", "message": "chaos"}')
            case "garbage":
                return self._garbled(await self._forward(message))
            case "old rules" if _asks_rules(message) and self.first_rules:
                return self.first_rules
            case "slow":
                await asyncio.sleep(self.chance.uniform(0.0, SLOWEST))
        return await self._forward(message)

    async def _now_and_then(self, message: bytes) -> None:
        if self.chance.random() < 0.5:
            await self._forward(message)

    def _garbled(self, said: bytes | None) -> bytes | None:
        if said is None:
            return None
        return self.chance.choice(GARBAGE)(said)

    async def _forward(self, message: bytes) -> bytes | None:
        try:
            reader, writer = await asyncio.open_connection(HOST, self.road.port)
        except OSError:
            return None
        try:
            writer.write(message)
            said = await read_message(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        finally:
            writer.close()
        if said is not None and not self.first_rules and _asks_rules(message) and b" 200 " in said[:16]:
            self.first_rules = said
        return said


def answer(status: int, body: bytes, kind: bytes = b"application/json") -> bytes:
    """Return an answer as it is on the wire."""
    head = f"HTTP/1.1 {status} Chaos\r\ncontent-length: {len(body)}\r\ncontent-type: ".encode()
    return head + kind + b"\r\n\r\n" + body


def _asks_rules(message: bytes) -> bool:
    return b"/ruleset " in message.partition(b"\r\n")[0]


def _without_a_part(said: bytes) -> bytes:
    """Return an answer that lacks one part of its evaluation, or all of it."""
    head, _, body = said.partition(b"\r\n\r\n")
    try:
        document = json.loads(body)
    except ValueError:
        return answer(200, b"{}")
    evaluation = document.get("evaluation")
    if isinstance(evaluation, dict):
        evaluation.pop("lines", None)
    else:
        document = {"data": document}
    return answer(int(head.split(b" ", 2)[1]), json.dumps(document).encode())


GARBAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda said: answer(200, b"<html>Please pay for this wireless network</html>", b"text/html"),
    lambda said: answer(200, said.partition(b"\r\n\r\n")[2][:-7]),
    lambda said: answer(200, b"[]"),
    lambda said: answer(200, b'{"state": "held", "evaluation": {"totals": {"amount_due": NaN}}}'),
    lambda said: answer(404, b'{"detail": "Not Found"}'),
    lambda said: b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    _without_a_part,
)
"""What may come back instead of an answer; what was asked has been done by then."""
