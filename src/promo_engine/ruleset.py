"""The active promotions, compiled once into an index by what they can match; and the ruleset document.

A cart touches only promotions that name one of its goods or codes, or that name none at all. Source: PRICING.md
section 3; the document is what the API serves and the middleware keeps.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from promo_engine.basket import Basket
from promo_engine.cart import code_form, read_currency
from promo_engine.documents import (
    Document,
    DocumentError,
    canonical_json,
    read_instant,
    read_list,
    read_object,
    write_instant,
)
from promo_engine.money import Currency, Rounding
from promo_engine.promotion import Eligibility, Hours, Limits, Promotion, Schedule, Status
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.rules import Rules, write_rules

logger = logging.getLogger(__name__)


class CompiledPromotion:
    """A promotion with its type and with all that is worth computing once."""

    __slots__ = ("exclude", "explains", "has_failed", "include", "order", "phase", "promotion", "rules", "type")

    def __init__(self, promotion: Promotion, types: Mapping[str, PromotionType[Any]]) -> None:
        """Look up the type; a missing one leaves ``type`` None and gives the promotion no effect."""
        self.promotion = promotion
        self.type = types.get(promotion.type) if isinstance(promotion.rules, Rules) else None
        self.rules = promotion.rules if isinstance(promotion.rules, Rules) else Rules()
        self.explains = self.type is not None and type(self.type).explain is not PromotionType.explain
        self.has_failed = False
        self.phase, self.include = self._asked()
        self.exclude = set(self.rules.excluded_items)
        self.order = (self.phase, -promotion.priority, promotion.id)

    @property
    def is_proportional(self) -> bool:
        """Whether it takes a part of the price that it finds, or an amount: not units, and not down to a price."""
        return not self.phase.uses_units and getattr(self.rules, "target_price", None) is None

    @property
    def needs_goods(self) -> bool:
        """Whether some goods must match: shipping is discounted in a cart without any, unless a selector says which."""
        return self.phase is not Phase.SHIPPING or self.rules.has_selector

    def _asked(self) -> tuple[Phase, set[str]]:
        """Ask the type when these rules are applied, and to what."""
        if self.type is None:
            return Phase.ORDER, set()
        try:
            return Phase(self.type.phase(self.rules)), {str(name) for name in self.type.selectors(self.rules)}
        except Exception:
            logger.exception("promotion %s: type %s cannot say its phase", self.promotion.id, self.promotion.type)
            self.has_failed = True
            return Phase.ORDER, set()

    def matches(self, keys: Set[str]) -> bool:
        """Whether goods with these keys (SKU, product id, categories, tags) match; exclusion beats inclusion."""
        included = not self.include or not self.include.isdisjoint(keys)
        return included and self.exclude.isdisjoint(keys)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A compiled promotion that a cart may get, with the code that asked for it and the kinds that match."""

    compiled: CompiledPromotion
    code: str | None
    kinds: tuple[int, ...]

    @property
    def promotion(self) -> Promotion:
        """The promotion itself."""
        return self.compiled.promotion

    def is_combinable_with(self, other: "Candidate") -> bool:
        """Whether both may apply to one cart."""
        return self.promotion.stackable and other.promotion.stackable

    @property
    def is_reward(self) -> bool:
        """Whether it changes no price."""
        return self.compiled.phase is Phase.REWARD


