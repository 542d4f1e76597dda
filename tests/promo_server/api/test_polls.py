"""A shop that polls its rules: what another process does to its key or its rules holds at the next poll."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from promo_contracts import Scope
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key, list_keys, revoke_key
from promo_server.services.context import Context, create_context
from tests.databases import ON_SQLITE, Databases
from tests.promo_server.conftest import Api, Time, client


@pytest.fixture
def other(context: Context, database: str, time: Time) -> Iterator[Context]:
    """Another process on the same database."""
    made = create_context(database, clock=time)
    yield made
    made.database.close()


async def tag_of(http: httpx.AsyncClient) -> str:
    return str((await http.get("/ruleset")).headers["etag"])


async def poll(http: httpx.AsyncClient, tag: str) -> int:
    return (await http.get("/ruleset", headers={"If-None-Match": tag})).status_code


async def test_a_key_that_another_process_revokes_is_refused_at_once(api: Api, other: Context) -> None:
    tag = await tag_of(api.http)
    assert await poll(api.http, tag) == 304
    (key,) = list_keys(other, "shop")
    revoke_key(other, company_id="shop", key_id=key.id)
    assert await poll(api.http, tag) == 401


async def test_a_key_is_refused_from_its_end_on(api: Api) -> None:
    ends = api.time.now + timedelta(minutes=1)
    key = create_key(api.context, company_id="shop", name="short", scopes=[Scope.ADMIN], expires=ends)
    api.http.headers["Authorization"] = f"Bearer {key}"
    tag = await tag_of(api.http)
    assert await poll(api.http, tag) == 304
    api.time.pass_by(minutes=1)
    assert await poll(api.http, tag) == 401


async def test_rules_that_another_process_changes_are_sent_at_once(api: Api, other: Context) -> None:
    tag = await tag_of(api.http)
    assert await poll(api.http, tag) == 304
    key = create_key(other, company_id="shop", name="other", scopes=[Scope.ADMIN])
    async with client(create_app(other), key) as http:
        await Api(http, other, api.time).promote()
    assert await poll(api.http, tag) == 200
    assert await poll(api.http, await tag_of(api.http)) == 304


@ON_SQLITE
async def test_what_is_at_hand_takes_no_thread(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = await tag_of(api.http)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a thread")

    monkeypatch.setattr("promo_server.api.binding.to_thread.run_sync", refuse)
    assert await poll(api.http, tag) == 304


async def test_a_wrong_query_is_told_also_to_who_has_all(api: Api) -> None:
    tag = await tag_of(api.http)
    response = await api.http.get("/ruleset?since=1", headers={"If-None-Match": tag})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "since")


@contextmanager
def away(admin: psycopg.Connection[Any], context: Context) -> Iterator[None]:
    """Have a PostgreSQL end all connections to a database, and take no new ones."""
    with context.database.read() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
    admin.execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s", [name])
    yield
    admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


async def test_a_postgresql_that_was_away_is_polled_again_when_it_is_back(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.fresh("postgresql", tmp_path) as url,
        psycopg.connect(databases.postgres_url, autocommit=True) as admin,
    ):
        context = create_context(url)
        create_company(context, company_id="shop", name="Shop")
        key = create_key(context, company_id="shop", name="tests", scopes=[Scope.ADMIN])
        async with client(create_app(context), key) as http:
            tag = await tag_of(http)
            with away(admin, context):
                assert await poll(http, tag) == 503
            assert await poll(http, tag) == 304
        context.database.close()
