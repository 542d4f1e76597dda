"""The backups of docs/operations.md, as it has them, taken while the API works and restored into another database."""

import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from promo_sdk import PromotionsClient
from promo_server.services.companies import create_company
from promo_server.services.context import Context, create_context
from promo_server.storage.tables import metadata
from promo_server.testing import embedded
from tests.databases import Databases, postgres_programs
from tests.promo_server.conftest import cart

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def everything(context: Context) -> dict[str, list[str]]:
    with context.database.read() as connection:
        tables = metadata.sorted_tables
        return {table.name: sorted(map(str, connection.execute(select(table)))) for table in tables}


@contextmanager
def a_working_api(database: str, folder: Path) -> Iterator[tuple[PromotionsClient, Context]]:
    """Run an API with a hold in it, and look at its database beside it."""
    with embedded(folder, database=database) as api, api.client() as client:
        client.redemptions.hold("before", cart=cart(), attempt="a")
        context = create_context(database)
        yield client, context
        context.database.close()


def check(restored: str, before: dict[str, list[str]]) -> None:
    context = create_context(restored)
    assert everything(context) == before
    create_company(context, company_id="another", name="It goes on")
    context.database.close()


def test_a_sqlite_file_is_copied_and_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (statement,) = re.findall(r"^```sql\n(.*?)\n```", PAGE, re.MULTILINE)
    assert f'sqlite3 promotions.db "{statement}"' in PAGE
    with a_working_api("promotions.db", tmp_path) as (client, context):
        before = everything(context)
        with closing(sqlite3.connect("promotions.db")) as connection:
            connection.execute(statement)
        client.redemptions.hold("after", cart=cart(), attempt="a")
    for name in ("promotions.db-wal", "promotions.db-shm"):
        Path(name).unlink(missing_ok=True)
    Path("copy.db").replace("promotions.db")
    check("promotions.db", before)


def postgres_commands(source: str, target: str) -> list[list[str]]:
    """Return the page's commands, with these URLs in them."""
    lines = re.findall(r"^\$ (pg_.*)", PAGE, re.MULTILINE)
    dump, restore = (re.sub(r"postgresql://\S+", "{}", line) for line in lines)
    commands = [shlex.split(dump.format(shlex.quote(source))), shlex.split(restore.format(shlex.quote(target)))]
    return [[str(postgres_programs() / program), *options] for program, *options in commands]


def test_a_postgresql_is_dumped_and_restored(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with databases.fresh("postgresql", tmp_path) as source, databases.bare("postgresql", tmp_path) as target:
        dump, restore = postgres_commands(source, target)
        with a_working_api(source, tmp_path) as (client, context):
            before = everything(context)
            subprocess.run(dump, check=True)
            client.redemptions.hold("after", cart=cart(), attempt="a")
        subprocess.run(restore, check=True)
        check(target, before)
