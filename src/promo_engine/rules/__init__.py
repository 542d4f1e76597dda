"""The rules of a promotion, as its promotion type reads them: validated when it is created, typed when it is priced.

The only room of the engine that knows pydantic: ``fields`` are what rules are made of, ``models`` those that every type
has, ``document`` reads and writes them, ``amounts`` are those of other currencies.
"""

from promo_engine.rules.document import (
    RulesError,
    holds_amounts,
    read_parameters,
    read_rules,
    rules_schema,
    write_parameters,
    write_rules,
)
from promo_engine.rules.fields import (
    Amount,
    Count,
    Factor,
    Flag,
    Name,
    Names,
    Percentage,
    PositiveAmount,
)
from promo_engine.rules.models import Rules, RulesPart, UnitRules, given_one, highest_tier

__all__ = [
    "Amount",
    "Count",
    "Factor",
    "Flag",
    "Name",
    "Names",
    "Percentage",
    "PositiveAmount",
    "Rules",
    "RulesError",
    "RulesPart",
    "UnitRules",
    "given_one",
    "highest_tier",
    "holds_amounts",
    "read_parameters",
    "read_rules",
    "rules_schema",
    "write_parameters",
    "write_rules",
]