class Ruleset:
    """The published promotions of one company, ready to price carts with; immutable."""

    def __init__(
        self,
        promotions: Iterable[Promotion],
        types: Mapping[str, PromotionType[Any]],
        *,
        company_id: str = "",
        time_zone: str = "UTC",
        rounding: Rounding = Rounding.HALF_UP,
    ) -> None:
        """Compile promotions; two of one id or code form are an error."""
        self.company_id = company_id
        self.zone = ZoneInfo(time_zone)
        self.rounding = rounding
        self.types = {name: types[name].version for name in sorted(types)}
        self.promotions = {promotion.id: promotion for promotion in promotions}
        self._by_code: dict[str, CompiledPromotion] = {}
        self._by_key: dict[str, list[CompiledPromotion]] = {}
        self._on_any_cart: list[CompiledPromotion] = []
        for promotion in self.promotions.values():
            self._index(CompiledPromotion(promotion, types))
        self.revision = _revision(self._content())

    def candidates(self, basket: Basket) -> list[Candidate]:
        """Return the promotions to look at for a cart, in order of application: automatic ones and those asked for."""
        asked = {
            compiled.promotion.id: code
            for code in basket.cart.codes
            if (compiled := self._by_code.get(code_form(code)))
        }
        found = {compiled.promotion.id: compiled for compiled in self._on_any_cart}
        for key in basket.keys:
            for compiled in self._by_key.get(key, ()):
                found[compiled.promotion.id] = compiled
        for code in basket.cart.codes:
            if compiled := self._by_code.get(code_form(code)):
                found[compiled.promotion.id] = compiled
        return [
            Candidate(compiled, asked.get(compiled.promotion.id), _matching(compiled, basket))
            for compiled in sorted(found.values(), key=lambda compiled: compiled.order)
        ]

    def by_code(self, code: str) -> Promotion | None:
        """Return the promotion of a code in any of its forms."""
        compiled = self._by_code.get(code_form(code))
        return compiled.promotion if compiled else None

    def document(self) -> Document:
        """Return the ruleset document, its revision included."""
        return {**self._content(), "revision": self.revision}

    def _content(self) -> Document:
        return {
            "company_id": self.company_id,
            "time_zone": self.zone.key,
            "rounding": self.rounding.value,
            "types": self.types,
            "promotions": [write_promotion(self.promotions[promotion_id]) for promotion_id in sorted(self.promotions)],
        }

    def _index(self, compiled: CompiledPromotion) -> None:
        promotion = compiled.promotion
        if promotion.code is not None:
            holder = self._by_code.setdefault(code_form(promotion.code), compiled)
            if holder is not compiled:
                raise DocumentError("promotions", f"{holder.promotion.id} and {promotion.id} have one code")
        if promotion.auto_apply and not compiled.include:
            self._on_any_cart.append(compiled)
        elif promotion.auto_apply:
            for key in compiled.include:
                self._by_key.setdefault(key, []).append(compiled)


def read_ruleset(document: object, types: Mapping[str, PromotionType[Any]]) -> Ruleset:
    """Compile a ruleset document; its revision must be that of its content.

    A promotion whose type no plugin here supplies is kept without effect; its reason is ``type_missing``.

    Raises:
        DocumentError: the document is not lawful, or was changed after it was written.
    """
    names = ["company_id", "time_zone", "rounding", "types", "promotions", "revision"]
    content = dict(read_object(document, "", required=names))
    revision = content.pop("revision")
    if _revision(content) != revision:
        raise DocumentError("revision", "is not the revision of this content")
    ruleset = Ruleset(
        (read_promotion(one, types) for one in read_list(content["promotions"], "promotions")),
        types,
        company_id=content["company_id"],
        time_zone=content["time_zone"],
        rounding=Rounding(content["rounding"]),
    )
    ruleset.revision = revision
    return ruleset


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
        "priority": promotion.priority,
        "status": promotion.status.value,
        "segments": sorted(eligibility.segments),
        "first_order_only": eligibility.first_order_only,
        "tiers": sorted(eligibility.tiers),
        "regions": sorted(eligibility.regions),
        "limits": {
            "total": promotion.limits.total,
            "customer": promotion.limits.customer,
            "daily": promotion.limits.daily,
        },
        "display": dict(promotion.display),
        "campaign_id": promotion.campaign_id,
    }


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
        priority=document["priority"],
        status=Status(document["status"]),
        eligibility=Eligibility(
            frozenset(document["segments"]),
            document["first_order_only"],
            frozenset(document["tiers"]),
            frozenset(document["regions"]),
        ),
        limits=Limits(**document["limits"]),
        display=document["display"],
        campaign_id=document["campaign_id"],
    )


def lenient_rules(
    promotion_type: PromotionType[Any] | None,
    rules: Mapping[str, Any] | None,
    promotion_id: str,
    currency: Currency | None = None,
) -> Rules | Mapping[str, Any] | None:
    """Read stored rules; where the type is missing, or does not read them any more, the promotion has no effect.

    Rules of a ruleset document then stay as they are, for the next one to read. Those in major units of a ``currency``
    are left out: only their type could say which of their numbers are amounts.
    """
    unread = rules if currency is None else None
    if promotion_type is None or rules is None:
        return unread
    try:
        read: Rules = promotion_type.read_rules(rules, currency)
    except DocumentError as error:
        logger.error("promotion %s: type %s does not read its rules: %s", promotion_id, promotion_type.name, error)  # noqa: TRY400
        return unread
    return read


def _read_schedule(document: Mapping[str, Any]) -> Schedule:
    hours = document["hours"]
    return Schedule(
        read_instant(document["start"], "start"),
        read_instant(document["end"], "end"),
        frozenset(document["days"]),
        Hours(*map(time.fromisoformat, hours)) if hours else None,
    )


def _matching(compiled: CompiledPromotion, basket: Basket) -> tuple[int, ...]:
    return tuple(index for index, kind in enumerate(basket.kinds) if kind.discountable and compiled.matches(kind.keys))


def _revision(content: Document) -> str:
    return hashlib.sha256(canonical_json(content)).hexdigest()[:32]
