"""The commands of docs/operations.md, as it has them: its backups are taken while the API works, and restored."""

import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from promo_cli import main
from promo_sdk import PromotionsClient
from promo_server.services.companies import create_company
from promo_server.services.context import Context, create_context
from promo_server.storage.schema import HEAD
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


def test_the_page_migrates_to_the_revision_that_there_is() -> None:
    assert f"The database is at revision {HEAD}; it was at" in PAGE


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


def test_a_sqlite_file_is_moved_to_postgresql(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ((command, shown),) = promo_commands("Moving to PostgreSQL")
    with databases.bare("postgresql", tmp_path) as target:
        with a_working_api("promotions.db", tmp_path) as (_, context):
            before = everything(context)
        words = [target if word.startswith("postgresql://") else word for word in shlex.split(command)]
        printed = CliRunner().invoke(main, words).stdout
        assert OutputChecker().check_output(shown, printed, ELLIPSIS), printed
        check(target, before)


def promo_commands(section: str) -> list[tuple[str, str]]:
    """Return the ``promo`` commands of a section, each with what it prints there."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [found for block in blocks for found in re.findall(r"^\$ promo (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)]


@pytest.mark.parametrize(
    ("section", "commands"),
    [("Promotions from a file", 3), ("Codes", 4), ("Checkouts in doubt", 3), ("Rejected grants", 1), ("The doctor", 1)],
)
def test_what_looks_after_an_installation_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, commands: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in re.findall(r"^```toml (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        Path(name).write_text(content)
    with embedded(tmp_path) as api, api.client() as client:
        if section == "Checkouts in doubt":
            client.redemptions.hold("o-1001", cart=cart(), attempt="a")
            client.redemptions.doubt("o-1001")
    if section == "Codes":
        CliRunner().invoke(main, ["promotions", "apply", "shop", "spring.toml"])
    assert len(promo_commands(section)) == commands
    for command, shown in promo_commands(section):
        printed = CliRunner().invoke(main, shlex.split(command)).output
        assert OutputChecker().check_output(shown, printed, ELLIPSIS), printed
