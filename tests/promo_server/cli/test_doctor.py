"""``promo doctor``: what is well, what is not, and what to do."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, update

from promo_engine import PluginError, PromotionTypes
from promo_server.redemption import Event
from promo_server.services.context import create_context, utc_now
from promo_server.services.diagnosis import Finding, Level, diagnose
from promo_server.storage import insert_new
from promo_server.storage.tables import promotions, rejected_grants
from promo_server.testing import embedded
from tests.databases import ON_POSTGRESQL, ON_SQLITE
from tests.promo_server.cli.conftest import Run, Shop


def found(findings: list[Finding], name: str) -> Finding:
    return next(one for one in findings if one.name == name)


def test_all_is_well_with_a_new_installation(shop: Shop, run: Run) -> None:
    shop.promote()
    shop.hold("o-1")
    code, output = run("doctor")
    lines = output.splitlines()
    assert (code, {line.split()[0] for line in lines}) == (0, {"ok"})
    assert "percentage_discount 1.0 (fairtill" in output
    assert "There are 1: shop." in output
    assert "secret" not in output


def test_a_monitor_reads_json(shop: Shop, run: Run) -> None:
    code, output = run("doctor", "--json")
    report = json.loads(output)
    assert (code, report["status"]) == (0, "ok")
    assert report["checks"][1] == {"name": "database", "level": "ok", "said": "It answers.", "todo": ""}
    assert [one["name"] for one in report["checks"]] == [
        *("configuration", "database", "schema", "plugins", "companies", "clock", "promotions"),
        *("in doubt", "late", "rejected grants", "sweep"),
    ]


def test_pending_work_is_a_warning_that_says_what_to_run(shop: Shop, run: Run) -> None:
    shop.promote()
    shop.hold("o-1")
    shop.settle("o-1", Event.DOUBT)
    shop.before(hours=2).hold("o-2", lease_seconds=0, ttl_seconds=60)
    key = {"company_id": "shop", "reference": "o-3", "attempt": "a"}
    with shop.context.database.write() as connection:
        insert_new(connection, rejected_grants, key | {"body": "{}", "why": "-", "created_at": "2026"})
    code, output = run("doctor")
    assert code == 0
    for line in (
        "warning  in doubt         1 redemptions are in doubt: shop 1.",
        "→ promo redemptions in-doubt COMPANY, then promo redemptions settle.",
        "warning  rejected grants  1 grants of shops were rejected: shop 1.",
        "warning  sweep            1 holds are over and not swept: shop 1.",
        "ok       late             No redemptions are late.",
    ):
        assert line in output


def test_a_database_without_companies_is_a_warning(database: str, run: Run) -> None:
    code, output = run("doctor")
    assert (code, "warning  companies        There is none." in output) == (0, True)


def test_tables_that_are_older_are_a_problem(shop: Shop, run: Run) -> None:
    run("migrate", "--to", "0001", "--yes")
    code, output = run("doctor")
    assert (code, "problem  schema           The database is at revision 0001, older" in output) == (1, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mysql://localhost/shop", "problem  configuration    mysql://localhost/shop is no database that we speak to"),
        ("postgresql://me:hidden@127.0.0.1:1/shop", "problem  database         It does not answer: "),
        ("nowhere.db", "problem  configuration    It is the SQLite file "),
        ("text.db", "problem  database         It does not answer: "),
    ],
)
def test_a_database_that_cannot_be_used_is_a_problem(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("no database at all, but long enough to be taken for one; " * 20)
    Path("text.db").chmod(0o600)
    code, output = run("doctor", "--database", name)
    assert (code, said in output, "hidden" in output) == (1, True, False), output
    assert not Path("nowhere.db").exists()


@ON_SQLITE
def test_a_file_that_others_may_read_is_a_warning(shop: Shop, run: Run, database: str) -> None:
    Path(database).chmod(0o644)
    code, output = run("doctor")
    assert (code, f"→ chmod 600 {database}" in output) == (0, True)


def test_a_clock_that_stands_before_the_newest_hold_is_a_problem(shop: Shop, database: str) -> None:
    shop.hold("o-1")
    clock = found(diagnose(database, lambda: utc_now() - timedelta(hours=1)), "clock")
    assert (clock.level, "which is before the newest hold" in clock.said) == (Level.PROBLEM, True)


@ON_POSTGRESQL
@pytest.mark.parametrize(("seconds", "level"), [(30, Level.WARNING), (-30, Level.WARNING), (90, Level.PROBLEM)])
def test_a_clock_apart_from_the_databases_is_told(shop: Shop, database: str, seconds: int, level: Level) -> None:
    clock = found(diagnose(database, lambda: utc_now() + timedelta(seconds=seconds)), "clock")
    assert (clock.level, clock.todo) == (level, "Set the clocks of both machines by NTP.")


@ON_SQLITE
def test_a_type_that_no_plugin_supplies_is_a_problem(shop: Shop, run: Run) -> None:
    shop.promote()
    with shop.context.database.write() as connection:
        connection.execute(update(promotions).values(type="gone"))
    code, output = run("doctor")
    assert (code, "No plugin supplies the types of some: gone 1. They do not apply." in output) == (1, True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("propose", "percentage_discount of fairtill 0.1.0 (RuntimeError: out of order)."),
        ("phase", "percentage_discount (its error is on stderr)."),
    ],
)
def test_a_plugin_that_fails_with_the_newest_carts_is_a_problem(
    shop: Shop, run: Run, monkeypatch: pytest.MonkeyPatch, part: str, said: str
) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError("out of order")

    shop.promote()
    shop.hold("o-1")
    percent = type(shop.context.types["percentage_discount"])
    monkeypatch.setattr(percent, "flat", lambda *_: None)
    monkeypatch.setattr(percent, part, fail)
    code, output = run("doctor")
    assert (code, f"so that servers bench them: {said}" in output) == (1, True), output


@ON_SQLITE
def test_plugins_that_make_no_registry_are_a_problem(shop: Shop, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> PromotionTypes:
        raise PluginError("plugin 'x' of acme 1.0 cannot be loaded")

    monkeypatch.setattr("promo_server.services.diagnosis.discover", fail)
    code, output = run("doctor")
    assert (code, "problem  plugins          plugin 'x' of acme 1.0 cannot be loaded." in output) == (1, True)


@ON_SQLITE
def test_a_running_server_says_what_it_has_benched_and_lacks(shop: Shop, run: Run, tmp_path: Path) -> None:
    with embedded(tmp_path) as api, api.client() as client:
        code, output = run("doctor", "--server", api.url)
        assert (code, f"ok       server           {api.url} is ready, and benches no plugin." in output) == (0, True)
        inner = Shop(create_context(api.database), shop.holder)
        inner.promote()
        with inner.context.database.write() as connection:
            body = func.replace(promotions.c.body, "percentage_discount", "gone")
            connection.execute(update(promotions).values(body=body))
        inner.context.database.close()
        client.ruleset()
        code, output = run("doctor", "--server", f"{api.url}/")
    assert (code, "is ready. No plugin supplies gone: promotions that name it do not apply." in output) == (1, True)


@ON_SQLITE
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "file:///etc/passwd", "127.0.0.1:8000", "http://["])
def test_a_server_that_cannot_be_asked_is_a_problem(shop: Shop, run: Run, url: str) -> None:
    code, output = run("doctor", "--server", url)
    assert (code, f"problem  server           {url} does not say whether it is ready: " in output) == (1, True), output
