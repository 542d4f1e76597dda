"""What the seed and the pages of its time show of requests: for the documents of the API, and for tests."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from promo_contracts.company.examples import Example

FIXED: Mapping[str, Any] = {
    "type": "promotion",
    "name": "Promo #1",
    "description": "Initial Promotion",
    "enabled": True,
    "promotion_type": "fixed_discount",
    "schema": {"currencies": [{"currency": "USD", "amount": 900}, {"currency": "GBP", "amount": 1100}]},
    "start": "2017-05-12T15:04:05Z",
    "end": "2019-10-12T15:04:05Z",
}
"""The seed's sample, without what the server says."""

PERCENT: Mapping[str, Any] = {
    **FIXED,
    "name": "Promo #2",
    "promotion_type": "percent_discount",
    "schema": {"currencies": [{"currency": "GBP", "percentage": Decimal("12.5")}]},
}
"""The seed's other schema."""

CUSTOM_ITEM: Mapping[str, Any] = {
    "type": "custom_item",
    "name": "Deck shoe",
    "sku": "deck-shoe_53",
    "quantity": 1,
    "price": {"amount": 5891, "includes_tax": True},
}
PROMOTION_ITEM: Mapping[str, Any] = {"type": "promotion_item", "code": "SAVE10%"}
CHECKOUT: Mapping[str, Any] = {
    "customer": {"name": "Jane Doe", "email": "jane@example.com"},
    "billing_address": {"first_name": "Jane", "last_name": "Doe", "line_1": "1 High Street", "country": "GB"},
}

EXAMPLES: Mapping[str, Example] = {
    "create_access_token": Example(
        {"grant_type": "client_credentials", "client_id": "promo_5f2c", "client_secret": "the rest of the key"}
    ),
    "create_promotion": Example({"data": FIXED}),
    "update_promotion": Example({"data": {"type": "promotion", "enabled": False}}),
    "create_codes": Example(
        {"data": {"type": "promotion_codes", "codes": [{"code": "ZXY_CBA"}, {"code": "SAVE10%", "uses": 100}]}}
    ),
    "delete_codes": Example({"data": {"type": "promotion_codes", "codes": ["ZXY_CBA"]}}),
    "add_item": Example({"data": CUSTOM_ITEM}),
    "update_item": Example({"data": {"type": "cart_item", "quantity": 2}}),
    "add_tax": Example({"data": {"type": "tax_item", "code": "VAT", "jurisdiction": "GB", "rate": Decimal("0.2")}}),
    "checkout": Example({"data": CHECKOUT}),
}
"""By the name of the route."""
