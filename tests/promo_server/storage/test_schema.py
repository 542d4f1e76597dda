"""Revisions: they make the tables of this program, and take data along, up and down, on both databases."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from promo_contracts import Scope
from promo_contracts.company.models import CampaignCreate, CodeBatchCreate, CodeCreate, HoldRequest, SettleRequest
from promo_contracts.company.queries import CampaignQuery
from promo_contracts.company.returns import ReturnRequest
from promo_contracts.lightrail.models import CurrencyCreate, CustomerCreate, ProgramCreate
from promo_contracts.moltin import examples, models
from promo_contracts.moltin.carts import ItemCreate
from promo_contracts.moltin.models import PromotionCreate
from promo_engine.testing import installed_types
from promo_server.redemption import Event
from promo_server.services.campaigns import change_campaign_status, create_campaign, get_campaign, list_campaigns
from promo_server.services.code_batches import create_code_batch
from promo_server.services.companies import (
    Holder,
    authenticate,
    create_company,
    create_key,
    list_keys,
    revoke_key,
)
from promo_server.services.context import Context, load_company
from promo_server.services.lightrail.currencies import create_currency
from promo_server.services.lightrail.customers import create_customer
from promo_server.services.lightrail.programs import create_program
from promo_server.services.lightrail.transactions import debit
from promo_server.services.metrics import usage_of
from promo_server.services.moltin.carts import Where, add_item
from promo_server.services.moltin.codes import create_codes
from promo_server.services.moltin.promotions import create_promotion as create_moltin
from promo_server.services.moltin.tokens import create_token
from promo_server.services.promotion_codes import create_code
from promo_server.services.promotions import create_promotion
from promo_server.services.published import Publisher
from promo_server.services.redemptions import get_redemption, hold, settle
from promo_server.services.refusal import Refusal
from promo_server.services.returns import return_goods
from promo_server.services.rulesets import Rulesets
from promo_server.storage import Database, Migrated, SchemaError, open_database
from promo_server.storage.schema import HEAD, REVISIONS, VERSION_TABLE
from promo_server.storage.tables import metadata
from promo_server.storage.value_tables import (
    currencies,
    customers,
    programs,
    value_codes,
    value_entries,
    value_stores,
    value_transactions,
)
from tests.databases import KINDS, Databases
from tests.promo_server.conftest import NOON, cart
from tests.promo_server.services.lightrail.books import check_books, debit_of, store
from tests.promo_server.values import KEYS

HOLDER = Holder("shop", "tests", frozenset())
VALUE_TABLES = (currencies, customers, programs, value_codes, value_stores, value_transactions)
BEFORE_REVISIONS = Path(__file__).parents[2] / "data" / "before_revisions.sql"


@pytest.fixture(params=KINDS)
def bare(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    with databases.bare(request.param, tmp_path) as name:
        yield name


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Read all rows of all tables."""
    with database.read() as connection:
        return {
            table.name: sorted((dict(row._mapping) for row in connection.execute(select(table))), key=str)
            for table in metadata.sorted_tables
        }


def fill(database: str) -> None:
    """Put something into the tables: a redemption in each state that shops bring about."""
    with closing(open_database(database)) as opened:
        fill_by(context_on(opened))


def context_on(database: Database) -> Context:
    return Context(database, installed_types(), lambda: NOON)


SPRING: dict[str, Any] = {
    "promotion_name": "Spring",
    "promotion_type": "percentage_discount",
    "description": "",
    "promotion_code": "SPRING20",
    "discount_rules": {"discount_value": 20},
    "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    "usage_limits": {"total_usage_limit": 9, "per_customer_limit": 8},
}


def fill_by(context: Context) -> None:
    create_company(context, company_id="shop", name="Shop")
    campaign = create_campaign(context, HOLDER, CampaignCreate(name="Spring"))
    create_promotion(context, HOLDER, campaign.id, SPRING)
    for reference, lease, event in (
        ("held", 0, None),
        ("leased", 60, None),
        ("confirmed", 60, Event.CONFIRM),
        ("released", 60, Event.RELEASE),
        ("doubtful", 60, Event.DOUBT),
    ):
        request = HoldRequest(attempt="a", cart=cart("7" * 255), lease_seconds=lease)
        hold(context, Rulesets(context), HOLDER, reference, request)
        if event is not None:
            settle(context, HOLDER, reference, event, SettleRequest())


