"""Attempts that are over: what they still ask for is on its way too late, and must not hold anything.

A checkout that gave up waiting reports its end, and the hold that it had asked for may arrive after that report.
Source: decision 32.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from promo_server.services.context import Context
from promo_server.storage import insert_new, moment
from promo_server.storage.tables import ended_attempts

KEPT = timedelta(days=1)
"""Longer than any request is on its way."""


def note_ended(connection: Connection, company_id: str, reference: str, attempt: str, now: datetime) -> None:
    """Note that an attempt at a reference is over; noted twice, it is so since the first time."""
    key = {"company_id": company_id, "reference": reference, "attempt": attempt}
    insert_new(connection, ended_attempts, key | {"ended_at": moment(now)})


def has_ended(connection: Connection, company_id: str, reference: str, attempt: str) -> bool:
    """Tell whether an attempt at a reference is known to be over."""
    query = select(ended_attempts.c.attempt).filter_by(company_id=company_id, reference=reference, attempt=attempt)
    return connection.execute(query).first() is not None


def forget_ended(context: Context) -> None:
    """Forget attempts that ended long ago; the app calls this every now and then."""
    is_old = ended_attempts.c.ended_at <= moment(context.clock() - KEPT)
    context.database.delete_where(ended_attempts, is_old)
