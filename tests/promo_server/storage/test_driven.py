"""Statements on the driver itself: what they find and change, who is told of them, and what their errors are."""

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Select, bindparam, event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from promo_server.storage import Database, are_keys, execute_all, fetch, fetch_each
from promo_server.storage.driven import MOST_KEYS
from promo_server.storage.tables import counters

ROWS = [
    {"company_id": "shop", "promotion_id": f"p{number}", "scope": scope, "key": "", "used": number}
    for number in range(2 * MOST_KEYS + 3)
    for scope in ("total", "daily")
]
INSERT = insert(counters)
OF_COMPANY = counters.c.company_id == bindparam("company")
SHOP = {"company": "shop"}


@pytest.fixture
def opened(database: str) -> Iterator[Database]:
    with closing(Database(database)) as made:
        yield made


@cache
def by_promotion(count: int) -> Select[Any]:
    return select(counters.c.promotion_id, counters.c.scope).where(
        OF_COMPANY, are_keys([counters.c.promotion_id], count)
    )


@cache
def by_name(count: int) -> ClauseElement:
    keys = are_keys((counters.c.promotion_id, counters.c.scope), count)
    return select(counters.c.promotion_id, counters.c.scope).where(OF_COMPANY, keys)


@pytest.mark.parametrize("wanted", [0, 1, 2, 3, 31, MOST_KEYS, MOST_KEYS + 1, 2 * MOST_KEYS + 2])
def test_each_of_any_number_of_keys_is_found_once(opened: Database, wanted: int) -> None:
    with opened.write() as connection:
        assert execute_all(connection, INSERT, ROWS) == len(ROWS)
        found = fetch_each(connection, by_promotion, [(f"p{number}",) for number in range(wanted)], SHOP)
        assert sorted(found) == sorted(
            (f"p{number}", scope) for number in range(wanted) for scope in ("total", "daily")
        )
        daily = [(f"p{number}", "daily") for number in range(wanted)]
        assert sorted(fetch_each(connection, by_name, daily, SHOP)) == sorted(daily)
        assert fetch_each(connection, by_name, [("p1", "neither")], SHOP) == []


LATEST = select(counters.c.used).where(OF_COMPANY, counters.c.key == "").order_by(counters.c.used.desc()).limit(1)


def test_a_value_that_stands_in_a_query_is_kept(opened: Database) -> None:
    with opened.write() as connection:
        execute_all(connection, INSERT, [*ROWS[:4], {**ROWS[4], "key": "other"}])
        assert fetch(connection, LATEST, SHOP) == [(1,)]


def test_of_rows_one_of_which_is_there_the_database_takes_none(opened: Database) -> None:
    with pytest.raises(IntegrityError), opened.write() as connection:
        execute_all(connection, INSERT, [ROWS[0], ROWS[0]])
    with opened.read() as connection:
        assert fetch(connection, LATEST, SHOP) == []


def test_an_error_names_the_statement_and_no_value(opened: Database) -> None:
    with opened.write() as connection:
        execute_all(connection, INSERT, ROWS[:1])
    with pytest.raises(DBAPIError) as raised, opened.write() as connection:
        execute_all(connection, INSERT, [{**ROWS[0], "key": None}])
    assert "INSERT INTO counters" in str(raised.value.statement)
    assert raised.value.params is None


def test_a_parameter_that_is_missing_is_no_null(opened: Database) -> None:
    with pytest.raises(DBAPIError), opened.read() as connection:
        fetch(connection, LATEST, {})


def test_who_listens_to_statements_is_told_of_these(opened: Database) -> None:
    told: list[tuple[str, str, bool]] = []
    with opened.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: told.append(("before", args[2][:6], args[5])))
        event.listen(connection, "after_cursor_execute", lambda *args: told.append(("after", args[2][:6], args[5])))
        execute_all(connection, INSERT, ROWS[:2])
        fetch(connection, LATEST, SHOP)
    assert told == [
        (when, statement, is_many)
        for statement, is_many in (("INSERT", True), ("SELECT", False))
        for when in ("before", "after")
    ]
