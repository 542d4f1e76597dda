"""The ``discount_rules`` of the six built-in promotion types, as a client writes them: decimal major units.

They let a client find a wrong rule before it sends it. The server asks the promotion type itself, which also knows how
many decimals the currency has; types that are not here pass as they are. A test holds the two in step.

``fields`` are what they are made of, ``models`` those of each type, ``problems`` what is wrong with some.
"""

from promo_contracts.company.rules.fields import MAX_AMOUNT
from promo_contracts.company.rules.models import (
    RULES,
    AmountTier,
    BundleItem,
    BundleRules,
    BuyXGetYRules,
    FixedAmountRules,
    FreeShippingRules,
    LoyaltyRules,
    PercentageRules,
    PercentageTier,
    Rules,
    RulesPart,
    UnitRules,
)
from promo_contracts.company.rules.problems import CheckedPromotionCreate, rules_problems

__all__ = [
    "MAX_AMOUNT",
    "RULES",
    "AmountTier",
    "BundleItem",
    "BundleRules",
    "BuyXGetYRules",
    "CheckedPromotionCreate",
    "FixedAmountRules",
    "FreeShippingRules",
    "LoyaltyRules",
    "PercentageRules",
    "PercentageTier",
    "Rules",
    "RulesPart",
    "UnitRules",
    "rules_problems",
]
