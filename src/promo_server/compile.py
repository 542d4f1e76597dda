"""Contracts to engine: the one translation. Decimals of major units become minor units here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from promo_contracts.company.models import Eligibility as EligibilityBody
from promo_contracts.company.models import ItemMinimum as ItemMinimumBody
from promo_contracts.company.models import PromotionCreate
from promo_contracts.company.models import Schedule as ScheduleBody
from promo_engine import (
    NO_CURRENCIES,
    Currency,
    DocumentError,
    Eligibility,
    Hours,
    ItemMinimum,
    Limits,
    Promotion,
    PromotionTypes,
    Schedule,
    Status,
    first_open,
    lenient_conditions,
    lenient_rules,
)


def compile_promotion(
    body: PromotionCreate,
    types: PromotionTypes,
    currency: Currency,
    zone: ZoneInfo,
    *,
    private: Mapping[str, Currency] = NO_CURRENCIES,
    promotion_id: str,
    campaign_id: str,
    code: str | None,
    status: str,
) -> Promotion:
    """Compile a stored promotion; one whose type is missing, or reads its rules no more, has no effect."""
    limits = body.usage_limits
    display = body.display_settings
    return Promotion(
        id=promotion_id,
        name=body.promotion_name,
        type=body.promotion_type,
        rules=lenient_rules(types.get(body.promotion_type), body.discount_rules, promotion_id, currency, private),
        currency=currency,
        schedule=compile_schedule(body.schedule, zone),
        code=code,
        auto_apply=body.auto_apply,
        stackable=body.stackable,
        exclusion_group=body.exclusion_group,
        priority=display.priority_level or 0,
        status=Status.PAUSED if status == "paused" else Status.ACTIVE,
        eligibility=replace(
            compile_eligibility(body.eligibility_criteria, currency, private),
            conditions=lenient_conditions(
                types.conditions, body.eligibility_criteria.conditions, promotion_id, currency
            ),
        ),
        limits=Limits(limits.total_usage_limit, limits.per_customer_limit, limits.daily_usage_limit),
        display={
            name: text
            for name, text in (
                ("message", display.promotional_message),
                ("banner_text", display.banner_text),
                ("badge_style", display.badge_style),
            )
            if text is not None
        },
        campaign_id=campaign_id,
    )


def compile_eligibility(
    wanted: EligibilityBody, currency: Currency, private: Mapping[str, Currency] = NO_CURRENCIES
) -> Eligibility:
    """Compile whom and which carts a promotion is for, but for the conditions of plugins.

    Raises:
        DocumentError: an amount has more decimals than its currency, or the currency is not known.
    """
    return Eligibility(
        segments=frozenset(wanted.customer_segments),
        segments_all=frozenset(wanted.customer_segments_all),
        first_order_only=wanted.first_time_customers_only,
        nth_order=wanted.nth_order,
        tiers=frozenset(wanted.loyalty_tier_requirements),
        regions=frozenset(wanted.geographic_restrictions),
        required_any=frozenset(wanted.required_items_any),
        required_all=frozenset(wanted.required_items_all),
        item_minimums=tuple(
            _compile_minimum(one, currency, private, f"item_minimums[{i}]")
            for i, one in enumerate(wanted.item_minimums)
        ),
        shipping_methods=frozenset(wanted.shipping_methods),
        channels=frozenset(wanted.channels),
        payment_methods=frozenset(wanted.payment_methods),
    )


def _compile_minimum(
    minimum: ItemMinimumBody, currency: Currency, private: Mapping[str, Currency], path: str
) -> ItemMinimum:
    own = None
    if minimum.min_amount is not None:
        _, own = _minor(currency.code, minimum.min_amount, {currency.code: currency}, f"{path}.min_amount")
    amounts = dict(_minor(code, other, private, f"{path}.amounts.{code}") for code, other in minimum.amounts.items())
    return ItemMinimum(frozenset(minimum.items), own, minimum.min_quantity, amounts)


def _minor(code: str, amount: Decimal, private: Mapping[str, Currency], path: str) -> tuple[Currency, int]:
    """Return the currency of a code, and an amount in its minor units."""
    try:
        currency = Currency.of(code, private)
        return currency, currency.minor(amount)
    except DocumentError as error:
        raise DocumentError(path, error.problem) from None


def compile_schedule(body: ScheduleBody, zone: ZoneInfo) -> Schedule:
    """Compile a schedule; its days are whole days of the company's calendar.

    >>> day = ScheduleBody.model_validate({"start_date": "2026-10-25", "end_date": "2026-10-25"})
    >>> schedule = compile_schedule(day, ZoneInfo("Europe/Berlin"))  # a day of 25 hours
    >>> f"{schedule.start:%d %H:%M:%S} to {schedule.end:%d %H:%M:%S}"
    '24 22:00:00 to 25 22:59:59'
    """
    restrictions = body.time_restrictions
    hours = restrictions.hours_of_day if restrictions else None
    return Schedule(
        _start_of(body.start_date, zone),
        end_of(body.end_date, zone),
        frozenset(restrictions.days_of_week) if restrictions else frozenset(),
        Hours(time.fromisoformat(hours.start), time.fromisoformat(hours.end)) if hours else None,
    )


def shown_status(stored: str, schedule: Schedule, now: datetime, zone: ZoneInfo) -> str:
    """Return the status that a merchant sees: draft, paused and archived are stored, the clock says the rest.

    ``scheduled`` until the first moment at which the promotion can apply, ``active`` from then to the end, whatever
    the hours.
    """
    if stored in ("draft", "archived"):
        return stored
    if schedule.has_ended(now):
        return "expired"
    if stored == "paused":
        return stored
    opens = first_open(schedule, zone)
    return "scheduled" if opens is None or now < opens else "active"


def _start_of(day_or_instant: date, zone: ZoneInfo) -> datetime:
    """Return an instant as it is, or the first moment of a day: where its midnight is skipped, the moment after."""
    if isinstance(day_or_instant, datetime):
        return day_or_instant
    return datetime.combine(day_or_instant, time.min, zone).astimezone(UTC)


def end_of(day_or_instant: date, zone: ZoneInfo) -> datetime:
    """Return an instant as it is, or the last second of a day, which counts whole."""
    if isinstance(day_or_instant, datetime):
        return day_or_instant
    return _start_of(day_or_instant + timedelta(days=1), zone) - timedelta(seconds=1)
