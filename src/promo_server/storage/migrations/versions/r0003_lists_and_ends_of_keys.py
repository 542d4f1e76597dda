"""What lists filter and order by, as columns; keys that end.

The columns are filled from the bodies by the arithmetic below, which is this revision's own: the program's may change,
and what was written then must be read as it was meant then.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AT_ONCE = 500
"""So many rows are read, and written again, at once."""


def upgrade() -> None:
    """Add the columns, fill them, and only then ask for them in every row."""
    for name in ("expires_at", "revoked_at"):
        op.add_column("keys", sa.Column(name, _text(32)))
    op.add_column("campaigns", sa.Column("name_form", _form()))
    for column in _of_promotions():
        op.add_column("promotions", column)
    _fill_campaigns()
    _fill_promotions()
    with op.batch_alter_table("campaigns") as batch:
        batch.alter_column("name_form", existing_type=_form(), nullable=False)
    with op.batch_alter_table("promotions") as batch:
        for column in _of_promotions():
            if column.name != "opens_at":
                batch.alter_column(column.name, existing_type=column.type, nullable=False)
    op.create_index("ix_promotions_created_at", "promotions", ["company_id", "created_at", "id"])
    op.create_index("ix_promotions_auto_apply", "promotions", ["company_id", "auto_apply", "priority"])


def downgrade() -> None:
    """Drop them: what lists use follows from the rest. What the older program does not know must not work there.

    A key that has an end goes, or it would have none; what is archived is paused.
    """
    op.execute("DELETE FROM keys WHERE expires_at IS NOT NULL OR revoked_at IS NOT NULL")
    op.execute("UPDATE promotions SET status = 'paused' WHERE status = 'archived'")
    op.execute("UPDATE campaigns SET status = 'inactive' WHERE status = 'archived'")
    op.drop_index("ix_promotions_auto_apply", "promotions")
    op.drop_index("ix_promotions_created_at", "promotions")
    with op.batch_alter_table("promotions") as batch:
        for column in _of_promotions():
            batch.drop_column(column.name)
    with op.batch_alter_table("campaigns") as batch:
        batch.drop_column("name_form")
    with op.batch_alter_table("keys") as batch:
        batch.drop_column("expires_at")
        batch.drop_column("revoked_at")


def _of_promotions() -> list[sa.Column[Any]]:
    return [
        sa.Column("name_form", _form()),
        sa.Column("type", _text(255)),
        sa.Column("starts_at", _text(32)),
        sa.Column("opens_at", _text(32)),
        sa.Column("over_at", _text(32)),
        sa.Column("auto_apply", sa.Boolean()),
        sa.Column("priority", sa.Integer()),
    ]


def _fill_campaigns() -> None:
    table = sa.table("campaigns", *map(sa.column, ("company_id", "id", "name", "name_form")))
    for rows in _portions(sa.select(table.c.company_id, table.c.id, table.c.name)):
        _write(table, [{"of": row.company_id, "own": row.id, "name_form": _folded(row.name)} for row in rows])


def _fill_promotions() -> None:
    names = [column.name for column in _of_promotions()]
    table = sa.table("promotions", *map(sa.column, ("company_id", "id", "body", *names)))
    companies = sa.table("companies", sa.column("id"), sa.column("time_zone"))
    query = sa.select(table.c.company_id, table.c.id, table.c.body, companies.c.time_zone)
    for rows in _portions(query.join(companies, companies.c.id == table.c.company_id)):
        _write(table, [{"of": row.company_id, "own": row.id} | _columns(row.body, row.time_zone) for row in rows])


def _portions(query: sa.Select[Any]) -> Iterator[list[sa.Row[Any]]]:
    # Read whole before anything is written: SQLite does not say what a query sees of later changes.
    rows = op.get_bind().execute(query).all()
    for start in range(0, len(rows), AT_ONCE):
        yield list(rows[start : start + AT_ONCE])


def _write(table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    own = (table.c.company_id == sa.bindparam("of"), table.c.id == sa.bindparam("own"))
    op.get_bind().execute(sa.update(table).where(*own), rows)


def _columns(body: str, time_zone: str) -> dict[str, Any]:
    promotion, zone = json.loads(body), ZoneInfo(time_zone)
    schedule = promotion["schedule"]
    start = _instant(schedule["start_date"], zone)
    over = _instant(schedule["end_date"], zone, days=1).replace(microsecond=0)
    if "T" in schedule["end_date"]:
        over += timedelta(seconds=1)  # its second counts whole
    opens = _first_open(start, over, schedule.get("time_restrictions") or {}, zone)
    return {
        "name_form": _folded(promotion["promotion_name"]),
        "type": promotion["promotion_type"],
        "starts_at": _moment(start),
        "opens_at": opens and _moment(opens),
        "over_at": _moment(over),
        "auto_apply": bool(promotion.get("auto_apply")),
        "priority": (promotion.get("display_settings") or {}).get("priority_level") or 0,
    }


def _instant(text: str, zone: ZoneInfo, days: int = 0) -> datetime:
    """Read an instant, or the midnight of a day, or the one so many days later."""
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(UTC)
    day = datetime.fromisoformat(text).date() + timedelta(days=days)
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _first_open(start: datetime, over: datetime, hours_and_days: Mapping[str, Any], zone: ZoneInfo) -> datetime | None:
    """Return the first moment that days and hours admit: the start, or a full minute after it, as clocks have them."""
    hours = hours_and_days.get("hours_of_day") or {}
    opens, closes = hours.get("start", "00:00"), hours.get("end", "24:00")
    days = hours_and_days.get("days_of_week") or DAYS
    moment = start
    while moment < over:
        if _is_open(moment.astimezone(zone), opens, closes, days):
            return moment
        moment = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return None


def _is_open(local: datetime, opens: str, closes: str, days: list[str] | tuple[str, ...]) -> bool:
    clock, day = f"{local:%H:%M}", local.weekday()
    if closes <= opens:  # past midnight: the hours after it are those of the day before
        if closes <= clock < opens:
            return False
        day -= clock < closes
    elif not opens <= clock < closes:
        return False
    return DAYS[day] in days


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _form() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
