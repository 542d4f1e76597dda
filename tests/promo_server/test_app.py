"""The app as it is served: time passes also while nobody asks."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from promo_server.services.context import Context, create_context
from promo_server.storage.tables import rulesets
from promo_server.testing import embedded
from tests.databases import Databases
from tests.promo_middleware.conftest import World, until
from tests.promo_server.conftest import cart


def stored_revisions(context: Context) -> list[str]:
    with context.database.read() as connection:
        return list(connection.execute(select(rulesets.c.revision)).scalars())


@pytest.mark.parametrize(("lease", "state"), [(0, "expired"), (60, "in_doubt")])
async def test_a_hold_that_nobody_settles_moves_by_itself(
    database: str, tmp_path: Path, lease: int, state: str
) -> None:
    start = datetime.now(UTC)
    passed = timedelta()
    with embedded(tmp_path, clock=lambda: start + passed, database=database) as api, api.client() as client:
        World(api, client, tmp_path).promote(usage_limits={"total_usage_limit": 1})
        client.redemptions.hold("o1", cart=cart(), lease_seconds=lease, ttl_seconds=60)
        passed = timedelta(hours=1)
        await until(lambda: client.redemptions.get("o1").state == state)


async def test_rules_that_something_was_granted_under_are_kept_by_themselves(database: str, tmp_path: Path) -> None:
    with embedded(tmp_path, database=database) as api, api.client() as client:
        World(api, client, tmp_path).promote()
        (made,) = client.promotions.iterate()
        client.redemptions.hold("o1", cart=cart(), lease_seconds=0)
        client.redemptions.confirm("o1")
        context = create_context(database)
        await until(lambda: len(stored_revisions(context)) == 1)
        context.database.close()
        client.promotions.archive(made.campaign_id, made.promotion_id)
        assert client.returns.create("o1", lines={"l1": 1}, policy="reprice").amount == 4792 - 800


async def test_a_server_that_is_stopped_keeps_the_rules_of_its_last_grants(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.app.SWEEP_SECONDS", 3600)  # the first sweep is at the start
    with embedded(tmp_path, database=database) as api, api.client() as client:
        World(api, client, tmp_path).promote()
        client.redemptions.hold("o1", cart=cart(), lease_seconds=0)
        await asyncio.to_thread(api.stop)
    context = create_context(database)
    assert len(stored_revisions(context)) == 1
    context.database.close()


async def test_a_restarted_api_has_everything_that_it_answered(database: str, tmp_path: Path) -> None:
    with embedded(tmp_path, database=database) as api, api.client() as client:
        World(api, client, tmp_path).promote()
        held = client.redemptions.hold("o1", cart=cart(), attempt="a")
        await asyncio.to_thread(api.stop)
        await asyncio.to_thread(api.start)
        assert client.redemptions.hold("o1", cart=cart(), attempt="a") == held


def test_an_empty_postgresql_is_given_its_tables(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.bare("postgresql", tmp_path) as url,
        embedded(tmp_path, database=url) as api,
        api.client() as client,
    ):
        assert client.redemptions.hold("o1", cart=cart(), attempt="a").amount_due == 5990
