"""A process that is killed in the middle of a request: before a statement, after it, or around its COMMIT."""

import os
import signal
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from multiprocessing.connection import Connection as Pipe
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Connection, Engine, event

from promo_server.services.context import create_context
from promo_server.services.first_holds import Asked, hold_together
from tests.chaos.warm import TYPES
from tests.promo_server.services.redemption_model import Hold, Report
from tests.promo_server.services.redemption_shop import Till, hold_body

Request = Hold | Report


@dataclass(frozen=True, slots=True)
class Doom:
    """What is asked, when, and at which moment it ends; several requests are first holds that share a transaction."""

    database: str
    company_id: str
    now: datetime
    requests: Sequence[Request]
    moment: int


def ask_until(doom: Doom, tell: Pipe) -> None:
    """Ask, and kill this process at a moment; tell first which one it is. It ends well if there are not so many."""
    context = create_context(doom.database, clock=lambda: doom.now, types=TYPES)
    with closing(context.database):
        with context.database.write() as connection:
            engine = connection.engine
        _Moments(doom.moment, tell).listen(engine)
        _ask(Till(context, doom.company_id), doom.requests)


def _ask(till: Till, requests: Sequence[Request]) -> None:
    if len(requests) == 1:
        till.ask(requests[0])
        return
    holds = [request for request in requests if isinstance(request, Hold)]
    asked = [Asked(till.rulesets, one.reference, hold_body(one)) for one in holds]
    outcomes = hold_together(till.context, till.company_id, asked)
    assert None not in outcomes, "they do not share a transaction"


class _Moments:
    """Counts the moments of a process's work with its database, and ends it at one of them."""

    def __init__(self, last: int, tell: Pipe) -> None:
        self._last = last
        self._tell = tell
        self._count = count(1)

    def listen(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", self._commit)
        event.listen(engine.pool, "checkin", self._over)

    def _before(self, _connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        self._pass(f"before {_shortened(statement)}")

    def _after(self, _connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        self._pass(f"after {_shortened(statement)}")

    def _commit(self, connection: Connection) -> None:
        self._pass("before COMMIT")
        driver = connection.connection.driver_connection
        if isinstance(driver, psycopg.Connection) and next(self._count) == self._last:
            driver.pgconn.send_query(b"COMMIT")  # and nobody is there to hear the answer
            driver.pgconn.flush()
            self._end("COMMIT is sent")

    def _over(self, *_: object) -> None:
        self._pass("after COMMIT")

    def _pass(self, name: str) -> None:
        if next(self._count) == self._last:
            self._end(name)

    def _end(self, name: str) -> NoReturn:
        self._tell.send(name)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed")


def _shortened(statement: str) -> str:
    return " ".join(statement.split())[:40]