def fill_values_by(context: Context) -> None:
    """Put something into every table of value stores."""
    create_company(context, company_id="shop", name="Shop")
    create_customer(context, HOLDER, CustomerCreate(customerId="alice", tags=["new"], metadata={"a": 1}))
    create_program(context, HOLDER, ProgramCreate(programId="p", currency="USD", access="publicCode"))
    create_currency(context, HOLDER, CurrencyCreate(code="POINTS", name="Points", symbol="P", decimalPlaces=0))
    store(context, "gift", value=1000, code="XXXX-SECRET", uses=3)
    store(context, "promo", programId="p", code="SAVE20", value=5)
    debit(context, HOLDER, debit_of("t", "gift", 100, pending=True))


def test_the_revisions_make_exactly_the_tables(bare: str) -> None:
    with closing(Database(bare)) as database:
        assert database.migrate() == Migrated("base", HEAD)
        with database.read() as connection:
            options = {"version_table": VERSION_TABLE, "compare_type": True}
            assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_a_database_goes_down_and_up_again_with_all_that_is_in_it(database: str) -> None:
    with closing(Database(database)) as opened:
        fill(database)
        before = everything(opened)
        for revision in reversed(REVISIONS):
            opened.migrate(revision)
        assert opened.migrate() == Migrated(REVISIONS[0], HEAD)
        assert everything(opened) == before


