"""The rules of a promotion, as its promotion type reads them: validated when it is created, typed when it is priced.

The only module of the engine that knows pydantic. One model reads both forms of a document: with a ``currency`` in the
context decimal major units, as the company API speaks; without, minor units, as the ruleset document does. Errors::

    DocumentError
    └── RulesError      every field that is wrong, the first one first
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
    SerializationInfo,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import GenerateJsonSchema

from promo_engine.amounts import entries_of, read_entry, split_amounts
from promo_engine.cart import read_currency
from promo_engine.documents import Document, DocumentError, join, json_type, unknown_field
from promo_engine.money import MAX_AMOUNT, MAX_DIGITS, NO_CURRENCIES, Currency

MAX_PROBLEMS = 100
"""No more wrong fields are told at once."""
MAX_COUNT = 1_000_000
"""No rule counts further: a cart has at most this many units."""

# pydantic speaks of Python's types; rules are JSON.
_JSON_WORDS = {
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "missing": "is required",
    "model_type": "must be an object",
    "string_type": "must be a string",
    "tuple_type": "must be a list",
}
_ASIDE = re.compile("^.*?(?=should )| after validation.*")
"""What says nothing to a client in "Tuple should have at most 100 items after validation, not 101"."""

R = TypeVar("R", bound="Rules")
M = TypeVar("M", bound=BaseModel)


class RulesError(DocumentError):
    """Rules that are not lawful; ``problems`` are all of the wrong fields."""

    def __init__(self, problems: list[DocumentError]) -> None:
        super().__init__(problems[0].path, problems[0].problem, problems)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {json_type(value)}")
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 30 or len(format(number, "f")) > MAX_DIGITS:
        raise ValueError("must be a number of reasonable size")
    return number


def _to_minor(value: object, info: ValidationInfo) -> object:
    currency: Currency | None = (info.context or {}).get("currency")
    number = _number(value)
    if currency is None:
        return value
    minor = currency.minor(number)
    if minor > MAX_AMOUNT:
        raise ValueError("must be an amount of reasonable size")
    return minor


def _from_minor(value: int, info: SerializationInfo) -> int | Decimal:
    currency: Currency | None = (info.context or {}).get("currency")
    return value if currency is None else currency.major(value)


def _to_decimal(value: object, info: ValidationInfo) -> Decimal:
    if info.context is None and isinstance(value, str):
        try:
            return _number(Decimal(value))
        except InvalidOperation:
            raise ValueError("must be a decimal number") from None
    return _number(value)


def _to_percentage(value: object, info: ValidationInfo) -> Decimal:
    number = _to_decimal(value, info)
    if number > 100:
        raise ValueError("Discount percentage cannot exceed 100%")
    if number < Decimal("0.01"):
        raise ValueError("Discount percentage must be at least 0.01%")
    return number


def _from_decimal(value: Decimal, info: SerializationInfo) -> str | Decimal:
    return str(value) if info.context is None else value


_READS_AMOUNT = BeforeValidator(_to_minor)
"""What every rule that is an amount, or holds one, is known by."""

Amount = Annotated[
    int,
    Field(ge=0, le=MAX_AMOUNT),
    _READS_AMOUNT,
    PlainSerializer(_from_minor),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
"""An amount of minor units. Validated with a ``currency`` in the context it is read from decimal major units."""

PositiveAmount = Annotated[
    int,
    Field(gt=0, le=MAX_AMOUNT),
    _READS_AMOUNT,
    PlainSerializer(_from_minor),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
"""An amount above zero."""

_READS_PERCENTAGE = BeforeValidator(_to_percentage)
"""What every rule that is a percentage is known by."""

Percentage = Annotated[
    Decimal,
    _READS_PERCENTAGE,
    PlainSerializer(_from_decimal),
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 100}),
]
"""A percentage from 0.01 to 100, exact; a string in the ruleset document, a number on the company API."""

Factor = Annotated[
    Decimal,
    Field(gt=0, le=MAX_COUNT),
    BeforeValidator(_to_decimal),
    PlainSerializer(_from_decimal),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_COUNT}),
]
"""A number above zero that multiplies, exact; written as a percentage is."""

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
"""How many units, applications or orders: at least one."""

Flag = Annotated[bool, Field(strict=True)]
"""True or false."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
Names = Annotated[tuple[Name, ...], Field(max_length=10_000)]
"""Selectors: each is a SKU, a product id, a category or a tag."""


