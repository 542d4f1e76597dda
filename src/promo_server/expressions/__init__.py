"""The rule language of value stores: parsed once, evaluated in bounded steps. Pure: no clock, no storage.

``parse_rule`` makes a ``Rule`` of a text; its ``number``, ``boolean`` and ``evaluate`` say what it gives for an order.
"""

from promo_server.expressions.errors import RuleError, RuleLimitError, RuleSyntaxError
from promo_server.expressions.rule import Rule, parse_rule
from promo_server.expressions.steps import MAX_STEPS, Steps
from promo_server.expressions.syntax import MAX_SOURCE

__all__ = [
    "MAX_SOURCE",
    "MAX_STEPS",
    "Rule",
    "RuleError",
    "RuleLimitError",
    "RuleSyntaxError",
    "Steps",
    "parse_rule",
]
