"""The floors: what a hold cannot do without, and nothing else. Each caller has a connection of its own."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from .rounds import Call

HERE = Path(__file__).parent
HOT_CTE = (HERE / "hot_cte.sql").read_text().splitlines()[-1].replace(":o", "%s::bigint").rstrip(";")
INSERT = "INSERT INTO redemption(promo_id, order_id) VALUES (1, %s)"


@contextmanager
def on_postgres(url: str, statement: str, callers: int) -> Iterator[Call]:
    """Run one statement in a transaction of its own, prepared."""
    with ExitStack() as opened:
        connect = [opened.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(callers)]
        cursors = [opened.enter_context(one.cursor()) for one in connect]

        def call(caller: int, number: int) -> None:
            cursors[caller].execute(statement.encode(), (number,), prepare=True)

        yield call


def set_up_postgres(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / "setup.sql").read_bytes())


@contextmanager
def on_sqlite(path: Path, callers: int) -> Iterator[Call]:
    """Raise a counter and insert in one transaction, durable; the callers take turns, as SQLite has one writer."""
    turn = threading.Lock()
    with ExitStack() as opened:
        opens = [sqlite3.connect(path, isolation_level=None, check_same_thread=False) for _ in range(callers)]
        for one in opens:
            opened.callback(one.close)
            one.execute("pragma journal_mode=wal")
            one.execute("pragma synchronous=full")

        def call(caller: int, number: int) -> None:
            connection = opens[caller]
            with turn:
                connection.execute("begin immediate")
                update = "update promo set used=used+1 where id=1 and used<lim returning used"
                assert connection.execute(update).fetchall()
                insert = "insert into redemption(promo_id,order_id,at) values (1,?,?)"
                connection.execute(insert, (number, float(number)))
                connection.execute("commit")

        yield call


def set_up_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table promo(id integer primary key, used int not null, lim int not null)")
    connection.execute("insert into promo values (1,0,1000000000)")
    connection.execute("create table redemption(id integer primary key, promo_id int, order_id int, at real)")
    connection.close()
