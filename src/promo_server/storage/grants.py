"""New grants stored together: their records, their uses, and the counters that they raise."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ClauseElement, ColumnElement, Connection, Table, bindparam, text

from promo_server.storage.driven import execute_all, fetch
from promo_server.storage.statements import insert_all_new, upserting
from promo_server.storage.tables import counters, redemptions, uses

Rows = Sequence[Mapping[str, Any]]


def store_new(connection: Connection, records: Rows, taken: Rows, raised: Rows) -> bool:
    """Store grants whose references are new; False if one is not, or a counter has no room: then roll it back.

    ``raised`` are as ``raise_counters`` has them. PostgreSQL is sent all of it in one statement, and thus once.
    """
    if connection.dialect.name == "postgresql":
        rows = {"records": _json(records), "taken": _json(taken), "raised": _json(raised)}
        return fetch(connection, _STORE_NEW, rows) == [(len(records), len(raised))]
    if insert_all_new(connection, redemptions, records) < len(records):
        return False
    if taken:
        insert_all_new(connection, uses, taken)
    return raise_counters(connection, raised)


def raise_counters(connection: Connection, raised: Rows) -> bool:
    """Raise counters that have room for it; False if one has not.

    Each row has the counter's key, the ``amount``, and the ``most`` that it may come to, which no amount is above.
    Give each counter once, and all in one order that is the same for everyone: then no two wait for each other.
    """
    return not raised or execute_all(connection, _raising(connection.dialect.name), raised) == len(raised)


@cache
def _raising(dialect: str) -> ClauseElement:
    # In VALUES a parameter may not be called as its column.
    row: dict[str, ColumnElement[Any]] = {one.name: bindparam(f"of_{one.name}") for one in counters.primary_key}
    used = counters.c.used + bindparam("amount")
    return upserting(dialect, counters, row | {"used": bindparam("amount")}, {"used": used}, used <= bindparam("most"))


def _json(rows: Rows) -> str:
    return orjson.dumps(list(rows)).decode()


def _names(table: Table) -> str:
    return ", ".join(f'"{one.name}"' for one in table.columns)


_STORE_NEW = text(f"""
    WITH wanted AS (
        SELECT * FROM json_to_recordset(CAST(:raised AS json)) AS one(
            of_company_id text, of_promotion_id text, of_scope text, of_key text, amount bigint, most bigint
        )
    ), stored AS (
        INSERT INTO redemptions ({_names(redemptions)})
        SELECT {_names(redemptions)} FROM json_populate_recordset(CAST(NULL AS redemptions), CAST(:records AS json))
        ON CONFLICT DO NOTHING RETURNING 1
    ), taken AS (
        INSERT INTO uses ({_names(uses)})
        SELECT {_names(uses)} FROM json_populate_recordset(CAST(NULL AS uses), CAST(:taken AS json))
        ON CONFLICT DO NOTHING
    ), raised AS (
        INSERT INTO counters AS counter (company_id, promotion_id, scope, "key", used)
        SELECT of_company_id, of_promotion_id, of_scope, of_key, amount FROM wanted
        ON CONFLICT (company_id, promotion_id, scope, "key") DO UPDATE SET used = counter.used + excluded.used
        WHERE counter.used + excluded.used <= (
            SELECT most FROM wanted
            WHERE of_promotion_id = excluded.promotion_id AND of_scope = excluded.scope AND of_key = excluded."key"
        )
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM stored) AS records, (SELECT count(*) FROM raised) AS raised
""")  # noqa: S608 - the names of our columns
