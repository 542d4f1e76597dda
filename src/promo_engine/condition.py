"""What a plugin implements to add a condition, and the frozen view of the cart that it is given.

A condition is one class. A promotion names it, with parameters, in its eligibility; the engine asks it whether a cart
meets it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from promo_engine.basket import Shopper
from promo_engine.documents import Document
from promo_engine.money import Currency
from promo_engine.promotion_type import API_VERSION
from promo_engine.rules import RulesPart, read_parameters, rules_schema
from promo_engine.view import Goods, Parcel

P = TypeVar("P", bound=RulesPart)


class CartView(NamedTuple, Generic[P]):
    """What a condition is given: its parameters, and the cart before all promotions, in canonical order.

    ``goods`` are all that may be discounted, at list price; ``country`` and ``region`` are empty where the cart goes
    nowhere. It holds values only.
    """

    parameters: P
    currency: Currency
    goods: tuple[Goods, ...]
    parcels: tuple[Parcel, ...]
    customer: Shopper | None
    country: str
    region: str
    channel: str
    payment_method: str
    at: datetime


class Condition(ABC, Generic[P]):
    """A condition that promotions may name: one class, one ``is_met``.

    Example: a condition that holds for a cart of many different goods::

        class AtLeast(RulesPart):
            kinds: Count


        class Variety(Condition[AtLeast]):
            name = "variety"
            title = "Several different goods"
            version = "1.0"
            parameters_model = AtLeast

            def is_met(self, view):
                return len(view.goods) >= view.parameters.kinds
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str]
    parameters_model: type[P]
    api_version: ClassVar[int] = API_VERSION

    @abstractmethod
    def is_met(self, view: CartView[P]) -> bool:
        """Say whether the cart meets the condition: ``True`` or ``False``, and nothing else."""

    def explain(self, view: CartView[P]) -> Mapping[str, Any]:
        """Say more about why it is not met: further parameters of the reason ``condition``, as JSON without floats."""
        return {}

    def read_parameters(self, document: object, currency: Currency | None = None) -> P:
        """Read parameters: from the ruleset's minor units, or from decimals of a currency.

        Raises:
            RulesError: names every field that is wrong.
        """
        return read_parameters(self.parameters_model, document, currency)

    def parameters_schema(self) -> Document:
        """Return the JSON Schema of the parameters, as the company API takes them."""
        return rules_schema(self.parameters_model)
