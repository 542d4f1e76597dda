"""What a plugin implements.

A promotion type is one class. The engine decides when it is asked and in what order, and rounds, clamps and allocates
what it proposes; a type only says how much is off what.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from typing import ClassVar, Generic

from promo_engine.documents import Document
from promo_engine.money import NO_CURRENCIES, Currency
from promo_engine.reason import Reason
from promo_engine.rules import read_rules, rules_schema
from promo_engine.view import Bound, Flat, Proposal, R, View

API_VERSION = 1
"""The version of this interface; a plugin that was made for another one is refused when it is loaded."""


class Phase(IntEnum):
    """When a promotion is applied; lower first. The three item phases are PRICING.md section 3's order.

    In ``BUNDLE`` and ``BUY_X_GET_Y`` promotions use units up: every unit that a proposal addresses is used, and no
    other promotion of these two phases sees it. In ``REWARD`` there are points only.
    """

    BUNDLE = 0
    BUY_X_GET_Y = 1
    ITEM = 2
    ORDER = 3
    SHIPPING = 4
    REWARD = 5

    @property
    def uses_units(self) -> bool:
        """Whether a unit may serve one promotion of this phase only."""
        return self <= Phase.BUY_X_GET_Y


class PromotionType(ABC, Generic[R]):
    """The behaviour behind a ``promotion_type``: one class, one ``propose``.

    Example: a type that takes the price of one matching unit off::

        class OneFree(PromotionType[Rules]):
            name = "one_free"
            title = "One unit free"
            version = "1.0"
            rules_model = Rules

            def propose(self, view):
                yield Off(view.goods[:1], view.goods[0].unit_price)
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str]
    rules_model: type[R]
    api_version: ClassVar[int] = API_VERSION

    @abstractmethod
    def propose(self, view: View[R]) -> Iterable[Proposal]:
        """Say what is off; at least one of the view's goods or parcels is there. Target each unit at most once."""

    def flat(self, rules: R) -> Flat | None:
        """Say what is off where that is the same for every cart, as ``propose`` would; ``None`` where it is not.

        Asked once, when the promotion is compiled: carts are then priced without asking ``propose``.
        """
        return None

    def explain(self, view: View[R]) -> Reason | None:
        """Say why these rules have nothing to offer to this cart, at list prices; ``None`` where they have.

        Asked where ``propose`` had nothing, and of carts that hold none of the goods, too. The reason's code is one of
        PRICING.md section 6. With ``needs`` it is an opportunity: goods that meet them, and match the rules common to
        all types, make these rules have something to offer.
        """
        return None

    def bound(self, view: View[R]) -> Bound | None:
        """Say what is off at most, whichever of the units are left; ``None`` for no more than their price.

        Asked only where many promotions compete for units, at list prices. The closer it is, the sooner the best set of
        them is found; one that is too low may make the engine miss it.
        """
        return None

    def phase(self, rules: R) -> Phase:
        """Say when these rules are applied: with a selector on items, otherwise on the order."""
        return Phase.ITEM if rules.has_selector else Phase.ORDER

    def selectors(self, rules: R) -> Collection[str]:
        """Name what goods must bear to matter to these rules, by SKU, product id, category or tag; none for any."""
        return rules.applicable

    def read_rules(
        self, document: object, currency: Currency | None = None, private: Mapping[str, Currency] = NO_CURRENCIES
    ) -> R:
        """Read rules: from the ruleset's minor units, or from decimals of a currency, ``private`` ones by their codes.

        Raises:
            RulesError: names every field that is wrong.
        """
        return read_rules(self.rules_model, document, currency, private)

    def rules_schema(self) -> Document:
        """Return the JSON Schema of the rules, as the company API takes them."""
        return rules_schema(self.rules_model)
