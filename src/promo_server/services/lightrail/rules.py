"""The rules of programs and value stores: whether they can be read, and what is read of those that are stored."""

from promo_contracts.lightrail.fields import Rule
from promo_server.expressions import Rule as ReadRule
from promo_server.expressions import RuleError, RuleSyntaxError, parse_rule
from promo_server.services.refusal import Refusal


def check_rules(redemption_rule: Rule | None, value_rule: Rule | None) -> None:
    """Refuse rules that the rule language cannot read.

    Raises:
        Refusal: ``RedemptionRuleSyntaxError``, ``ValueRuleSyntaxError``, with row and column.
    """
    for name, rule in (("RedemptionRule", redemption_rule), ("ValueRule", value_rule)):
        if rule is not None:
            _check(f"{name}SyntaxError", f"{name[:1].lower()}{name[1:]}.rule", rule.rule)


def read_rule(text: str | None) -> ReadRule | None:
    """Read a rule that was stored, and so can be read."""
    return None if text is None else parse_rule(text)


def _check(code: str, path: str, text: str) -> None:
    try:
        parse_rule(text)
    except RuleSyntaxError as error:
        raise Refusal(code, f"{path}: {error}.", row=error.row, column=error.column) from None
    except RuleError as error:
        raise Refusal(code, f"{path}: it {error}.") from None
