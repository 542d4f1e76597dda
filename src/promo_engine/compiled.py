"""A promotion with its type and with all that is worth computing once, so that no cart pays for it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from promo_engine import answers
from promo_engine.basket import Basket, Kind
from promo_engine.bench import TypeStanding
from promo_engine.cart import Cart
from promo_engine.guard import ProposalError
from promo_engine.money import Currency
from promo_engine.needs import Wanted
from promo_engine.promotion import Promotion
from promo_engine.promotion_document import digest_of, write_promotion
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.reason import Reason
from promo_engine.rules import Rules, UnitRules

logger = logging.getLogger(__name__)


class CompiledPromotion:
    """A promotion, ready to be looked at by a cart.

    ``type`` is ``None`` where no plugin supplies it: the promotion has no effect then. ``others`` is the same promotion
    in other currencies. ``checks`` and ``standing``, how the type does, are the ruleset's to set.
    """

    __slots__ = (
        "by_line",
        "cap",
        "checks",
        "chooses_units",
        "currency",
        "demands",
        "ends",
        "exclude",
        "explains",
        "fixes_total",
        "flat",
        "floor",
        "has_failed",
        "has_terms",
        "include",
        "is_limited",
        "is_personal",
        "is_proportional",
        "is_reward",
        "is_undemanding",
        "looks_at_others",
        "needs_goods",
        "order",
        "others",
        "phase",
        "promotion",
        "refuses_overrun",
        "rules",
        "selector",
        "standing",
        "starts",
        "type",
        "uses_units",
    )

    standing: TypeStanding

    def __init__(self, promotion: Promotion, types: Mapping[str, PromotionType[Any]]) -> None:
        """Look up the type, and ask it about the rules."""
        self.promotion, self.currency = promotion, promotion.currency
        self.type = types.get(promotion.type) if isinstance(promotion.rules, Rules) else None
        self.rules = rules = promotion.rules if isinstance(promotion.rules, Rules) else Rules()
        self.starts, self.ends = promotion.schedule.start, promotion.schedule.over
        self.has_failed = self.is_personal = False
        self.phase, self.include = self._asked()
        self.exclude = frozenset(rules.excluded_items)
        self.order = (self.phase.value, -promotion.priority, promotion.id)
        self.selector = self._only_selector()
        self.needs_goods = self.phase is not Phase.SHIPPING or rules.has_selector
        self.is_reward, self.uses_units = self.phase is Phase.REWARD, self.phase.uses_units
        self.explains = self.type is not None and type(self.type).explain is not PromotionType.explain
        self.cap, self.is_limited = rules.max_discount_amount, promotion.is_limited
        self.refuses_overrun = rules.budget_amount is not None and rules.budget_overrun == "refuse"
        is_discounted_basis = rules.min_purchase_basis == "discounted"
        self.has_terms = is_discounted_basis or (rules.budget_amount is not None and not self.refuses_overrun)
        self.chooses_units = isinstance(rules, UnitRules) and rules.chooses_units
        self.by_line = isinstance(rules, UnitRules) and rules.speaks_of_lines
        self.looks_at_others = is_discounted_basis or (isinstance(rules, UnitRules) and rules.exclude_discounted)
        self.floor = rules.floor_price or 0 if isinstance(rules, UnitRules) else 0
        self.flat = self._flat()
        has_target = getattr(rules, "target_price", None) is not None
        self.is_proportional = not (has_target or self.floor)
        self.fixes_total = has_target and getattr(rules, "per", None) == "order"
        is_grouped = promotion.exclusion_group is not None
        self.is_undemanding = not (is_grouped or self.uses_units or self.looks_at_others or self.fixes_total)
        self.demands = self._demands()
        self.checks: Sequence[Callable[..., Reason | None]] = ()
        self.others: Mapping[Currency, CompiledPromotion] = _NO_OTHERS

    @property
    def digest(self) -> int:
        """The SHA-256 of the promotion's document, as a number."""
        return digest_of(write_promotion(self.promotion))

    @property
    def goods(self) -> Wanted:
        """Which goods match."""
        rules = self.rules
        excluded = tuple(sorted(self.exclude))
        return Wanted.bearing(self.include).within(Wanted((), excluded, rules.min_unit_price, rules.max_unit_price))

    def matching(self, basket: Basket) -> list[Kind]:
        """Return the kinds of a basket that match; exclusion beats inclusion."""
        if self.selector is not None:
            return basket.by_key.get(self.selector, [])
        include, exclude, rules = self.include, self.exclude, self.rules
        kinds = basket.kinds
        if include:
            kinds = [kind for kind in kinds if not include.isdisjoint(kind.keys)]
        if exclude:
            kinds = [kind for kind in kinds if exclude.isdisjoint(kind.keys)]
        if rules.min_unit_price is not None or rules.max_unit_price is not None:
            least, most = rules.min_unit_price or 0, rules.max_unit_price
            kinds = [kind for kind in kinds if least <= kind.unit_price and (most is None or kind.unit_price <= most)]
        return kinds

    def _demands(self) -> int:
        """Return how much it asks of others: where all together ask for no more than 1, nobody is in the way."""
        is_special = self.is_reward or self.looks_at_others or self.fixes_total or not self.promotion.stackable
        return 2 if is_special else int(not self.is_undemanding)

    def _only_selector(self) -> str | None:
        """Return the one selector of rules that say nothing else about which goods match."""
        has_price_bound = self.rules.min_unit_price is not None or self.rules.max_unit_price is not None
        is_alone = len(self.include) == 1 and not self.exclude and not has_price_bound
        return next(iter(self.include)) if is_alone else None

    def _flat(self) -> tuple[int, int, bool] | None:
        """Ask the type what is the same off all matching goods of every cart."""
        if self.type is None or self.chooses_units or self.phase not in _PHASES_OF_PRICES:
            return None
        try:
            flat = answers.flat(self.type, self.rules)
        except ProposalError as error:
            self._fail("say what is flat", error)
            return None
        return None if flat is None else (flat.numerator, flat.denominator, flat.is_part)

    def _asked(self) -> tuple[Phase, frozenset[str]]:
        """Ask the type when these rules are applied, and to what."""
        if self.type is None:
            return Phase.ORDER, frozenset()
        try:
            return answers.placed(self.type, self.rules)
        except ProposalError as error:
            self._fail("say its phase", error)
            return Phase.ORDER, frozenset()

    def _fail(self, what: str, error: ProposalError) -> None:
        logger.error("promotion %s: type %s cannot %s: %s", self.promotion.id, self.promotion.type, what, error)
        self.has_failed = True


