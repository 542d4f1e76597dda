"""A set of promotions, applied to a cart."""

from collections.abc import Iterable

from promo_engine.application import Till
from promo_engine.basket import Basket
from promo_engine.compiled import Candidate
from promo_engine.discount import Discount
from promo_engine.prices import Prices, list_prices
from promo_engine.reason import Reason


class Chosen:
    """Promotions that took something, in order of application; what each took, and what is left of the prices.

    ``missed`` is by how much, at most, another set could be better; ``beaten`` are those that the search left out;
    ``refused`` says why one of the set could not be applied at its turn.
    """

    __slots__ = ("beaten", "candidates", "discounts", "missed", "prices", "refused", "total")

    def __init__(self, prices: Prices) -> None:
        self.prices = prices
        self.candidates: list[Candidate] = []
        self.discounts: list[Discount] = []
        self.total = 0
        self.missed = 0
        self.beaten: frozenset[Candidate] = frozenset()
        self.refused: dict[str, Reason] = {}

    def copy(self) -> "Chosen":
        """Return the same set, to go on from here in two ways."""
        other = Chosen(self.prices.copy())
        other.candidates = self.candidates.copy()
        other.discounts = self.discounts.copy()
        other.total = self.total
        other.refused = self.refused.copy()
        return other

    def add(self, candidate: Candidate, discount: Discount) -> None:
        """Note one more promotion, and what it took."""
        self.candidates.append(candidate)
        self.discounts.append(discount)
        self.total += discount.amount

    def go_on(self, till: Till, candidates: Iterable[Candidate]) -> bool:
        """Apply more promotions, one after the other; return whether any of them took something."""
        till.refused = self.refused
        apply, prices, applied, discounts = till.apply, self.prices, self.candidates, self.discounts
        before = total = self.total
        for candidate in candidates:
            discount = apply(candidate, prices)
            if discount is not None:
                applied.append(candidate)
                discounts.append(discount)
                total += discount.amount
        self.total = total
        return total > before

    def settles(self, candidate: Candidate) -> bool:
        """Whether a promotion is in the set, or would be, had it not been refused."""
        return candidate in self.candidates or candidate.promotion.id in self.refused

    @property
    def applied(self) -> list[tuple[Candidate, Discount]]:
        """The promotions with what each took."""
        return list(zip(self.candidates, self.discounts, strict=True))

    @property
    def drawn(self) -> int:
        """What is taken of value stores, which shoppers would rather keep for later."""
        taken = zip(self.candidates, self.discounts, strict=True)
        return sum([discount.amount for one, discount in taken if one.compiled.is_personal])

    def rank(self) -> tuple[int, int, int, list[int], list[str]]:
        """Return what sets are compared by: the smallest is the best."""
        promotions = [candidate.promotion for candidate in self.candidates]
        return (
            -self.total,
            self.drawn,
            len(promotions),
            sorted(-promotion.priority for promotion in promotions),
            sorted(promotion.id for promotion in promotions),
        )

    def admits(self, candidate: Candidate) -> bool:
        """Whether a promotion may be added."""
        return all(candidate.admits(one) for one in self.candidates)

    def may_hold_idle(self, basket: Basket) -> bool:
        """Whether the total could be the same without one of the promotions; False is certain.

        Without one, the later ones find more to take, but where they take in proportion they leave of what it took no
        smaller part than of the list price; and each may make up for one minor unit by rounding.
        """
        count = len(self.discounts)
        if count < 2:
            return False
        smallest = min([discount.amount for discount in self.discounts])
        prices = self.prices
        if _leaves_little(smallest, count, prices.kinds, basket.prices):
            return True
        if _leaves_little(smallest, count, prices.parcels, basket.parcel_prices):
            return True
        is_proportional = not [one for one in self.candidates if not one.compiled.is_proportional]
        return (basket.has_floors or not is_proportional) and self._overlap()

    def _overlap(self) -> bool:
        """Whether two of the promotions may take something off the same goods, or off shipping entries."""
        reached = [place for one in self.candidates for place in one.reached]
        return len(set(reached)) < len(reached)


def _leaves_little(smallest: int, count: int, left: list[int], listed: list[int]) -> bool:
    """Whether so little is left of some price that the rounding of so many may make up for the smallest discount."""
    for place, before in enumerate(listed):  # noqa: SIM110 each evaluation pays for it: a generator costs twice as much
        if before and smallest * left[place] <= count * before:
            return True
    return False


def apply_all(till: Till, candidates: Iterable[Candidate]) -> Chosen:
    """Apply promotions, one after the other."""
    chosen = Chosen(list_prices(till.basket))
    chosen.go_on(till, candidates)
    return chosen
