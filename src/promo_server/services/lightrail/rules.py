"""The rules of programs and value stores: whether they can be read."""

from promo_contracts.lightrail.fields import Rule


def check_rules(redemption_rule: Rule | None, value_rule: Rule | None) -> None:
    """Refuse rules that the rule language cannot read.

    Raises:
        Refusal: ``RedemptionRuleSyntaxError``, ``ValueRuleSyntaxError``, with row and column.
    """