class RulesPart(BaseModel):
    """A part of rules: closed and frozen; the docstring of a field is its description in the JSON Schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Amounts = Annotated[
    Mapping[InstanceOf[Currency], Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "object"}]}}
    ),
]
"""The rules of a promotion in other currencies, each complete."""

_NO_AMOUNTS: Mapping[Currency, Any] = MappingProxyType({})


class Rules(RulesPart):
    """The rules that every promotion type has; a type's own model extends them.

    For rules that do not go together a model's own validator raises a ``DocumentError`` that names the field to change.
    A selector names a SKU, a product id, a category or a tag. ``applicable_categories`` and ``applicable_items``
    together mean either; ``excluded_items`` beat both; without any of the two, everything matches.
    """

    max_discount_amount: PositiveAmount | None = None
    """The most that the promotion takes off one cart."""
    budget_amount: PositiveAmount | None = None
    """The most that the promotion takes off all carts together."""
    budget_overrun: Literal["refuse", "up_to"] = "refuse"
    """Whether a discount that is larger than what is left of the budget is refused, or cut down to it."""
    min_purchase_amount: Amount | None = None
    """What the cart must come to; that amount is enough, unless ``strict_minimum``."""
    strict_minimum: Flag = False
    """Whether the cart must come to more than the minimum."""
    max_purchase_amount: Amount | None = None
    """What the cart may come to; that amount is still allowed, unless ``strict_maximum``."""
    strict_maximum: Flag = False
    """Whether the cart must come to less than the maximum."""
    min_purchase_basis: Literal["cart", "eligible", "discounted", "with_shipping"] = "cart"
    """What minimum and maximum look at: all goods before promotions, the matching ones only, all goods at the prices
    that earlier promotions left, or goods and shipping before promotions."""
    min_quantity: Count | None = None
    """How many units the cart must hold; matching ones, where there is a selector."""
    applicable_categories: Names = ()
    """Goods that match: by SKU, product id, category or tag."""
    applicable_items: Names = ()
    """Goods that match as well: together with the categories it means either."""
    excluded_items: Names = ()
    """Goods that never match."""
    min_unit_price: Amount | None = None
    """The list price from which on a unit matches."""
    max_unit_price: Amount | None = None
    """The list price up to which a unit matches."""
    amounts: Amounts = Field(default_factory=lambda: _NO_AMOUNTS)
    """The promotion in other currencies: by code each of its amounts, or the number alone where it has one only; a
    percentage may stand there as well. A cart in a currency that is neither here nor the promotion's own gets nothing.
    """

    @property
    def of_a_currency(self) -> tuple[str, ...]:
        """The rules given here that are amounts, or hold some: each other currency gives them anew."""
        return tuple(name for name in _amount_fields(type(self)) if getattr(self, name) not in (None, ()))

    @property
    def of_a_percentage(self) -> tuple[str, ...]:
        """The rules given here that are percentages: another currency may give them anew."""
        return tuple(name for name in _percentage_fields(type(self)) if getattr(self, name) is not None)

    @property
    def applicable(self) -> tuple[str, ...]:
        """The selectors of which goods must bear one; none means that all goods match."""
        return (*self.applicable_categories, *self.applicable_items)

    @property
    def has_selector(self) -> bool:
        """Whether only some goods match."""
        has_price_bound = self.min_unit_price is not None or self.max_unit_price is not None
        return bool(self.applicable or self.excluded_items) or has_price_bound


class UnitRules(Rules):
    """Rules of types that take something off units one by one: which of the matching units, and down to what price."""

    max_units: Count | None = None
    """How many units are discounted in one cart at most."""
    max_units_per_line: Count | None = None
    """How many units of one line are discounted at most."""
    unit_selection: Literal["cheapest_first", "dearest_first"] = "cheapest_first"
    """Which units are discounted, where not all are; by list price."""
    exclude_discounted: Flag = False
    """Whether units that an earlier promotion addressed are left alone."""
    floor_price: Amount | None = None
    """The price of a unit below which this promotion does not take it."""
    basis: Literal["running", "original"] = "running"
    """Whether the discount is computed on the price that earlier promotions left, or on the list price."""

    @property
    def has_selector(self) -> bool:
        """Whether only some units match."""
        return super().has_selector or self.max_units is not None or self.max_units_per_line is not None

    @property
    def speaks_of_lines(self) -> bool:
        """Whether it matters how units are split into lines."""
        return self.max_units_per_line is not None

    @property
    def chooses_units(self) -> bool:
        """Whether something else than all matching units at their running price is addressed."""
        return (
            self.speaks_of_lines
            or self.max_units is not None
            or self.exclude_discounted
            or self.floor_price is not None
            or self.basis == "original"
        )


def given_one(rules: BaseModel, *fields: str, may_be_none: bool = False) -> str | None:
    """Return which one of these fields is given: for rules that say one thing in one of several ways.

    Raises:
        DocumentError: two are given, or none and one must be.
    """
    given = [name for name in fields if getattr(rules, name) is not None]
    if len(given) > 1:
        raise DocumentError(given[1], f"cannot stand beside {given[0]}: give one of {', '.join(fields)}")
    if not given and not may_be_none:
        raise DocumentError(fields[0], f"is required, or one of {', '.join(fields[1:])}")
    return given[0] if given else None


class Tier(Protocol):
    """What holds from a spend on."""

    @property
    def min_amount(self) -> int:
        """The amount from which on it holds, in minor units."""


T = TypeVar("T", bound=Tier)


def highest_tier(tiers: Iterable[T], amount: int) -> T | None:
    """Return the tier with the highest minimum that an amount reaches, if it reaches any."""
    return max((tier for tier in tiers if amount >= tier.min_amount), key=lambda tier: tier.min_amount, default=None)


def read_rules(
    model: type[R], document: object, currency: Currency | None = None, private: Mapping[str, Currency] = NO_CURRENCIES
) -> R:
    """Read rules: from the ruleset's minor units, or from decimals of a currency, ``private`` ones by their codes.

    Raises:
        RulesError: names every field that is wrong.

    >>> usd = Currency.of("USD")
    >>> read_rules(Rules, {"min_purchase_amount": Decimal("25.00")}, usd).min_purchase_amount
    2500
    >>> read_rules(Rules, {"min_quantitty": 25})
    Traceback (most recent call last):
    promo_engine.rules.RulesError: min_quantitty: is not a known field; did you mean 'min_quantity'?
    >>> in_yen = {"min_purchase_amount": 25, "amounts": {"JPY": 4000}}
    >>> read_rules(Rules, in_yen, usd).amounts[Currency.of("JPY")].min_purchase_amount
    4000
    """
    plain, given = split_amounts(document)
    rules = _validated(model, plain, currency)
    return rules if given == {} else _with_amounts(rules, plain, given, currency, private)


def write_rules(rules: Rules) -> Document:
    """Write rules as the ruleset document has them: minor units, percentages as strings, nothing that is unset."""
    document = rules.model_dump(mode="json", exclude={"amounts"}, exclude_none=True, exclude_defaults=True)
    if rules.amounts:
        document["amounts"] = {
            currency.code: {
                "exponent": currency.exponent,
                **other.model_dump(mode="json", include=_given(rules, other)),
            }
            for currency, other in rules.amounts.items()
        }
    return document


def _given(rules: Rules, other: Rules) -> set[str]:
    """Return the rules that another currency gives anew: all amounts, and the percentages that differ."""
    differ = {name for name in rules.of_a_percentage if getattr(other, name) != getattr(rules, name)}
    return {*rules.of_a_currency, *differ}


def read_parameters(model: type[M], document: object, currency: Currency | None = None) -> M:
    """Read the parameters of a condition: from the ruleset's minor units, or from decimals of a currency.

    Raises:
        RulesError: names every field that is wrong.
    """
    return _validated(model, document, currency)


def write_parameters(parameters: RulesPart) -> Document:
    """Write the parameters of a condition as the ruleset document has them; as rules are written."""
    return parameters.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def holds_amounts(parameters: RulesPart) -> bool:
    """Whether some of them are amounts, and so of one currency."""
    return bool(_amount_fields(type(parameters)))


def rules_schema(model: type[BaseModel]) -> Document:
    """Return the JSON Schema of rules as the company API takes them: decimals of major units."""
    return model.model_json_schema(schema_generator=_RulesSchema)


def _validated(model: type[M], document: object, currency: Currency | None) -> M:
    context = None if currency is None else {"currency": currency}
    try:
        return model.model_validate(document, context=context)
    except ValidationError as error:
        found = error.errors(include_url=False)[:MAX_PROBLEMS]
        raise RulesError([_problem(one, model) for one in found if not _is_echo(one, found)]) from None


def _with_amounts(rules: R, plain: Any, given: object, currency: Currency | None, private: Mapping[str, Currency]) -> R:
    """Return rules with those of other currencies, in which other amounts stand in the place of the promotion's own."""
    others: dict[Currency, R] = {}
    problems: list[DocumentError] = []
    try:
        if rules.budget_amount is not None:
            raise DocumentError("amounts", "cannot stand beside budget_amount: a budget is of one currency")
        entries = sorted(entries_of(given).items())
    except DocumentError as error:
        raise RulesError([error]) from None
    for code, entry in entries:
        try:
            other, amounts = _read_other(rules, plain, code, entry, currency, private)
            if other != currency:
                others[other] = amounts
            elif amounts != rules:
                raise DocumentError("", "is the promotion's own currency: must be what stands beside amounts")
        except DocumentError as error:
            problems += [one.under(join("amounts", code)) for one in error.problems]
    if problems:
        raise RulesError(problems)
    return rules.model_copy(update={"amounts": others})


