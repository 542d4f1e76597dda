"""Rules from documents and back: the ruleset's minor units, or decimals of a currency.

Errors::

    DocumentError
    └── RulesError      every field that is wrong, the first one first
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from promo_engine.cart import read_currency
from promo_engine.documents import Document, DocumentError, join, unknown_field
from promo_engine.minor_units import in_currency
from promo_engine.money import NO_CURRENCIES, Currency
from promo_engine.rules.amounts import entries_of, read_entry, split_amounts
from promo_engine.rules.fields import amount_fields
from promo_engine.rules.models import Rules, RulesPart

MAX_PROBLEMS = 100
"""No more wrong fields are told at once."""

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

R = TypeVar("R", bound=Rules)
M = TypeVar("M", bound=BaseModel)


class RulesError(DocumentError):
    """Rules that are not lawful; ``problems`` are all of the wrong fields."""

    def __init__(self, problems: list[DocumentError]) -> None:
        super().__init__(problems[0].path, problems[0].problem, problems)


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
    promo_engine.rules.document.RulesError: min_quantitty: is not a known field; did you mean 'min_quantity'?
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
    return bool(amount_fields(type(parameters)))


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
        problems = [in_currency(one, other) for one in error.problems]
        raise RulesError(problems) if isinstance(entry, Mapping) else DocumentError("", problems[0].problem) from None


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