_PHASES_OF_PRICES = frozenset({Phase.ITEM, Phase.ORDER})
"""In these, all matching goods are addressed, at their running price."""


_NO_OTHERS: Mapping[Currency, CompiledPromotion] = MappingProxyType({})


PARCELS = -1
"""Stands for the shipping entries among the places that a promotion reaches."""


class Candidate:
    """A compiled promotion that a cart may get, with the code that asked for it and the kinds that match."""

    __slots__ = ("code", "compiled", "kinds", "promotion")

    def __init__(self, compiled: CompiledPromotion, code: str | None, kinds: list[Kind]) -> None:
        self.compiled = compiled
        self.promotion = compiled.promotion
        self.code = code
        self.kinds = kinds

    def in_currency(self, cart: Cart) -> "Candidate":
        """Return the candidate in a cart's currency, where the promotion has amounts of it."""
        other = self.compiled.others.get(cart.currency)
        return self if other is None else Candidate(other, self.code, other.matching(cart.basket))

    @property
    def reached(self) -> list[int]:
        """What it may take something off: kinds, by their index, or shipping entries, all as one."""
        return [PARCELS] if self.compiled.phase is Phase.SHIPPING else [kind.index for kind in self.kinds]

    def list_total(self) -> int:
        """Return the list price of all goods that match."""
        return sum(kind.total for kind in self.kinds)

    def stands_in_the_way_of(self, other: "Candidate") -> bool:
        """Whether it wants units of the same goods, or does better where the other takes nothing."""
        shares_goods = not {kind.index for kind in self.kinds}.isdisjoint(kind.index for kind in other.kinds)
        return shares_goods and (self.compiled.uses_units or self.compiled.looks_at_others)

    def admits(self, other: "Candidate") -> bool:
        """Whether another promotion may apply beside this one."""
        one, two = self.promotion, other.promotion
        is_grouped = one.exclusion_group is not None and one.exclusion_group == two.exclusion_group
        return one.stackable and two.stackable and not is_grouped