def _read_other(
    rules: R, plain: Any, code: str, entry: Any, currency: Currency | None, private: Mapping[str, Currency]
) -> tuple[Currency, R]:
    """Read the rules in another currency; in the ruleset document its exponent stands beside the amounts."""
    exponent = None
    if currency is None and isinstance(entry, Mapping):
        exponent, entry = entry.get("exponent"), {name: entry[name] for name in entry if name != "exponent"}
    amounts = read_entry(entry, rules.of_a_currency, rules.of_a_percentage)
    try:
        other = Currency.of(code, private) if exponent is None else read_currency(code, exponent)
    except DocumentError as error:
        raise DocumentError("", error.problem) from None
    try:
        return other, _validated(type(rules), {**plain, **amounts}, None if currency is None else other)
    except RulesError as error:
        if isinstance(entry, Mapping):
            raise
        raise DocumentError("", error.problem) from None


@cache
def _amount_fields(model: type[BaseModel]) -> tuple[str, ...]:
    fields = model.model_fields.items()
    return tuple(sorted(name for name, field in fields if _holds_amount((field.annotation, *field.metadata))))


@cache
def _percentage_fields(model: type[BaseModel]) -> tuple[str, ...]:
    fields = model.model_fields.items()
    return tuple(sorted(name for name, field in fields if _is_percentage((field.annotation, *field.metadata))))


