"""What the seed shows of its requests and answers, and a few of ours: for the documents of the API, and for tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """A request of a route and its answer, each as a JSON object."""

    request: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None


PROMOTION: Mapping[str, Any] = {
    "promotion_name": "Spring Fresh 20% Off",
    "promotion_type": "percentage_discount",
    "description": "Get 20% off all fresh produce items during our Spring Fresh campaign",
    "promotion_code": "SPRING20",
    "discount_rules": {
        "discount_value": 20,
        "max_discount_amount": Decimal("50.00"),
        "min_purchase_amount": Decimal("25.00"),
        "applicable_categories": ["fresh_produce", "organic_items"],
        "excluded_items": ["premium_organics"],
    },
    "eligibility_criteria": {
        "customer_segments": ["regular_customers", "premium_members"],
        "first_time_customers_only": False,
        "loyalty_tier_requirements": ["bronze", "silver", "gold"],
        "geographic_restrictions": ["northeast_region"],
    },
    "usage_limits": {"total_usage_limit": 1000, "per_customer_limit": 3, "daily_usage_limit": 100},
    "schedule": {
        "start_date": "2025-04-14T00:00:00.000Z",
        "end_date": "2025-05-14T23:59:59.000Z",
        "time_restrictions": {
            "days_of_week": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "hours_of_day": {"start": "08:00", "end": "20:00"},
        },
    },
    "display_settings": {
        "promotional_message": "Save 20% on Fresh Spring Produce!",
        "banner_text": "SPRING20 - Fresh Savings All Month Long",
        "badge_style": "seasonal_green",
        "priority_level": 8,
    },
    "auto_apply": False,
    "stackable": True,
}
"""The seed's request."""

CREATED_PROMOTION: Mapping[str, Any] = {
    **PROMOTION,
    "promotion_id": "promo_spring_001",
    "campaign_id": "1000010",
    "status": "scheduled",
    "usage_limits": {
        **PROMOTION["usage_limits"],
        "current_usage": {"total_used": 0, "today_used": 0, "remaining_uses": 1000},
    },
    "performance_metrics": {
        "total_uses": 0,
        "unique_customers": 0,
        "total_discount_given": Decimal("0.00"),
        "conversion_rate": Decimal("0.00"),
    },
    "created_at": "2025-04-14T01:00:00.000Z",
    "created_by": "marketing_admin_001",
    "last_updated": "2025-04-14T01:00:00.000Z",
}
"""The seed's answer, with its description and the moment of the last change."""

CART: Mapping[str, Any] = {
    "currency": "USD",
    "lines": [{"id": "l1", "sku": "LETTUCE", "unit_price": 1495, "quantity": 2, "categories": ["fresh_produce"]}],
    "customer": {"id": "7", "segments": ["regular_customers"], "loyalty_tier": "gold"},
    "codes": ["SPRING20"],
    "destination": {"region": "northeast_region"},
    "at": "2025-04-15T09:00:00Z",
}

EXAMPLES: Mapping[str, Example] = {
    "create_campaign": Example({"name": "Spring Fresh", "start_date": "2025-04-14", "end_date": "2025-05-14"}),
    "update_campaign": Example({"name": "Spring Fresh 2025", "end_date": None}),
    "create_promotion": Example(PROMOTION, CREATED_PROMOTION),
    "get_promotion": Example(answer=CREATED_PROMOTION),
    "update_promotion": Example({"usage_limits": {"daily_usage_limit": None}, "description": "20% off produce"}),
    "create_code": Example({"promotion_code": "SPRINGFRIENDS", "max_uses": 500}),
    "create_code_batch": Example({"batch_id": "mailing-7", "count": 250, "prefix": "SPRING", "max_uses": 1}),
    "evaluate": Example({"cart": CART}),
    "entitlements": Example({"promotions": ["promo_spring_001"], "customer_id": "7", "codes": ["SPRINGFRIENDS"]}),
    "hold": Example({"attempt": "5f2c", "cart": CART, "shown": 2392}),
    "confirm": Example({"charged": 2392, "attempt": "5f2c"}),
    "release": Example({}),
    "doubt": Example({"charged": 2990}),
    "return_goods": Example({"return_id": "r-1", "lines": {"l1": 1}}),
}
"""By the name of the route."""

MESSAGES: Mapping[str, str] = {
    "INVALID_DISCOUNT_RULES": "Discount percentage cannot exceed 100%",
    "DUPLICATE_PROMOTION_CODE": "The promotion code 'SPRING20' is already in use",
    "INVALID_SCHEDULE": "End date must be after start date",
    "CAMPAIGN_NOT_FOUND": "The specified campaign does not exist or is not accessible",
}
"""The seed's sentences, by the code of the error."""
