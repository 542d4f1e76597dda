"""What a client checks before it sends rules is what their promotion type checks when they arrive."""

from collections import ChainMap
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_contracts.company.rules import MAX_AMOUNT, RULES, rules_problems
from promo_engine import Currency, RulesError
from promo_engine.testing import installed_types

Schema = Mapping[str, Any]
Values = st.SearchStrategy[Any]

TYPES = installed_types()
USD = Currency.of("USD")
WORDS = st.sampled_from(["TEA", "gold", "gift card", "", "x" * 255, "x" * 256])
WRONG: Values = st.sampled_from([None, True, "", "20", 0, -1, [], [None], {}, {"": 0}, Decimal("NaN"), 10**40])
AMOUNTS = st.decimals(0, 200, places=2) | st.integers(0, 200)


def _numbers(schema: Schema) -> Values:
    edges = [Decimal(str(schema[bound])) for bound in ("minimum", "exclusiveMinimum", "maximum") if bound in schema]
    around = [edge + step for edge in edges for step in (Decimal("-0.01"), 0, Decimal("0.01"))]
    return AMOUNTS | st.sampled_from([*around, 10**13, MAX_AMOUNT + 1, Decimal("1e31")])


def _plain(schema: Schema) -> Values:
    kinds: Mapping[str, Values] = {
        "boolean": st.booleans(),
        "integer": st.integers(0, 5) | st.sampled_from([1_000_000, 1_000_001, Decimal(2)]),
        "null": st.none(),
        "number": _numbers(schema),
        "string": st.sampled_from([*schema["enum"], "x"]) if "enum" in schema else WORDS,
    }
    return kinds[schema["type"]]


def _values(schema: Schema, parts: Schema) -> Values:
    """Draw what a JSON Schema allows, and what lies just beyond."""
    match schema:
        case {"anyOf": choices}:
            return st.one_of(*(_values(one, parts) for one in choices))
        case {"$ref": reference}:
            return _objects(parts[reference.rpartition("/")[2]], parts)
        case {"items": items}:
            return st.lists(_values(items, parts), max_size=2)
        case {"additionalProperties": {"anyOf": _}}:
            return st.dictionaries(st.sampled_from(["EUR", "GBP"]), AMOUNTS | WRONG, max_size=2)
        case {"additionalProperties": values}:
            return st.dictionaries(WORDS, _values(values, parts) | st.integers(1, 9), max_size=2)
    return _plain(schema)


def _objects(schema: Schema, parts: Schema) -> Values:
    """Draw objects of some fields, mostly with those that must be there, seldom with unknown ones."""
    fields: Mapping[str, Schema] = schema["properties"]
    values = {name: _values(one, parts) for name, one in fields.items()}
    some = [st.fixed_dictionaries({}, optional={name: one}) for name, one in values.items()]
    must = st.fixed_dictionaries({name: values[name] for name in schema.get("required", ())})
    unknown = st.dictionaries(st.sampled_from([name + "s" for name in fields]), st.just(1), max_size=1)
    wrong = st.dictionaries(st.sampled_from(list(fields)), WRONG, max_size=1)
    nothing: Values = st.just({})
    drawn = st.tuples(must, st.lists(st.one_of(some), max_size=4), nothing | nothing | nothing | unknown | wrong)
    return drawn.map(lambda one: dict(ChainMap(one[2], *one[1], one[0])))


def _documents(name: str) -> Values:
    schema = TYPES[name].rules_schema()
    rules = _objects(schema, schema.get("$defs", {}))
    return rules | st.tuples(rules, rules).map(lambda drawn: _in_pounds(name, *drawn))


def _in_pounds(name: str, rules: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Give the amounts of rules anew, by other rules that need not be right."""
    plain = {one: value for one, value in rules.items() if one not in ("amounts", "budget_amount")}
    try:
        read = TYPES[name].read_rules(plain, USD)
    except RulesError:
        return rules
    pounds = {one: others.get(one, plain[one]) for one in read.of_a_currency}
    pounds |= {one: others[one] for one in read.of_a_percentage if one in others}
    return {**plain, "amounts": {"GBP": pounds}}


def _refused_by_type(name: str, document: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        TYPES[name].read_rules(document, USD)
    except RulesError as error:
        return [(one.path, one.problem) for one in error.problems]
    return []


def test_the_built_in_types_are_those_that_are_installed() -> None:
    assert RULES.keys() == TYPES.keys()


@pytest.mark.parametrize("name", RULES)
def test_a_clients_model_has_the_schema_that_the_api_publishes(name: str) -> None:
    assert RULES[name].model_json_schema() == TYPES[name].rules_schema()


@pytest.mark.parametrize("name", RULES)
def test_client_and_type_accept_the_same_rules_and_say_the_same_of_others(name: str) -> None:
    @given(_documents(name))
    def same(document: dict[str, Any]) -> None:
        said = [(one.field, one.message) for one in rules_problems(name, document)]
        assert said == _refused_by_type(name, document)

    same()
