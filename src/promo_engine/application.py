"""One promotion after the other, each on the running prices that the earlier ones left.

Source: PRICING.md section 3.4. All amounts are minor units.
"""

from typing import Any

from promo_engine import guard
from promo_engine.basket import new_tuple
from promo_engine.bench import Standing
from promo_engine.cart import Cart
from promo_engine.compiled import Candidate
from promo_engine.conditions import purchase_reason
from promo_engine.discount import Discount
from promo_engine.entitlements import Entitlements
from promo_engine.money import Rounding, allocate
from promo_engine.prices import Prices, list_prices
from promo_engine.reach import above_floors, all_units, chosen_units, unused_units
from promo_engine.reason import Reason
from promo_engine.rules import UnitRules
from promo_engine.view import Parcel, View


class Till:
    """Applies promotions to one cart; ``refused`` notes why one that was eligible could not be applied at its turn."""

    __slots__ = ("_entitlements", "_explained", "_notes_addressed", "_rounding", "basket", "cart", "failed", "refused")

    def __init__(self, cart: Cart, rounding: Rounding, entitlements: Entitlements, *, notes_addressed: bool) -> None:
        self.cart = cart
        self.basket = cart.basket
        self.refused: dict[str, Reason] = {}
        self.failed: set[Standing] = set()
        self._rounding = rounding
        self._entitlements = entitlements
        self._notes_addressed = notes_addressed
        self._explained: dict[Candidate, Reason | None] = {}

    def apply(self, candidate: Candidate, prices: Prices) -> Discount | None:
        """Apply one promotion to running prices; return what it took, or None where it took nothing."""
        compiled = candidate.compiled
        assert compiled.type is not None  # a condition of eligibility
        standing = compiled.standing
        if standing.is_benched:
            self.refused[compiled.promotion.id] = plugin_failed(candidate)
            return None
        try:
            cap = self._cap(candidate, prices) if compiled.has_terms else compiled.cap
            if compiled.flat is not None and not self.basket.has_floors:
                return self._take_flat(candidate, compiled.flat, prices, cap)
            view = self.view(candidate, prices)
            lawful = guard.propose(compiled.type, view, compiled.phase, cap, self._rounding)
            if standing.failures:
                standing.failures = 0
            return self._take(candidate, view, lawful, prices)
        except _RefusedError as refused:
            self.refused[compiled.promotion.id] = refused.reason
        except guard.ProposalError as error:
            standing.failed(compiled.promotion.id, error, self.failed)
            self.refused[compiled.promotion.id] = plugin_failed(candidate)
        return None

    def _take_flat(
        self, candidate: Candidate, flat: tuple[int, int, bool], prices: Prices, cap: int | None
    ) -> Discount | None:
        """Take what is the same for every cart off all goods that match: nobody need be asked."""
        compiled, kinds, left = candidate.compiled, candidate.kinds, prices.kinds
        running = [left[kinds[0].index]] if len(kinds) == 1 else [left[kind.index] for kind in kinds]
        room = sum(running)
        numerator, denominator, is_part = flat
        if is_part:
            numerator *= room
        amount, unapplied = guard.within(numerator, denominator, room, cap, self._rounding)
        if not amount:
            return None
        if compiled.refuses_overrun:
            self._check_budget(candidate, amount)
        if self._notes_addressed:
            prices.note_all_addressed(kinds)
        lines = prices.take(kinds, allocate(amount, running)) if len(kinds) > 1 else prices.take_one(kinds[0], amount)
        return Discount(compiled.promotion, candidate.code, amount, lines, {}, unapplied)

    def _take(self, candidate: Candidate, view: View[Any], lawful: guard.Lawful, prices: Prices) -> Discount | None:
        """Take what a type proposed."""
        compiled = candidate.compiled
        goods, parcels, used, unapplied, points = lawful
        amount = sum(goods) + sum(parcels) if parcels else sum(goods)
        if not amount and not points:
            return None
        if compiled.refuses_overrun:
            self._check_budget(candidate, amount)
        if compiled.uses_units:
            prices.use(view.goods, used)
        if self._notes_addressed:
            prices.note_addressed(view.goods, used)
        lines = prices.take_from_goods(self.basket.kinds, view.goods, goods, compiled.by_line, compiled.floor)
        shipping = prices.take_from_parcels(self.basket.parcels, parcels) if parcels else {}
        return Discount(compiled.promotion, candidate.code, amount, lines, shipping, unapplied, points)

    def view(self, candidate: Candidate, prices: Prices) -> View[Any]:
        """Return what a promotion type is given of the cart."""
        compiled = candidate.compiled
        if compiled.chooses_units:
            assert isinstance(compiled.rules, UnitRules)
            goods = chosen_units(candidate.kinds, prices, compiled.rules)
        else:
            goods = (unused_units if compiled.uses_units else all_units)(candidate.kinds, prices)
            if self.basket.has_floors:
                goods = above_floors(goods)
        parcels: tuple[Parcel, ...] = ()
        if prices.parcels:
            entries = enumerate(zip(self.basket.parcels, prices.parcels, strict=True))
            parcels = tuple([Parcel(index, entry.method, price) for index, (entry, price) in entries])
        cart = self.cart
        return new_tuple(View, (compiled.rules, cart.currency, goods, parcels, cart.shopper, candidate.list_total))

    def explain(self, candidate: Candidate) -> Reason | None:
        """Ask the type, once, why it has nothing to offer, at list prices."""
        if candidate not in self._explained:
            self._explained[candidate] = self._explain(candidate)
        return self._explained[candidate]

    def _explain(self, candidate: Candidate) -> Reason | None:
        compiled = candidate.compiled
        if compiled.type is None:
            return None
        standing = compiled.standing.explaining
        if standing.is_benched:
            return plugin_failed(candidate)
        try:
            reason = guard.explain(compiled.type, self.view(candidate, list_prices(self.basket)))
        except guard.ProposalError as error:
            standing.failed(compiled.promotion.id, error, self.failed)
            return plugin_failed(candidate)
        standing.failures = 0
        return reason

    def _cap(self, candidate: Candidate, prices: Prices) -> int | None:
        """Return the most that may be taken now: a minimum may look at running prices, a budget at what is left."""
        compiled = candidate.compiled
        if compiled.rules.min_purchase_basis == "discounted":
            reason = purchase_reason(compiled.rules, sum(prices.kinds))
            if reason is not None:
                raise _RefusedError(reason)
        if compiled.rules.budget_amount is None or compiled.refuses_overrun:
            return compiled.cap
        left = self._budget(candidate)
        return left if compiled.cap is None else min(compiled.cap, left)

    def _check_budget(self, candidate: Candidate, amount: int) -> None:
        if amount > self._budget(candidate):
            raise _RefusedError(Reason("limit_budget"))

    def _budget(self, candidate: Candidate) -> int:
        left = self._entitlements.uses.get(candidate.promotion.id)
        return left.budget or 0 if left else 0


class _RefusedError(Exception):
    """A promotion cannot be applied at its turn."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def plugin_failed(candidate: Candidate) -> Reason:
    """Return the reason of a promotion whose plugin failed; the log says what happened."""
    return Reason("plugin_failed", {"type": candidate.promotion.type})
