"""Drop-in promotions for a shop: one line to show, one line to charge."""

from promo_middleware.asgi import PromotionsMiddleware
from promo_middleware.checkout import Hold
from promo_middleware.errors import (
    ApiAway,
    ApiRefused,
    ApiUnfit,
    CheckoutClosed,
    CheckoutInFlight,
    CheckoutRefused,
    ConfigurationError,
    MappingError,
    TotalChanged,
)
from promo_middleware.mapping import CartMapping
from promo_middleware.outbox import Entry, Outbox, Step
from promo_middleware.port import HoldOrder, Port
from promo_middleware.promotions import Clock, Promotions, Timing
from promo_middleware.request import RequestPromotions, SyncRequestPromotions

__all__ = [
    "ApiAway",
    "ApiRefused",
    "ApiUnfit",
    "CartMapping",
    "CheckoutClosed",
    "CheckoutInFlight",
    "CheckoutRefused",
    "Clock",
    "ConfigurationError",
    "Entry",
    "Hold",
    "HoldOrder",
    "MappingError",
    "Outbox",
    "Port",
    "Promotions",
    "PromotionsMiddleware",
    "RequestPromotions",
    "Step",
    "SyncRequestPromotions",
    "Timing",
    "TotalChanged",
]
