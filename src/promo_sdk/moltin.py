"""What the Moltin contract speaks of, for annotations: the models of ``client.moltin``."""

from promo_contracts.moltin.carts import (
    Address,
    Cart,
    Customer,
    DisplayPrice,
    Item,
    ItemList,
    Message,
    Order,
    Price,
    Tax,
)
from promo_contracts.moltin.models import Code, InCurrency, Promotion, PromotionType, Schema, Token
from promo_sdk.pagination import Part

__all__ = [
    "Address",
    "Cart",
    "Code",
    "Customer",
    "DisplayPrice",
    "InCurrency",
    "Item",
    "ItemList",
    "Message",
    "Order",
    "Part",
    "Price",
    "Promotion",
    "PromotionType",
    "Schema",
    "Tax",
    "Token",
]
