"""One promotion in the ruleset document. Errors: ``DocumentError``."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, TypeVar

from promo_engine import answers
from promo_engine.cart import read_currency
from promo_engine.condition import Condition
from promo_engine.documents import Document, DocumentError, canonical_json, read_instant, write_instant
from promo_engine.guard import ProposalError
from promo_engine.money import NO_CURRENCIES, Currency
from promo_engine.promotion import Eligibility, Hours, ItemMinimum, Limits, Promotion, Schedule, Status
from promo_engine.promotion_type import PromotionType
from promo_engine.registry import conditions_of
from promo_engine.rules import Rules, RulesPart, write_parameters, write_rules

T = TypeVar("T", bound=RulesPart)

logger = logging.getLogger(__name__)

NAMED = (
    "segments",
    "segments_all",
    "tiers",
    "regions",
    "required_any",
    "required_all",
    "shipping_methods",
    "channels",
    "payment_methods",
)
"""The fields of eligibility that are sets of names."""


def write_promotion(promotion: Promotion) -> Document:
    """Write one promotion as the ruleset document has it."""
    rules = promotion.rules
    schedule = promotion.schedule
    eligibility = promotion.eligibility
    hours = schedule.hours
    return {
        "id": promotion.id,
        "name": promotion.name,
        "type": promotion.type,
        "rules": write_rules(rules) if isinstance(rules, Rules) else rules,
        "currency": promotion.currency.code,
        "exponent": promotion.currency.exponent,
        "start": write_instant(schedule.start),
        "end": write_instant(schedule.end),
        "days": sorted(schedule.days),
        "hours": [f"{clock:%H:%M}" for clock in (hours.start, hours.end)] if hours else None,
        "code": promotion.code,
        "auto_apply": promotion.auto_apply,
        "stackable": promotion.stackable,
        "exclusion_group": promotion.exclusion_group,
        "priority": promotion.priority,
        "status": promotion.status.value,
        "eligibility": _write_eligibility(eligibility),
        "limits": {
            "total": promotion.limits.total,
            "customer": promotion.limits.customer,
            "daily": promotion.limits.daily,
        },
        "display": dict(promotion.display),
        "campaign_id": promotion.campaign_id,
    }


def digest_of(document: Document) -> int:
    """Return the SHA-256 of one promotion's document, as a number."""
    return int.from_bytes(hashlib.sha256(canonical_json(document)).digest())


def read_promotion(document: Mapping[str, Any], types: Mapping[str, PromotionType[Any]]) -> Promotion:
    """Read one promotion of a ruleset document."""
    currency = read_currency(document["currency"], document["exponent"])
    promotion_type = types.get(document["type"])
    rules = document["rules"]
    return Promotion(
        id=document["id"],
        name=document["name"],
        type=document["type"],
        rules=lenient_rules(promotion_type, rules, document["id"]),
        currency=currency,
        schedule=_read_schedule(document),
        code=document["code"],
        auto_apply=document["auto_apply"],
        stackable=document["stackable"],
        exclusion_group=document["exclusion_group"],
        priority=document["priority"],
        status=Status(document["status"]),
        eligibility=_read_eligibility(document["eligibility"], conditions_of(types), document["id"]),
        limits=Limits(**document["limits"]),
        display=document["display"],
        campaign_id=document["campaign_id"],
    )


def lenient_rules(
    promotion_type: PromotionType[Any] | None,
    rules: Mapping[str, Any] | None,
    promotion_id: str,
    currency: Currency | None = None,
    private: Mapping[str, Currency] = NO_CURRENCIES,
) -> Rules | Mapping[str, Any] | None:
    """Read stored rules; where the type is missing, or does not read them any more, the promotion has no effect.

    Rules of a ruleset document then stay as they are, for the next one to read. Those in major units of a ``currency``
    are left out: only their type could say which of their numbers are amounts.
    """
    if promotion_type is None or rules is None:
        return rules if currency is None else None
    said = ("promotion %s: type %s does not read its rules: %s", promotion_id, promotion_type.name)
    return _lenient(promotion_type.read_rules, Rules, said, rules, currency, private)


def lenient_conditions(
    conditions: Mapping[str, Condition[Any]],
    named: Mapping[str, Any],
    promotion_id: str,
    currency: Currency | None = None,
) -> dict[str, RulesPart | Mapping[str, Any] | None]:
    """Read the stored parameters of conditions as ``lenient_rules`` does: a condition without any is never met."""
    read: dict[str, RulesPart | Mapping[str, Any] | None] = {}
    for name, parameters in named.items():
        condition = conditions.get(name)
        if condition is None or parameters is None:
            read[name] = parameters if currency is None else None
        else:
            said = ("promotion %s: condition %s does not read its parameters: %s", promotion_id, name)
            read[name] = _lenient(condition.read_parameters, RulesPart, said, parameters, currency)
    return read


def _lenient(
    ask: Callable[..., T],
    base: type[T],
    said: tuple[str, ...],
    document: Mapping[str, Any],
    currency: Currency | None,
    *private: Mapping[str, Currency],
) -> T | Mapping[str, Any] | None:
    """Read a document, or say in the log what is wrong with it and leave it as it is."""
    try:
        return answers.read(ask, base, document, currency, *private)
    except (ProposalError, DocumentError) as error:
        logger.error(*said, error)  # noqa: TRY400
        return document if currency is None else None


def _write_eligibility(eligibility: Eligibility) -> Document:
    """Write what is asked for, and nothing else."""
    document: Document = {name: sorted(names) for name in NAMED if (names := getattr(eligibility, name))}
    if eligibility.first_order_only:
        document["first_order_only"] = True
    if eligibility.nth_order is not None:
        document["nth_order"] = eligibility.nth_order
    if eligibility.item_minimums:
        document["item_minimums"] = [_write_minimum(one) for one in eligibility.item_minimums]
    if eligibility.conditions:
        document["conditions"] = {
            name: write_parameters(parameters) if isinstance(parameters, RulesPart) else parameters
            for name, parameters in eligibility.conditions.items()
        }
    return document


def _read_eligibility(
    document: Mapping[str, Any], conditions: Mapping[str, Condition[Any]], promotion_id: str
) -> Eligibility:
    return Eligibility(
        **{name: frozenset(document.get(name, ())) for name in NAMED},
        first_order_only=document.get("first_order_only", False),
        nth_order=document.get("nth_order"),
        item_minimums=tuple(_read_minimum(one) for one in document.get("item_minimums", ())),
        conditions=lenient_conditions(conditions, document.get("conditions", {}), promotion_id),
    )


def _write_minimum(minimum: ItemMinimum) -> Document:
    document: Document = {"items": sorted(minimum.items), "amount": minimum.amount, "quantity": minimum.quantity}
    if minimum.amounts:
        document["amounts"] = {
            currency.code: {"exponent": currency.exponent, "amount": amount}
            for currency, amount in minimum.amounts.items()
        }
    return document


def _read_minimum(document: Mapping[str, Any]) -> ItemMinimum:
    amounts = document.get("amounts", {}).items()
    return ItemMinimum(
        frozenset(document["items"]),
        document.get("amount"),
        document.get("quantity"),
        {read_currency(code, one.get("exponent")): one["amount"] for code, one in amounts},
    )


def _read_schedule(document: Mapping[str, Any]) -> Schedule:
    hours = document["hours"]
    return Schedule(
        read_instant(document["start"], "start"),
        read_instant(document["end"], "end"),
        frozenset(document["days"]),
        Hours(*map(time.fromisoformat, hours)) if hours else None,
    )