def _is_percentage(parts: Iterable[object]) -> bool:
    """Whether an annotation is a percentage, or one that need not be there."""
    return any(part is _READS_PERCENTAGE or _is_percentage(get_args(part)) for part in parts)


def _holds_amount(parts: Iterable[object]) -> bool:
    """Whether one of the parts of an annotation is an amount, or a model with a field that is."""
    return any(
        part is _READS_AMOUNT
        or (isinstance(part, type) and issubclass(part, BaseModel) and bool(_amount_fields(part)))
        or _holds_amount(get_args(part))
        for part in parts
    )


class _RulesSchema(GenerateJsonSchema):
    """JSON Schema in which the default of an exact number is a number: pydantic would write it as text."""

    def encode_default(self, dft: Any) -> Any:
        if not isinstance(dft, Decimal):
            return super().encode_default(dft)
        return int(dft) if dft == int(dft) else float(dft)


def _is_echo(error: Any, found: Sequence[Any]) -> bool:
    """Whether a tuple is called too short only because pydantic does not count its wrong entries."""
    place = error["loc"]
    return error["type"] == "too_short" and any(one["loc"][: len(place)] == place != one["loc"] for one in found)


def _problem(error: Any, model: type[BaseModel]) -> DocumentError:
    location = error["loc"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
    if error["type"] == "extra_forbidden":
        return DocumentError(path, unknown_field(location[-1], _fields_at(model, location[:-1])))
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, DocumentError):
        return raised.under(path) if path else raised
    return DocumentError(path, str(raised) if raised else _sentence(error))


def _sentence(error: Any) -> str:
    sentence = _JSON_WORDS.get(error["type"]) or _ASIDE.sub("", error["msg"])
    return sentence[:1].lower() + sentence[1:]


def _fields_at(model: type[BaseModel], location: Sequence[Any]) -> list[str]:
    """Name the fields of the model, or of the part of it that stands at a location."""
    for name in location:
        if isinstance(name, str):
            model = _part_of(model.model_fields[name].annotation) or model
    return list(model.model_fields)


def _part_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _part_of(one))), None)
