"""What is wrong with the body of a promotion: all of it at once, so that nothing is found out one request at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import PromotionCreate
from promo_contracts.problems import field_problems
from promo_engine import Currency, DocumentError, PromotionTypes, first_open
from promo_server.compile import compile_eligibility, compile_schedule
from promo_server.services.context import Company
from promo_server.services.refusal import invalid
from promo_server.services.words import CodeWords, why_refused

LONGEST = timedelta(days=365)
LAST_YEAR = 2200
"""The last one that the ruleset document can name."""

_STAND_IN: Mapping[str, Any] = {
    "promotion_name": "-",
    "promotion_type": "-",
    "description": "",
    "discount_rules": {},
    "schedule": {"start_date": "2000-01-01", "end_date": "2000-01-02"},
}


def read_promotion(document: Mapping[str, Any]) -> tuple[PromotionCreate, list[FieldProblem]]:
    """Read a body; something stands in for each field that is wrong, so that the others can still be judged.

    >>> body, problems = read_promotion({"promotion_name": "", "promotion_type": "free_shipping", "auto_apply": 1})
    >>> body.promotion_type, sorted(problem.field for problem in problems)
    ('free_shipping', ['auto_apply', 'description', 'discount_rules', 'promotion_name', 'schedule'])
    """
    try:
        return PromotionCreate.model_validate(document), []
    except ValidationError as error:
        problems = field_problems(error, PromotionCreate)
    right = PromotionCreate.model_fields.keys() - {problem.top for problem in problems}
    kept = {name: value for name, value in document.items() if name in right}
    return PromotionCreate.model_validate({**_STAND_IN, **kept}), problems


def status_problems(change: Mapping[str, Any], steps: str) -> list[FieldProblem]:
    """Say that a status is not changed like a field, and by which steps it is."""
    return [FieldProblem("status", f"is not changed like this: use {steps}")] if "status" in change else []


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a body is held to: a company, the currency of the campaign, and the installed types."""

    company: Company
    currency: Currency
    types: PromotionTypes

    def of(
        self, body: PromotionCreate, wrong: Sequence[FieldProblem], schedule: Sequence[FieldProblem]
    ) -> list[FieldProblem]:
        """Return all problems of a body, beside those that are known.

        What stands in for a field that is known to be wrong is not judged.
        """
        known = {problem.top for problem in wrong}
        private = self.company.private
        found = [
            *limit_problems(body),
            *schedule,
            *rules_problems(body, self.types, self.currency, private),
            *eligibility_problems(body, self.currency, private),
            *condition_problems(body, self.types, self.currency),
        ]
        return [*wrong, *(problem for problem in found if problem.top not in known)]


def code_problems(code: str, words: CodeWords) -> list[FieldProblem]:
    """Say what is wrong with the words of a code, or that none could be made."""
    why = why_refused(code, words) if code else "is required: none can be made of this name"
    return [FieldProblem("promotion_code", why)] if why else []


def limit_problems(body: PromotionCreate) -> list[FieldProblem]:
    """Hold the seed's rule: no customer may have more than there is."""
    total = body.usage_limits.total_usage_limit
    customer = body.usage_limits.per_customer_limit
    if total is None or customer is None or customer <= total:
        return []
    message = f"cannot exceed total_usage_limit ({total}), not {customer}"
    return [FieldProblem("usage_limits.per_customer_limit", message)]


def schedule_problems(
    body: PromotionCreate, company: Company, now: datetime, *, may_have_started: bool = False
) -> list[FieldProblem]:
    """Hold the seed's rules for the days of a promotion that is published now; the first that is broken.

    It lasts at most 365 days by the company's calendar, or 365 times 24 hours: summer time makes none too long.
    """
    schedule = compile_schedule(body.schedule, company.zone)
    start, end = (moment.astimezone(company.zone) for moment in (schedule.start, schedule.end))
    today = now.astimezone(company.zone).date()
    # Two moments of one zone are subtracted as its clocks show them; of UTC, as time elapses.
    duration = min(end - start, schedule.end - schedule.start)
    late = f"Start date must be today or later; it is {today} in {company.zone}"
    rules = (
        (schedule.end > schedule.start, "end_date", "End date must be after start date"),
        (may_have_started or start.date() >= today, "start_date", late),
        (not schedule.has_ended(now), "end_date", "End date must not be over already"),
        (schedule.end.year <= LAST_YEAR, "end_date", f"End date must be in the years up to {LAST_YEAR}, in UTC too"),
        (duration <= LONGEST, "end_date", "A promotion lasts at most 365 days"),
    )
    for is_kept, name, message in rules:
        if not is_kept:
            return [FieldProblem(f"schedule.{name}", message)]
    if first_open(replace(schedule, start=max(schedule.start, now)), company.zone) is None:
        message = "Days and hours must be open at some time between start and end date"
        return [FieldProblem("schedule.time_restrictions", message)]
    return []


def eligibility_problems(
    body: PromotionCreate, currency: Currency, private: Mapping[str, Currency]
) -> list[FieldProblem]:
    """Say which amount of the eligibility criteria its currency does not have, and which is missing in another one."""
    try:
        compile_eligibility(body.eligibility_criteria, currency, private)
    except DocumentError as error:
        return invalid(error, "eligibility_criteria").problems
    amounts = body.discount_rules.get("amounts")
    others = set(amounts if isinstance(amounts, Mapping) else ()) - {currency.code}
    return [
        FieldProblem(
            f"eligibility_criteria.item_minimums[{i}].amounts",
            f"must be in the other currencies of discount_rules.amounts ({', '.join(sorted(wanted)) or 'none'})",
        )
        for i, minimum in enumerate(body.eligibility_criteria.item_minimums)
        if minimum.amounts.keys() != (wanted := set() if minimum.min_amount is None else others)
    ]


def condition_problems(body: PromotionCreate, types: PromotionTypes, currency: Currency) -> list[FieldProblem]:
    """Say which conditions no plugin supplies, and what the others find wrong with their parameters."""
    problems = []
    for name, parameters in body.eligibility_criteria.conditions.items():
        try:
            types.conditions.named(name).read_parameters(parameters, currency)
        except DocumentError as error:
            problems += invalid(error, f"eligibility_criteria.conditions.{name}").problems
    return problems


def rules_problems(
    body: PromotionCreate, types: PromotionTypes, currency: Currency, private: Mapping[str, Currency]
) -> list[FieldProblem]:
    """Say what the promotion type finds wrong with its rules, amounts in decimals of their currency."""
    try:
        types.named(body.promotion_type).read_rules(body.discount_rules, currency, private)
    except DocumentError as error:
        return invalid(error, "" if error.path == "promotion_type" else "discount_rules").problems
    return []
