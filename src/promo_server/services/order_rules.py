"""The rules that an order was priced under, to price anew what is kept of it: all of them, or a refusal."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from promo_engine import DocumentError, Promotion, PromotionTypes, Rules, Ruleset, RulesPart
from promo_server.services.context import Company
from promo_server.services.refusal import Refusal
from promo_server.services.rulesets import Rulesets


def rules_of_order(
    connection: Connection, types: PromotionTypes, rulesets: Rulesets, company: Company, row: Row[Any]
) -> Ruleset:
    """Return the ruleset of the revision under which a redemption was priced.

    Raises:
        Refusal: ``RULES_NOT_KEPT``: it is not kept, or a promotion of the order would have no effect under it.
    """
    evaluation = json.loads(row.evaluation)
    revision = evaluation["revision"]
    try:
        ruleset = rulesets.of_revision(connection, company, revision)
    except DocumentError:
        raise _refusal(f"the rules of revision {revision} cannot be read by this version of the server") from None
    if ruleset is None:
        raise _refusal(f"the rules of revision {revision} are not kept here")
    applied = [ruleset.promotions[one["id"]] for one in evaluation["applied"] if one["id"] in ruleset.promotions]
    for missing in (one for promotion in applied for one in _missing(promotion, types)):
        raise _refusal(f"{missing} is not installed here any more")
    return ruleset


def _missing(promotion: Promotion, types: PromotionTypes) -> Iterator[str]:
    """Yield what a promotion of an order needs and does not find."""
    if promotion.type not in types or not isinstance(promotion.rules, Rules):
        yield f"the promotion type {promotion.type!r}"
    for name, parameters in promotion.eligibility.conditions.items():
        if not isinstance(parameters, RulesPart):
            yield f"the condition {name!r}"


def _refusal(why: str) -> Refusal:
    return Refusal("RULES_NOT_KEPT", f"What is kept cannot be priced anew: {why}. Return by the policy 'keep'.")
