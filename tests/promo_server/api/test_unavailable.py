"""A database that does not answer: the contract's 503, and no restart is needed when it is back."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from promo_contracts import Scope
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context, create_context
from promo_server.services.refusal import Refusal
from tests.databases import Databases, end_commits_of
from tests.promo_server.conftest import Api, cart, client


def a_shop(database: str) -> tuple[Context, str]:
    context = create_context(database)
    create_company(context, company_id="shop", name="Shop")
    return context, create_key(context, company_id="shop", name="tests", scopes=[Scope.ADMIN])


BODY = {
    "error": "Service unavailable",
    "message": "The database does not answer; nothing was stored.",
    "code": "SERVICE_UNAVAILABLE",
}


async def test_a_postgresql_that_is_away_is_a_503_until_it_is_back(
    databases: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with databases.fresh("postgresql", tmp_path) as url, psycopg.connect(databases.postgres_url) as admin:
        admin.autocommit = True
        context, key = a_shop(url)
        with context.database.read() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
        async with client(create_app(context), key) as http:
            hold = {"attempt": "a", "cart": cart("customer-7")}
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s", [name])
            away = await http.put("/redemptions/order-77", json=hold)
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
            back = await http.put("/redemptions/order-77", json=hold)
        context.database.close()
    assert (away.status_code, away.headers["retry-after"], away.json()) == (503, "1", BODY)
    assert back.status_code == 200
    assert "SERVICE_UNAVAILABLE" not in caplog.text
    assert "PUT /promotions/company/{company_id}/redemptions/{reference:path}: The database" in caplog.text
    assert not [word for word in ("order-77", "customer-7", key) if word in caplog.text]


async def test_a_database_that_is_lost_while_it_stores_is_no_503(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as url:
        context, key = a_shop(url)
        end_commits_of(context.database, "campaigns")
        async with client(create_app(context), key) as http:
            lost = await http.post("/campaigns", json={"name": "Spring"})
        context.database.close()
    assert (lost.status_code, lost.json()["code"], lost.headers["retry-after"]) == (500, "OUTCOME_UNKNOWN", "1")
    assert lost.json()["message"] == "The database was lost while it stored this: ask again, to see whether it did."


async def test_a_sqlite_file_that_stays_locked_is_a_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.02)
    context, key = a_shop(str(tmp_path / "p.db"))
    other = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    async with client(create_app(context), key) as http:
        other.execute("BEGIN IMMEDIATE")
        locked = await http.post("/campaigns", json={"name": "Spring"})
        other.execute("ROLLBACK")
        free = await http.post("/campaigns", json={"name": "Spring"})
    other.close()
    context.database.close()
    assert (locked.status_code, locked.json(), free.status_code) == (503, BODY, 201)


async def test_a_character_that_postgresql_cannot_store_is_refused_on_every_database(context: Context) -> None:
    key = create_key(context, company_id="shop", name="tests", scopes=[Scope.ADMIN])
    async with client(create_app(context), key) as http:
        campaign = await http.post("/campaigns", json={"name": "Spring", "description": "a\0b"})
        hold = await http.put("/redemptions/o1", json={"attempt": "a", "cart": cart("7\0")})
        found = await http.get("/campaigns/a%00b")
    assert campaign.json()["errors"][0]["field"] == "description"
    assert campaign.json()["errors"][0]["message"] == "must not have the character U+0000"
    assert (hold.status_code, hold.json()["errors"][0]["field"]) == (422, "cart.customer.id")
    assert (found.status_code, found.json()["code"]) == (404, "NOT_FOUND")


async def test_the_longest_texts_that_are_lawful_are_stored_on_every_database(context: Context) -> None:
    key = create_key(context, company_id="shop", name="tests", scopes=[Scope.ADMIN])
    longest = "ß" * 255
    async with client(create_app(context), key) as http:
        hold = await http.put(f"/redemptions/{longest}", json={"attempt": longest, "cart": cart(longest)})
        campaign = await http.post("/campaigns", json={"name": "ß" * 100, "description": "ß" * 2000})
    assert (hold.status_code, campaign.status_code) == (200, 201)


def test_a_company_is_made_once(context: Context) -> None:
    with pytest.raises(Refusal, match="exists already"):
        create_company(context, company_id="shop", name="Shop")


async def test_what_postgresql_cannot_store_is_refused_in_a_change_and_a_query(api: Api) -> None:
    made = await api.call("POST", "/campaigns", {"name": "Spring"}, status=201)
    asked = [
        await api.http.patch(f"/campaigns/{made['id']}", json={"description": "a\0b"}),
        await api.http.get("/campaigns?search=a%00b"),
        await api.http.get("/promotions?search=%00&type=%00"),
    ]
    assert [response.status_code for response in asked] == [422, 422, 422]
    said = [{one["field"]: one["message"] for one in response.json()["errors"]} for response in asked]
    message = "must not have the character U+0000"
    assert said == [{"description": message}, {"search": message}, {"search": message, "type": message}]