def test_older_tables_know_of_no_attempt_that_is_over(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill(database)
        with pytest.raises(Refusal, match="no redemption"):
            settle(context_on(opened), HOLDER, "never held", Event.RELEASE, SettleRequest(attempt="a"))
        before = everything(opened)
        assert [row["attempt"] for row in before["ended_attempts"]] == ["a"]
        opened.migrate("0010")
        opened.migrate()
        assert everything(opened) == before | {"ended_attempts": []}


def test_value_stores_do_not_outlive_the_revision_that_has_a_place_for_them(database: str) -> None:
    with closing(open_database(database)) as opened:
        context = replace(context_on(opened), code_keys=KEYS)
        fill_values_by(context)
        before = everything(opened)
        of_values = {table.name for table in (*VALUE_TABLES, value_entries)}
        assert all(before[name] for name in of_values)
        opened.migrate("0005")
        opened.migrate()
        after = everything(opened)
        assert not any(after[name] for name in of_values)
        [company] = before["companies"]
        before["companies"] = [company | {"value_stores_since": None}]  # as they are gone
        assert {name: rows for name, rows in after.items() if name not in of_values} == {
            name: rows for name, rows in before.items() if name not in of_values
        }
        check_books(context)


def test_older_tables_know_no_promotions_of_another_contract_and_what_is_held_by_one_goes_on(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill(database)
        context, before = context_on(opened), everything(opened)
        made = create_moltin(context, HOLDER, PromotionCreate.model_validate({**examples.FIXED, "end": "2199-01-01"}))
        create_codes(context, HOLDER, made.data.id, [models.CodeCreate(code="x" * 200, uses=1)])
        request = HoldRequest(attempt="a", cart=cart("8", "x" * 200))
        assert hold(context, Rulesets(context), HOLDER, "by code", request).amount_due == 5090
        where = Where(context, Rulesets(context), HOLDER, "basket")
        add_item(where, ItemCreate.model_validate(examples.CUSTOM_ITEM))
        create_token(context, token_of(create_key(context, company_id="shop", name="till", scopes=[Scope.READ])))
        opened.migrate("0006")
        opened.migrate()
        after = everything(opened)
        for name in ("campaigns", "promotions", "codes", "access_tokens", "moltin_carts"):
            assert after[name] == before[name]
        assert settle(context, HOLDER, "by code", Event.RELEASE, SettleRequest()).state == "released"


def token_of(key: str) -> models.TokenRequest:
    prefix, key_id, secret = key.split("_", 2)
    return models.TokenRequest(grant_type="client_credentials", client_id=f"{prefix}_{key_id}", client_secret=secret)


def test_no_balance_gets_below_zero_whatever_writes_it(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill_values_by(replace(context_on(opened), code_keys=KEYS))
        for column in ("balance", "uses"):
            with pytest.raises(IntegrityError), opened.write() as connection:
                connection.execute(update(value_stores).values({column: -1}))


def test_what_is_held_is_due_at_the_end_of_its_lease_or_else_its_own(database: str) -> None:
    with closing(Database(database)) as opened:
        fill(database)
        opened.migrate("0001")
        opened.migrate()
        due = {row["reference"]: row["due_at"] for row in everything(opened)["redemptions"]}
    assert due.pop("held") > due.pop("leased") == "2026-11-22T12:01:00.000000Z"
    assert set(due.values()) == {None}


def test_without_tables_it_is_at_its_base_and_may_be_filled_again(database: str) -> None:
    with closing(Database(database)) as opened:
        fill(database)
        assert opened.migrate("base") == Migrated(HEAD, "base")
        with opened.read() as connection:
            assert inspect(connection).get_table_names() == [VERSION_TABLE]
        opened.migrate()
        assert not any(everything(opened).values())


def refused(database: str) -> str:
    with pytest.raises(SchemaError) as error:
        open_database(database).close()
    return str(error.value)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_older_tables_are_not_worked_with(database: str, revision: str) -> None:
    with closing(Database(database)) as opened:
        opened.migrate(revision)
    assert refused(database) == (
        f"The database is at revision {revision}, older than this program's {HEAD}. Run: promo migrate"
    )


def test_newer_tables_are_not_worked_with_nor_touched(database: str) -> None:
    with closing(Database(database)) as opened:
        with opened.write() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        said = refused(database)
        assert said.startswith("The database is at revision 9999, which this program does not know")
        assert f"promo migrate --to {HEAD}" in said
        with pytest.raises(SchemaError, match="revision 9999"):
            opened.migrate()


def test_a_revision_that_is_not_there_is_told_those_that_are(database: str) -> None:
    with closing(Database(database)) as opened, pytest.raises(SchemaError) as error:
        opened.migrate("12")
    assert str(error.value) == f"There is no revision '12', but base, {', '.join(REVISIONS)} and head."


def test_a_postgresql_without_tables_says_what_to_run(databases: Databases, tmp_path: Path) -> None:
    with databases.bare("postgresql", tmp_path) as url:
        assert refused(url) == "The database has no tables yet. Run: promo migrate"


def test_a_shops_own_tables_and_revisions_in_the_same_database_are_left_alone(bare: str) -> None:
    with closing(Database(bare)) as opened:
        with opened.write() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))
        opened.migrate()
        assert opened.is_current()
        with opened.read() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "theirs"


def test_of_many_that_migrate_at_once_one_does(bare: str) -> None:
    def migrate(_: int) -> Migrated:
        with closing(Database(bare)) as opened:
            return opened.migrate()

    with ThreadPoolExecutor(4) as pool:
        done = sorted(pool.map(migrate, range(4)), key=str)
    assert done == [Migrated(HEAD, HEAD)] * 3 + [Migrated("base", HEAD)]


@pytest.fixture
def before_revisions(tmp_path: Path) -> str:
    """Make a file as fairtill made them before there were revisions."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(BEFORE_REVISIONS.read_text())
    return str(path)


def test_a_file_from_before_the_revisions_is_migrated_when_it_is_asked_for(before_revisions: str) -> None:
    assert refused(before_revisions).endswith("Make a copy of it, then run: promo migrate")
    with closing(Database(before_revisions)) as opened:
        assert opened.migrate() == Migrated("0001", HEAD)
        assert opened.is_current()


def test_tables_that_only_look_like_ours_are_not_touched(before_revisions: str) -> None:
    with closing(sqlite3.connect(before_revisions)) as connection:
        connection.execute("ALTER TABLE uses ADD COLUMN colour TEXT")
    with closing(Database(before_revisions)) as opened, pytest.raises(SchemaError, match="no revision is noted"):
        opened.migrate()


def test_after_an_upgrade_a_hold_goes_on_where_it_was(database: str) -> None:
    fill(database)
    with closing(Database(database)) as opened:
        opened.migrate("0001")
        opened.migrate()
        context = context_on(opened)
        assert get_redemption(context, HOLDER, "held").state == "held"
        assert settle(context, HOLDER, "leased", Event.CONFIRM, SettleRequest()).state == "confirmed"


NIGHTS = {"days_of_week": ["saturday"], "hours_of_day": {"start": "22:00", "end": "02:00"}}
SKIPPED = {"hours_of_day": {"start": "02:10", "end": "02:50"}}
SCHEDULES: list[dict[str, Any]] = [
    {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    {"start_date": "2026-11-22T23:30:15.250Z", "end_date": "2026-12-22T12:00:00.999Z"},
    {"start_date": "2026-11-23", "end_date": "2026-12-22", "time_restrictions": {"days_of_week": ["sunday"]}},
    {"start_date": "2026-11-22T00:30:00Z", "end_date": "2026-12-22", "time_restrictions": NIGHTS},
    {"start_date": "2026-11-23T05:00:30Z", "end_date": "2026-12-22", "time_restrictions": NIGHTS},
    {"start_date": "2027-03-28", "end_date": "2027-04-22", "time_restrictions": SKIPPED},
    {"start_date": "2027-03-28", "end_date": "2027-03-28"},
]


def test_what_lists_use_is_filled_as_the_program_fills_it(database: str) -> None:
    with closing(open_database(database)) as opened:
        context = context_on(opened)
        create_company(context, company_id="shop", name="Shop", time_zone="Europe/Berlin")
        campaign = create_campaign(context, HOLDER, CampaignCreate(name="\uff33tra\xdfe"))
        for number, schedule in enumerate(SCHEDULES):
            fields = {"promotion_name": f"STRA\xdfE {number}", "promotion_code": f"CODE{number}", "schedule": schedule}
            display = {"auto_apply": bool(number % 2), "display_settings": {"priority_level": number or None}}
            create_promotion(context, HOLDER, campaign.id, SPRING | fields | display)
        before = everything(opened)
        opened.migrate("0002")
        opened.migrate()
        assert everything(opened) == before
        assert len({row["opens_at"] for row in before["promotions"]}) == len(SCHEDULES)


LIMITED = {"usage_limits": {"total_usage_limit": 9, "restored_on_return": True}}


def returned(context: Context) -> str:
    """Sell a cart twice and take all of one back, a line of the other; return what was promoted."""
    rulesets = Rulesets(context)
    create_company(context, company_id="shop", name="Shop")
    campaign = create_campaign(context, HOLDER, CampaignCreate(name="Spring"))
    made = create_promotion(context, HOLDER, campaign.id, SPRING | LIMITED)
    for reference, lines in (("whole", {"l1": 1, "l2": 1}), ("part", {"l2": 1})):
        hold(context, rulesets, HOLDER, reference, HoldRequest(attempt="a", cart=cart()))
        settle(context, HOLDER, reference, Event.CONFIRM, SettleRequest())
        return_goods(context, rulesets, HOLDER, reference, ReturnRequest(return_id="r1", lines=lines))
    return made.promotion_id


def test_older_tables_have_no_returns_and_no_uses_that_returns_restored(database: str) -> None:
    with closing(open_database(database)) as opened:
        context = context_on(opened)
        promotion_id = returned(context)
        before = everything(opened)
        opened.migrate("0003")
        with opened.read() as connection:
            bodies = connection.execute(select(metadata.tables["promotions"].c.body)).scalars().all()
            assert not [body for body in bodies if "restored_on_return" in body]
        opened.migrate()
        after = everything(opened)
        assert (len(before.pop("returns")), after.pop("returns")) == (2, [])
        assert [row["reference"] for row in before["uses"]] == ["part", "whole"]
        assert [(row["reference"], row["discount_kept"]) for row in after["uses"]] == [("part", None)]
        with opened.read() as connection:
            usage = usage_of(connection, load_company(connection, "shop"), [promotion_id], NOON)[promotion_id]
        assert [row["used"] for row in after["counters"]] == [usage.counted] == [1]
        unchanged = ("companies", "campaigns", "redemptions", "counters", "keys")
        assert [after[name] for name in unchanged] == [before[name] for name in unchanged]


def test_what_older_tables_have_no_place_for_does_not_work_there(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill(database)
        context = context_on(opened)
        scopes = [Scope.ADMIN]
        lasting = create_key(context, company_id="shop", name="lasting", scopes=scopes)
        create_key(context, company_id="shop", name="ending", scopes=scopes, expires=NOON + timedelta(days=9))
        revoked = create_key(context, company_id="shop", name="revoked", scopes=scopes)
        revoke_key(context, company_id="shop", key_id=revoked.split("_")[1])
        campaign = list_campaigns(context, HOLDER, CampaignQuery()).campaigns[0]
        change_campaign_status(context, HOLDER, campaign.id, "archived")
        opened.migrate("0002")
        opened.migrate()
        assert authenticate(context, lasting).name == "lasting"
        assert [one.name for one in list_keys(context, "shop")] == ["lasting"]
        assert [row["status"] for row in everything(opened)["promotions"]] == ["paused"]
        assert get_campaign(context, HOLDER, campaign.id).status == "inactive"


def test_revisions_go_down_as_documents_and_up_again_as_they_were(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill(database)
        context = context_on(opened)
        campaign = list_campaigns(context, HOLDER, CampaignQuery()).campaigns[0]
        rulesets = Rulesets(context)
        publisher = Publisher(context, rulesets)
        served = publisher.current("shop").revision
        hold(context, rulesets, HOLDER, "one more", HoldRequest(attempt="a", cart=cart()))
        rulesets.keep()
        later = replace(context, clock=lambda: NOON + timedelta(hours=1))
        free = SPRING | {"promotion_name": "Free", "promotion_code": "FREE", "usage_limits": {}}
        create_promotion(later, HOLDER, campaign.id, free)
        Publisher(later, Rulesets(later)).current("shop")
        before = everything(opened)
        assert [row["revision"] for row in before["rulesets"]] == [served]
        assert len(before["revisions"]) == len(before["revision_promotions"]) == 2
        opened.migrate("0006")
        opened.migrate()
        unknown = [row | {"rules_version": 0} for row in before["revisions"]]
        assert everything(opened) == before | {"revisions": unknown}


def test_older_tables_know_no_further_codes_and_what_is_held_by_one_goes_on(database: str) -> None:
    with closing(open_database(database)) as opened:
        fill(database)
        context = context_on(opened)
        campaign = list_campaigns(context, HOLDER, CampaignQuery()).campaigns[0].id
        (promotion,) = (row["id"] for row in everything(opened)["promotions"])
        create_code(context, HOLDER, campaign, promotion, CodeCreate(promotion_code="FRIENDS20", max_uses=1))
        create_code_batch(context, HOLDER, campaign, promotion, CodeBatchCreate(batch_id="b", count=3))
        request = HoldRequest(attempt="a", cart=cart("8", "FRIENDS20"))
        assert hold(context, Rulesets(context), HOLDER, "by code", request).amount_due == 4792
        before = everything(opened)
        opened.migrate("0004")
        opened.migrate()
        assert everything(opened) == before | {"codes": [], "code_batches": []}
        assert settle(context, HOLDER, "by code", Event.RELEASE, SettleRequest()).state == "released"
        create_code(context, HOLDER, campaign, promotion, CodeCreate(promotion_code="FRIENDS20", max_uses=1))
        assert hold(context, Rulesets(context), HOLDER, "again", request).amount_due == 4792
