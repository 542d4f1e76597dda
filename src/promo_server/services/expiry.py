"""What time does to holds: an unreported lease that lapsed is in doubt, a hold past its time expires."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, bindparam, select

from promo_contracts.company.models import Redemption
from promo_server.redemption import Event, State, transition
from promo_server.services.context import Context
from promo_server.services.grants import give_back, move
from promo_server.services.uses import share_counters
from promo_server.storage import moment
from promo_server.storage.tables import redemptions

SWEEP = 100
"""How many lapsed holds one transaction clears up at most."""


def sweep(context: Context) -> None:
    """Let time do its work for every company; the app calls this every now and then."""
    with context.database.read() as connection:
        waiting = connection.execute(select(redemptions.c.company_id).where(_is_due(context.clock())).distinct())
        companies = list(waiting.scalars())
    for company_id in companies:
        context.database.transact(partial(clear_lapsed, company_id=company_id, now=context.clock()))


def clear_lapsed(connection: Connection, company_id: str, now: datetime) -> None:
    """Let time do its work: an unreported lease that lapsed is in doubt, a hold past its time expires.

    What another transaction is at, here or in another process, is left to it.
    """
    share_counters(connection, company_id)
    due = select(redemptions.c.reference, redemptions.c.lease_until).where(
        redemptions.c.company_id == company_id, _is_due(now)
    )
    rows = connection.execute(due.order_by(redemptions.c.due_at).limit(SWEEP).with_for_update(skip_locked=True)).all()
    expired = [row.reference for row in rows if row.lease_until is None]
    lapsed = [row.reference for row in rows if row.lease_until is not None]
    if lapsed:
        move(connection, company_id, lapsed, transition(State.HELD, Event.LAPSE), now)
    if expired:
        move(connection, company_id, expired, transition(State.HELD, Event.EXPIRE), now)
        give_back(connection, company_id, expired, now)


def in_time(context: Context, company_id: str, work: Callable[[Connection], Redemption]) -> Redemption:
    """Do work in a transaction, after what time has to do: in one of its own, so that nobody waits for its counters."""

    def work_unless_due(connection: Connection) -> Redemption | None:
        return None if is_anything_due(connection, company_id, context.clock()) else work(connection)

    done = context.database.transact(work_unless_due)
    if done is not None:
        return done
    context.database.transact(partial(clear_lapsed, company_id=company_id, now=context.clock()))
    return context.database.transact(work)


def is_anything_due(connection: Connection, company_id: str, now: datetime) -> bool:
    """Tell whether time has anything to do for a company."""
    return connection.execute(_ANYTHING_DUE, {"company": company_id, "now": moment(now)}).first() is not None


_ANYTHING_DUE = (
    select(redemptions.c.reference)
    .where(redemptions.c.company_id == bindparam("company"), redemptions.c.due_at <= bindparam("now"))
    .limit(1)
)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return redemptions.c.due_at <= moment(now)
