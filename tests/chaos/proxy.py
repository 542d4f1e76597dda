"""A network that misbehaves: between clients and servers, on loopback, in a process of its own.

What a client sends may be lost, delivered twice, late, or again after what it sent later; an answer may be lost. What
servers answered is noted, line by line.
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

HOST = "127.0.0.1"
TURNS = 3
"""So many servers are tried until one lets itself be connected to."""

MISHAPS = {
    "none": 62,
    "twice": 9,
    "again later": 9,
    "answer lost": 6,
    "request lost": 4,
    "late": 4,
    "late and nobody waits": 6,
}
"""What happens to a request that changes something, by weight."""


@dataclass(frozen=True, slots=True)
class Network:
    """The servers' ports, chance, and where is noted what servers answered."""

    ports: Sequence[int]
    seed: int
    notes: Path


def carry(network: Network, tell: Pipe) -> None:
    """Carry requests until the pipe says stop; first say by it at which port."""
    with network.notes.open("wb", buffering=0) as notes:
        asyncio.run(_Proxy(network, notes).serve(tell))


@dataclass
class _Proxy:
    network: Network
    notes: BinaryIO | Any
    happened: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MISHAPS, 0))
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    clients: set[asyncio.Task[Any] | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.network.seed} network")  # the same mishaps by the same seed

    async def serve(self, tell: Pipe) -> None:
        server = await asyncio.start_server(self._client, HOST, 0)
        tell.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(tell.recv)
        server.close()
        while self.tasks:  # what is under way still arrives
            await asyncio.wait(self.tasks)
        tell.send(self.happened)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(asyncio.current_task())  # nobody else keeps it, so it might be collected while it waits
        try:
            while (message := await read_message(reader)) is not None:
                answer = await self._carry(message)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()
            self.clients.discard(asyncio.current_task())

    async def _carry(self, message: bytes) -> bytes | None:
        """Deliver a request as chance has it; return the answer, or None where the client is to hear nothing."""
        mishap = "none" if message.startswith(b"GET") else self._mishap()
        self.happened[mishap] += 1
        match mishap:
            case "twice":
                first, _ = await asyncio.gather(self._deliver(message), self._deliver(message))
                return first
            case "again later":
                self._start(self._deliver(message, self.chance.uniform(0.05, 3.0)))
            case "answer lost":
                await self._deliver(message)
                return None
            case "request lost":
                return None
            case "late":
                return await self._deliver(message, self.chance.uniform(0.05, 0.6))
            case "late and nobody waits":
                self._start(self._deliver(message, self.chance.uniform(0.05, 3.0)))
                return None
        return await self._deliver(message)

    def _mishap(self) -> str:
        return self.chance.choices(list(MISHAPS), list(MISHAPS.values()))[0]

    def _start(self, delivery: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(delivery)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _deliver(self, message: bytes, delay: float = 0.0) -> bytes | None:
        await asyncio.sleep(delay)
        began = time.time()
        answer = await self._exchange(message)
        if answer is not None:
            line = message.partition(b"\r\n")[0].decode()
            status, body = int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]
            note = {"began": began, "ended": time.time(), "asked": line, "status": status}
            if status >= 500:
                note["body"] = body.decode()
            self.notes.write(json.dumps(note).encode() + b"\n")
        return answer

    async def _exchange(self, message: bytes) -> bytes | None:
        """Send to one of the servers, over a connection of its own; None if no whole answer came."""
        for _ in range(TURNS):
            try:
                reader, writer = await asyncio.open_connection(HOST, self.chance.choice(self.network.ports))
            except OSError:
                await asyncio.sleep(0.02)
                continue
            try:
                writer.write(message)
                return await read_message(reader)
            except (ConnectionError, asyncio.IncompleteReadError):
                return None
            finally:
                writer.close()
        return None


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Read a request or an answer: a head, and so much body as it says; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    return head + await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
