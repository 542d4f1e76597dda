"""Starting and ending an ASGI app around some work, as a server does."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

logger = logging.getLogger(__name__)

T = TypeVar("T")
_SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class StartError(Exception):
    """An app says that it cannot start; the message is its own."""


async def in_lifespan(app: Any, work: Callable[[dict[str, Any]], Awaitable[T]]) -> T:
    """Start an app, do the work with the state that it leaves for requests, and end it.

    An app that knows no lifespan goes on without one, as servers have it.

    Raises:
        StartError: the app cannot start.
    """
    life = _Life(app)
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(life.run)
        await life.is_begun.wait()
        try:
            life.check()
            done = await work(life.state)
        except Exception as error:  # noqa: BLE001 it is raised once the app has ended
            failure = error
        life.is_over.set()
    if failure is not None:
        raise failure
    return done


class _Life:
    """One life of an app, and what it says of it."""

    def __init__(self, app: Any) -> None:
        self.state: dict[str, Any] = {}
        self.is_begun, self.is_over = anyio.Event(), anyio.Event()
        self._app = app
        self._said: dict[str, str] = {}
        self._is_asked = False

    async def run(self) -> None:
        try:
            await self._app({**_SCOPE, "state": self.state}, self._receive, self._send)
        except Exception:
            if self._said:  # else it knows no lifespan
                logger.exception("the app's lifespan failed")
        finally:
            self.is_begun.set()

    def check(self) -> None:
        if "lifespan.startup.failed" in self._said:
            raise StartError(self._said["lifespan.startup.failed"])

    async def _receive(self) -> dict[str, Any]:
        if self._is_asked:
            await self.is_over.wait()
            return {"type": "lifespan.shutdown"}
        self._is_asked = True
        return {"type": "lifespan.startup"}

    async def _send(self, message: Any) -> None:
        self._said[message["type"]] = message.get("message", "")
        self.is_begun.set()
