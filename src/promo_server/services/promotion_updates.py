"""Changing a promotion, all or nothing: what may change depends on its status, and the result is judged like a new one.

A shopper who was shown a price is not cheated: what a running promotion gives, to whom and by which code stays. To
change what it gives, a merchant pauses it first.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from promo_contracts import read_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import Promotion, PromotionCreate
from promo_contracts.company.updates import merged
from promo_server.compile import compile_schedule, shown_status
from promo_server.services.checks import Judgement, code_problems, read_promotion, schedule_problems, status_problems
from promo_server.services.codes import code_stem, free_codes
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change
from promo_server.services.promotion_rows import update_promotion
from promo_server.services.records import as_answers, check_own, effective_status, find_promotion, stored_body
from promo_server.services.recount import Recount
from promo_server.services.refusal import Refusal, refuse
from promo_server.storage import moment

STEPS = "activate, pause, resume or archive"

_TEXT = {"promotion_name", "description"}
_RUNNING = _TEXT | {"display_settings", "usage_limits", "schedule.end_date", "schedule.time_restrictions"}
_PAUSED = _RUNNING | {"discount_rules", "eligibility_criteria", "auto_apply", "stackable", "exclusion_group"}
_MAY_CHANGE: Mapping[str, set[str]] = {
    "scheduled": _PAUSED | {"schedule.start_date"},
    "active": _RUNNING,
    "paused": _PAUSED,
    "expired": _TEXT,
    "archived": set(),
}
"""What may change by status as it is shown; of a draft everything may."""


def change_promotion(
    context: Context, holder: Holder, campaign_id: str, promotion_id: str, change: Mapping[str, Any]
) -> Promotion:
    """Merge a change into a promotion and store the whole, or nothing of it.

    Raises:
        InvalidFields: the result breaks a rule, or a limit is below what is used already.
        Refusal: ``PROMOTION_NOT_FOUND``; ``PROMOTION_NOT_MODIFIABLE`` with the ``current_status`` and the ``fields``;
            ``DUPLICATE_PROMOTION_NAME``, ``DUPLICATE_PROMOTION_CODE``.
    """
    refuse(status_problems(change, STEPS))
    return context.database.transact(partial(_change, context, holder, campaign_id, promotion_id, change))


def _change(
    context: Context,
    holder: Holder,
    campaign_id: str,
    promotion_id: str,
    change: Mapping[str, Any],
    connection: Connection,
) -> Promotion:
    company = company_to_change(connection, holder.company_id)
    now = context.clock()
    row = find_promotion(connection, company.id, campaign_id, promotion_id)
    check_own(row)
    before = stored_body(row)
    status = shown_status(effective_status(row), compile_schedule(before.schedule, company.zone), now, company.zone)
    after, wrong = read_promotion(_result(row, change))
    paths = {*_changed_paths(before, after), *(one.top for one in wrong if one.top in PromotionCreate.model_fields)}
    _check_status(status, paths)
    code = after.promotion_code or code_stem(after.promotion_name, after.promotion_type, context.code_words)
    if "promotion_code" in paths:
        wrong += code_problems(code, context.code_words)
    schedule = _schedule_problems(after, company, now, status, paths)
    recount = Recount(context.types, company, row, before, after)
    judgement = Judgement(company, company.currency_of(row.own_currency), context.types)
    refuse(judgement.of(after, wrong, schedule))
    refuse(recount.problems(connection))
    if paths:
        values = {"company_id": company.id, "id": row.id, "campaign_id": campaign_id, "last_updated": moment(now)}
        codes = [code] if after.promotion_code else free_codes(connection, company.id, code, context.code_words)
        update_promotion(connection, company, values, after, codes)
        recount.store(connection)
        raise_rules_version(connection, company.id)
        row = find_promotion(connection, company.id, campaign_id, promotion_id)
    return as_answers(connection, company, [row], now)[0]


def _result(row: Row[Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Merge a change into the stored body; the rules of another type take the place of the old ones."""
    stored = {**read_json(row.body.encode()), "status": None}
    if change.get("promotion_type", stored["promotion_type"]) != stored["promotion_type"]:
        stored["discount_rules"] = {}
    return merged(stored, change)


def _changed_paths(before: PromotionCreate, after: PromotionCreate) -> Iterator[str]:
    old, new = before.model_dump(), after.model_dump()
    for name in PromotionCreate.model_fields.keys() - {"status", "schedule"}:
        if old.get(name) != new.get(name):
            yield name
    for name, value in new["schedule"].items():
        if old["schedule"][name] != value:
            yield f"schedule.{name}"


def _check_status(status: str, paths: set[str]) -> None:
    if status == "draft":
        return
    fixed = sorted(path for path in paths if not any(_covers(one, path) for one in _MAY_CHANGE[status]))
    if fixed:
        names, instead = ", ".join(fixed), _instead(status, fixed)
        message = f"The promotion is {status}: {names} cannot change{instead}."
        raise Refusal("PROMOTION_NOT_MODIFIABLE", message, current_status=status, fields=fixed)


def _covers(allowed: str, path: str) -> bool:
    """Whether a field may change, or, where the field as a whole is wrong, something in it."""
    return allowed == path or allowed.startswith(f"{path}.")


def _instead(status: str, fixed: list[str]) -> str:
    if status == "active" and _PAUSED.issuperset(fixed):
        return " while it is; pause it first"
    return "" if status in ("expired", "archived") else " any more; create another promotion"


def _schedule_problems(
    body: PromotionCreate, company: Company, now: datetime, status: str, paths: set[str]
) -> list[FieldProblem]:
    """Judge a schedule that is changed; the start of what is published only where that is what changes."""
    if not any(path.startswith("schedule") for path in paths):
        return []
    starts_anew = status == "draft" or "schedule.start_date" in paths
    return schedule_problems(body, company, now, may_have_started=not starts_anew)
