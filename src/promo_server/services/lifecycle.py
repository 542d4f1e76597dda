"""The life of a promotion: a draft is activated, an active one paused, a paused one resumed; the clock ends it.

Whatever it is, it can be archived, for good: it applies no more, stays listed, and keeps its name and code.
"""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, update

from promo_contracts.company.models import Promotion
from promo_server.compile import compile_schedule
from promo_server.services.checks import schedule_problems
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change
from promo_server.services.records import as_answers, check_own, find_promotion, stored_body
from promo_server.services.refusal import Refusal, refuse
from promo_server.storage import moment
from promo_server.storage.tables import promotions


class Step(StrEnum):
    """What a merchant does with a promotion."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    ARCHIVE = "archive"


_AFTER = {
    (Step.ACTIVATE, "draft"): "active",
    (Step.ACTIVATE, "active"): "active",
    (Step.PAUSE, "active"): "paused",
    (Step.PAUSE, "paused"): "paused",
    (Step.RESUME, "paused"): "active",
    (Step.RESUME, "active"): "active",
    **{(Step.ARCHIVE, status): "archived" for status in ("draft", "active", "paused", "expired", "archived")},
}

_INSTEAD = {
    "draft": "The promotion is a draft: activate it first.",
    "paused": "The promotion is paused: resume it.",
    "expired": "The promotion has ended: create a new one.",
    "archived": "The promotion is archived: create a new one.",
}


def change_status(context: Context, holder: Holder, campaign_id: str, promotion_id: str, step: Step) -> Promotion:
    """Take a step with a promotion; one that is so already stays as it is, and its campaign may still pause it.

    Raises:
        InvalidFields: the schedule of a draft, judged now as when it is created.
        Refusal: ``PROMOTION_NOT_FOUND``; ``INVALID_STATUS_CHANGE`` with the ``current_status``;
            ``PROMOTION_NOT_MODIFIABLE``: another contract made it.
    """
    return context.database.transact(partial(_change_status, context, holder, campaign_id, promotion_id, step))


def _change_status(
    context: Context, holder: Holder, campaign_id: str, promotion_id: str, step: Step, connection: Connection
) -> Promotion:
    company = company_to_change(connection, holder.company_id)
    now = context.clock()
    row = find_promotion(connection, company.id, campaign_id, promotion_id)
    check_own(row)
    status = own_status(row, company, now)
    after = _AFTER.get((step, status))
    if after is None:
        raise Refusal("INVALID_STATUS_CHANGE", _INSTEAD[status], current_status=status)
    if after != status:
        if step is Step.ACTIVATE:
            refuse(schedule_problems(stored_body(row), company, now))
        connection.execute(
            update(promotions)
            .where(promotions.c.company_id == company.id, promotions.c.id == promotion_id)
            .values(status=after, last_updated=moment(now))
        )
        raise_rules_version(connection, company.id)
        row = find_promotion(connection, company.id, campaign_id, promotion_id)
    return as_answers(connection, company, [row], now)[0]


def own_status(row: Row[Any], company: Company, now: datetime) -> str:
    """Return the promotion's own status, whatever its campaign's; a published one that has ended is expired."""
    schedule = compile_schedule(stored_body(row).schedule, company.zone)
    has_ended = row.status in ("active", "paused") and schedule.has_ended(now)
    return "expired" if has_ended else str(row.status)
