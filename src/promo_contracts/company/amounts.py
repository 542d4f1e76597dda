"""What a client can say of the amounts of other currencies before it sends them; the server knows the currencies."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from promo_contracts.company.errors import FieldProblem

MAX_CURRENCIES = 200

_JSON_TYPES: Mapping[type, str] = {
    bool: "a boolean",
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number with decimals",
    Decimal: "a number with decimals",
    type(None): "null",
}


def json_type(value: object) -> str:
    """Name a value's JSON type for an error message."""
    return _JSON_TYPES.get(type(value), "something else")


def split_amounts(rules: object) -> tuple[Any, Any]:
    """Return rules without their ``amounts``, and these; an empty object where there are none."""
    if not isinstance(rules, Mapping) or "amounts" not in rules:
        return rules, {}
    return {name: value for name, value in rules.items() if name != "amounts"}, rules["amounts"]


def amounts_problem(amounts: object, *, has_budget: bool) -> str | None:
    """Say what is wrong with ``amounts`` as a whole."""
    if has_budget:
        return "cannot stand beside budget_amount: a budget is of one currency"
    if not isinstance(amounts, Mapping):
        return f"must be an object of amounts by currency, not {json_type(amounts)}"
    if len(amounts) > MAX_CURRENCIES:
        return f"must have at most {MAX_CURRENCIES} currencies, not {len(amounts)}"
    return None


def entry_problems(entry: object, names: Sequence[str], may: Sequence[str] = ()) -> Iterator[FieldProblem]:
    """Say what is wrong with the amounts of one currency: those of the promotion, by ``names``; ``may`` can be missing.

    >>> [str(one.field) for one in entry_problems({"discount_value": 5, "floor": 1}, ["discount_value"])]
    ['floor']
    """
    listed = ", ".join(names)
    if isinstance(entry, Mapping):
        for name in names:
            if name not in entry:
                yield FieldProblem(name, "is required: the promotion has such an amount")
                return
        for name in entry:
            if name not in names and name not in may:
                has = ", ".join([*names, *may]) or "none"
                yield FieldProblem(str(name), f"is not an amount of the promotion; it has {has}")
                return
    elif not json_type(entry).startswith("a number") or len(names) != 1:
        expected = f"a number or an object of {listed}" if len(names) == 1 else f"an object of {listed}"
        yield FieldProblem("", f"must be {expected if names else 'an empty object'}, not {json_type(entry)}")
