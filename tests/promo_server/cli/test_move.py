"""``promo database move``: a shop goes on, on another database, with its old key."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from promo_contracts import Scope
from promo_server.redemption import Event
from promo_server.services.companies import authenticate, create_key
from promo_server.services.context import Context, create_context
from promo_server.storage.tables import metadata
from tests.databases import ON_SQLITE, Databases
from tests.promo_server.cli.conftest import Run, Shop


def everything(context: Context) -> dict[str, list[str]]:
    with context.database.read() as connection:
        tables = metadata.sorted_tables
        return {table.name: sorted(map(str, connection.execute(select(table)))) for table in tables}


@pytest.fixture
def target(shop: Shop, databases: Databases, tmp_path: Path) -> Iterator[str]:
    kind = "postgresql" if shop.context.database.is_writer_alone else "sqlite"
    (tmp_path / "there").mkdir()
    with databases.bare(kind, tmp_path / "there") as name:
        yield name


def test_a_shop_goes_on_where_it_was_moved_to(shop: Shop, run: Run, target: str) -> None:
    shop.promote(usage_limits={"total_usage_limit": 2})
    shop.hold("o-1")
    key = create_key(shop.context, company_id="shop", name="till", scopes=[Scope.REDEEM])
    code, output = run("database", "move", "--to", target)
    assert code == 0, output
    assert "Moved 7 rows. Next: start the servers on the new database." in output
    with closing(create_context(target).database) as database:
        moved = Shop(Context(database, shop.context.types), shop.holder)
        assert everything(moved.context) == everything(shop.context)
        assert authenticate(moved.context, key).name == "till"
        assert moved.settle("o-1", Event.CONFIRM).state == "confirmed"
        applied = [bool(moved.hold(one).evaluation["applied"]) for one in ("o-2", "o-3")]
    assert applied == [True, False]


def test_a_second_move_is_refused_with_what_is_there(shop: Shop, run: Run, target: str) -> None:
    run("database", "move", "--to", target)
    code, output = run("database", "move", "--to", target)
    assert (code, "Error: The target is not empty; it has rows already: companies 1." in output) == (1, True)


@ON_SQLITE
def test_a_database_is_not_moved_to_itself(shop: Shop, run: Run, database: str) -> None:
    code, output = run("database", "move", "--to", f"sqlite:///{database}")
    assert (code, "Both are the SQLite file" in output) == (1, True)


@ON_SQLITE
def test_a_file_that_is_not_there_is_not_made(run: Run, tmp_path: Path, target: str) -> None:
    code, output = run("database", "move", "--database", tmp_path / "none.db", "--to", target)
    assert (code, "There is nothing to move" in output) == (1, True)
    assert not (tmp_path / "none.db").exists()


@ON_SQLITE
def test_a_target_that_does_not_answer_is_said_without_its_password(shop: Shop, run: Run) -> None:
    code, output = run("database", "move", "--to", "postgresql://me:hidden@127.0.0.1:1/shop")
    assert (code, "does not answer" in output, "hidden" in output) == (1, True, False)
