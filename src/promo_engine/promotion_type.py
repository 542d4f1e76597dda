"""What a plugin implements, and the frozen view of the cart that it is given.

A promotion type is one class. The engine decides when it is asked and in what order, and rounds, clamps and allocates
what it proposes; a type only says how much is off what. This is the only module of the engine that knows pydantic:
a type's rules are a model, so that they are validated when a promotion is created and typed when it is priced.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    ValidationError,
    ValidationInfo,
)

from promo_engine.cart import Customer
from promo_engine.documents import Document, DocumentError, json_type, unknown_field
from promo_engine.money import MAX_AMOUNT, Currency

API_VERSION = 1
"""The version of this interface; a plugin that was made for another one is refused when it is loaded."""


class Phase(IntEnum):
    """When a promotion is applied; lower first. The three item phases are PRICING.md section 3's order."""

    BUNDLE = 0
    BUY_X_GET_Y = 1
    ITEM = 2
    ORDER = 3
    SHIPPING = 4
    REWARD = 5


def _to_minor(value: object, info: ValidationInfo) -> object:
    currency: Currency | None = (info.context or {}).get("currency")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {json_type(value)}")
    if currency is None:
        return value
    if not Decimal(value).is_finite() or abs(Decimal(value).adjusted()) > 30:
        raise ValueError("must be a number of reasonable size")
    return currency.minor(value)


def _from_minor(value: int, info: SerializationInfo) -> int | Decimal:
    currency: Currency | None = (info.context or {}).get("currency")
    return value if currency is None else currency.major(value)


def _to_decimal(value: object, info: ValidationInfo) -> Decimal:
    in_document = info.context is None and isinstance(value, str)
    if not in_document and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
        raise ValueError(f"must be a number, not {json_type(value)}")
    try:
        number = Decimal(value)  # type: ignore[arg-type]
    except InvalidOperation:
        raise ValueError("must be a decimal number") from None
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number


def _to_percentage(value: object, info: ValidationInfo) -> object:
    number = _to_decimal(value, info)
    if number > 100:
        raise ValueError("Discount percentage cannot exceed 100%")
    if number < Decimal("0.01"):
        raise ValueError("Discount percentage must be at least 0.01%")
    return number


def _from_decimal(value: Decimal, info: SerializationInfo) -> str | Decimal:
    return str(value) if info.context is None else value


Amount = Annotated[
    int,
    Field(ge=0, le=MAX_AMOUNT),
    BeforeValidator(_to_minor),
    PlainSerializer(_from_minor),
]
"""An amount of minor units. Validated with a ``currency`` in the context it is read from decimal major units."""

PositiveAmount = Annotated[
    int,
    Field(gt=0, le=MAX_AMOUNT),
    BeforeValidator(_to_minor),
    PlainSerializer(_from_minor),
]
"""An amount above zero."""

Percentage = Annotated[
    Decimal,
    Field(ge=Decimal("0.01"), le=100),
    BeforeValidator(_to_percentage),
    PlainSerializer(_from_decimal),
]
"""A percentage from 0.01 to 100, exact; a string in the ruleset document, a number on the company API."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
Names = Annotated[tuple[Name, ...], Field(max_length=10_000)]


class Rules(BaseModel):
    """The rules that every promotion type has; a type's own model extends them.

    A selector names a SKU, a product id, a category or a tag. ``applicable_categories`` and ``applicable_items``
    together mean either; ``excluded_items`` beat both; without any of the two, everything matches.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_discount_amount: PositiveAmount | None = None
    min_purchase_amount: Amount | None = None
    min_quantity: Annotated[int, Field(strict=True, ge=1)] | None = None
    applicable_categories: Names = ()
    applicable_items: Names = ()
    excluded_items: Names = ()

    @property
    def has_selector(self) -> bool:
        """Whether only some goods match."""
        return bool(self.applicable_categories or self.applicable_items or self.excluded_items)


R = TypeVar("R", bound=Rules)


@dataclass(frozen=True, slots=True)
class Goods:
    """All matching units of one kind: lines that agree in everything but id and quantity.

    ``price`` is the running price of all units together, in minor units, as earlier promotions left it.
    """

    index: int
    sku: str
    product_id: str
    categories: Sequence[str]
    tags: Sequence[str]
    attributes: Mapping[str, str]
    unit_price: int
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipping entry at its running price, in minor units."""

    index: int
    method: str
    price: int


Target: TypeAlias = Goods | Parcel


@dataclass(frozen=True, slots=True)
class Off:
    """An exact amount off some goods or parcels together: ``numerator / denominator`` minor units.

    The engine sums what a promotion proposes, rounds once, clamps to what is left and spreads each amount over its
    targets in proportion to their running prices.
    """

    targets: tuple[Target, ...]
    numerator: int
    denominator: int = 1

    @classmethod
    def percent(cls, targets: Sequence[Target], percentage: Decimal) -> "Off":
        """Take a percentage off the running price of all targets together.

        >>> milk = Goods(0, "MILK", "", (), (), {}, unit_price=129, quantity=3, price=387)
        >>> off = Off.percent([milk], Decimal("12.5"))
        >>> off.numerator / off.denominator
        48.375
        """
        numerator, denominator = percentage.as_integer_ratio()
        price = sum(target.price for target in targets)
        return cls(tuple(targets), price * numerator, 100 * denominator)


@dataclass(frozen=True, slots=True)
class View(Generic[R]):
    """What a promotion type is given: its rules, and what matches them, in canonical order."""

    rules: R
    currency: Currency
    goods: tuple[Goods, ...]
    parcels: tuple[Parcel, ...]
    customer: Customer | None


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
    def propose(self, view: View[R]) -> Iterable[Off]:
        """Say what is off; at least one of the view's goods or parcels is there. Target each of them at most once."""

    def phase(self, rules: R) -> Phase:
        """Say when these rules are applied: with a selector on items, otherwise on the order."""
        return Phase.ITEM if rules.has_selector else Phase.ORDER

    def read_rules(self, document: object, currency: Currency | None = None) -> R:
        """Read rules: from the ruleset's minor units, or from decimals of a currency.

        Raises:
            DocumentError: names the first field that is wrong.
        """
        context = None if currency is None else {"currency": currency}
        try:
            return self.rules_model.model_validate(document, context=context)
        except ValidationError as error:
            raise rules_error(error, self.rules_model) from None


def write_rules(rules: Rules) -> Document:
    """Write rules as the ruleset document has them: minor units, percentages as strings, nothing that is unset."""
    return rules.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def rules_error(error: ValidationError, model: type[BaseModel]) -> DocumentError:
    """Turn pydantic's first complaint into a ``DocumentError`` with a path."""
    first: Any = error.errors(include_url=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return DocumentError(path[1:], unknown_field(first["loc"][-1], list(model.model_fields)))
    if first["type"] == "missing":
        return DocumentError(path[1:], "is required")
    problem = str(first["msg"])
    if problem.startswith("Input "):
        problem = problem.removeprefix("Input ")
    return DocumentError(path[1:], problem.removeprefix("Value error, "))
