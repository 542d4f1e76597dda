"""What the merchant of these carts offers: every promotion type, with and without codes, conditions and limits."""

from typing import Any

Offer = dict[str, Any]


def _of(kind: str, rules: dict[str, Any], **fields: Any) -> Offer:
    return {"promotion_type": kind, "discount_rules": rules, "promotion_code": None, "auto_apply": True} | fields


def _coded(code: str, kind: str, rules: dict[str, Any], **fields: Any) -> Offer:
    return _of(kind, rules, promotion_code=code, auto_apply=False, **fields)


OFFERS: list[Offer] = [
    _of("percentage_discount", {"discount_value": 12.5, "applicable_items": ["A"]}),
    _of("percentage_discount", {"discount_value": 7, "min_purchase_amount": 80, "applicable_categories": ["x"]}),
    _of("percentage_discount", {"discount_value": 33.33, "max_units": 2, "unit_selection": "dearest_first"}),
    _of("percentage_discount", {"discount_value": 5, "exclude_discounted": True}, stackable=False),
    _of(
        "percentage_discount",
        {"discount_value": 15},
        eligibility_criteria={"customer_segments": ["vip"]},
        usage_limits={"per_customer_limit": 2},
    ),
    _of("percentage_discount", {"discount_value": 9}, usage_limits={"total_usage_limit": 2, "daily_usage_limit": 2}),
    _of("fixed_amount_discount", {"discount_value": 0.35, "per": "unit", "applicable_categories": ["y"]}),
    _of("fixed_amount_discount", {"discount_value": 9.99, "excluded_items": ["B"], "min_quantity": 3}),
    _of("fixed_amount_discount", {"target_price": 19, "per": "line", "applicable_items": ["C"]}),
    _of("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 1}),
    _of("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "discount_value": 40, "buy_items": ["D"]}),
    _of("free_shipping", {"discount_value": 100, "min_purchase_amount": 150, "shipping_methods": ["post"]}),
    _of("free_shipping", {"discount_amount": 3.5, "per": "shipment"}, stackable=False),
    _of("bundle_deal", {"bundle_price": 40, "bundle_items": [{"items": ["A"]}, {"items": ["B"], "quantity": 2}]}),
    _of("bundle_deal", {"discount_value": 22, "bundle_items": [{"items": ["x"]}, {"items": ["y"]}, {"items": ["z"]}]}),
    _of("loyalty_bonus", {"points_per_unit_spent": 2, "tier_values": {"gold": 3}}),
    _of("loyalty_bonus", {"discount_value": 4, "tier_values": {"gold": 6, "silver": 5}}),
    _coded("CODE0", "percentage_discount", {"discount_value": 20}),
    _coded("CODE1", "percentage_discount", {"discount_value": 50}, usage_limits={"per_customer_limit": 1}),
    _coded("CODE2", "fixed_amount_discount", {"discount_value": 25, "min_purchase_amount": 26}),
    _coded("CODE3", "fixed_amount_discount", {"discount_value": 5, "budget_amount": 100}, stackable=False),
    _coded("CODE4", "buy_x_get_y", {"buy_quantity": 3, "get_quantity": 2, "get_items": ["É"]}),
    _coded("CODE5", "free_shipping", {"discount_value": 50}, eligibility_criteria={"geographic_restrictions": ["DE"]}),
    _coded("CODE6", "loyalty_bonus", {"points": 100}, eligibility_criteria={"loyalty_tier_requirements": ["gold"]}),
]
CODES = [str(offer["promotion_code"]) for offer in OFFERS if offer["promotion_code"]]
