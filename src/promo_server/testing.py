"""A real promotions API in one process, for the tests of shops: a database, a company, a key, a port on loopback."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import uvicorn

from promo_contracts import Scope
from promo_engine.testing import installed_types
from promo_sdk import PromotionsClient
from promo_server.app import create_app
from promo_server.code_keys import CodeKeys
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import NO_KEYS, create_context, utc_now
from promo_server.storage import Database


@dataclass(slots=True)
class Embedded:
    """An API on loopback that can be stopped and started again, on the same port and database."""

    database: Path | str
    company_id: str
    clock: Callable[[], datetime]
    port: int
    code_keys: CodeKeys = NO_KEYS
    key: str = ""
    _server: uvicorn.Server | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> PromotionsClient:
        """Return a client with a key that may do everything, patient where a machine is busy; close it."""
        return PromotionsClient(self.url, company_id=self.company_id, api_key=self.key, timeout=60)

    def start(self) -> None:
        """Serve, and return when requests are answered."""
        app = create_app(
            create_context(self.database, types=installed_types(), clock=self.clock, code_keys=self.code_keys)
        )
        config = uvicorn.Config(app, port=self.port, log_level="error", access_log=False, ws="none")
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, name="promotions-api", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError(f"the API did not start on port {self.port}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop serving: from now on connections are refused."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None


class _Server(uvicorn.Server):
    """Looks every 10 ms whether it is to stop: elsewhere 100 will do, but tests stop servers all the time."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # noqa: ASYNC110 - its flag is a plain one
            await anyio.sleep(0.01)


@contextmanager
def embedded(
    folder: Path,
    *,
    company_id: str = "shop",
    clock: Callable[[], datetime] = utc_now,
    time_zone: str = "UTC",
    database: str | None = None,
    code_keys: CodeKeys = NO_KEYS,
) -> Iterator[Embedded]:
    """Run an API with one company and a key of all scopes, on a SQLite file in ``folder`` or the database given.

    An empty ``database`` is migrated; the company is made in it and stays there. Secret codes need ``code_keys``.
    """
    file = folder / "promotions.db"
    if database is None and not file.exists():
        write_empty_database(file)
    with _kept_port() as port:
        api = Embedded(database or file, company_id, clock, port, code_keys)
        _migrate(api.database)
        context = create_context(api.database, types=installed_types(), clock=clock)
        create_company(context, company_id=company_id, name=company_id, time_zone=time_zone)
        api.key = create_key(context, company_id=company_id, name="tests", scopes=[Scope.ADMIN])
        context.database.close()
        api.start()
        try:
            yield api
        finally:
            api.stop()


def write_empty_database(file: Path) -> None:
    """Make an SQLite file with all tables and nothing in them: a copy of one that is migrated once for each process."""
    file.touch(mode=0o600)
    file.write_bytes(_empty_database())


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        _migrate(file)
        return file.read_bytes()


def _migrate(database: Path | str) -> None:
    with closing(Database(database)) as opened:
        opened.migrate()


@contextmanager
def _kept_port() -> Iterator[int]:
    """Give a free port of loopback that stays ours: bound to us, it refuses connections while no server listens."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does that listens beside it
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        if sys.platform != "linux":
            kept.close()  # elsewhere no server could
        yield port
