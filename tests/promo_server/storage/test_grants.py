"""New grants are stored, all of it, or it is said that they cannot be."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from promo_server.storage import Database, raise_counters, store_new
from promo_server.storage.tables import counters, redemptions, uses


@pytest.fixture
def opened(database: str) -> Iterator[Database]:
    made = Database(database)
    yield made
    made.close()


def record(reference: str, **fields: Any) -> dict[str, Any]:
    texts = dict.fromkeys(["state", "attempt", "cart", "evaluation", "currency", "held_at", "expires_at"], 'a "é" \\ b')
    numbers = {"amount_due": 10**15, "undiscounted": 0, "charged": None, "tax": None}
    others = dict.fromkeys(["customer_key", "lease_until", "due_at", "settled_at", "value_transaction_id"])
    return {"company_id": "s", "reference": reference, **texts, **numbers, **others, "is_delivered": False} | fields


def use(reference: str) -> dict[str, Any]:
    taken = {"customer_key": None, "day": "2026-11-22", "discount": 5, "counted": "[]"}
    return {"company_id": "s", "promotion_id": "p", "reference": reference} | taken


def raised(key: str, amount: int = 1, most: int = 2) -> dict[str, Any]:
    name = {"of_company_id": "s", "of_promotion_id": "p", "of_scope": "customer", "of_key": key}
    return name | {"amount": amount, "most": most}


def test_all_of_it_is_stored_as_it_is(opened: Database) -> None:
    with opened.write() as connection:
        assert store_new(connection, [record("a"), record("b")], [use("a"), use("b")], [raised("k"), raised("l", 2)])
    with opened.read() as connection:
        rows = connection.execute(select(redemptions).order_by(redemptions.c.reference)).mappings()
        assert [dict(row) for row in rows] == [record("a"), record("b")]
        assert sorted(connection.execute(select(uses.c.reference)).scalars()) == ["a", "b"]
        booked = {row.key: row.used for row in connection.execute(select(counters))}
    assert booked == {"k": 1, "l": 2}


def test_a_reference_that_is_there_is_said(opened: Database) -> None:
    with opened.write() as connection:
        assert store_new(connection, [record("a")], [use("a")], [])
        assert not store_new(connection, [record("a", state="other"), record("b")], [use("a"), use("b")], [])


def test_a_counter_without_room_is_said_whichever_it_is(opened: Database) -> None:
    with opened.write() as connection:
        assert store_new(connection, [record("a")], [], [raised("k", 2), raised("l", 1)])
        assert not store_new(connection, [record("b")], [], [raised("k", 1), raised("l", 1)])
        assert not store_new(connection, [record("c")], [], [raised("j", 1), raised("l", 2)])


def test_counters_are_raised_where_they_have_room(opened: Database) -> None:
    with opened.write() as connection:
        assert raise_counters(connection, [])
        assert raise_counters(connection, [raised("k", 1), raised("l", 2)])
        assert raise_counters(connection, [raised("k", 1)])
        assert not raise_counters(connection, [raised("k", 1)])
