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
from promo_middleware.mapping import CartMapping, Shipments
from promo_middleware.outbox import Entry, Outbox, Step
from promo_middleware.port import HoldOrder, Port
from promo_middleware.presets import CanonicalCart, django_oscar_api
from promo_middleware.promotions import Clock, Promotions, Timing
from promo_middleware.request import RequestPromotions, SyncRequestPromotions
from promo_middleware.tax import Taxes, TaxRule
from promo_middleware.till import ShopMapping

__all__ = [
    "ApiAway",
    "ApiRefused",
    "ApiUnfit",
    "CanonicalCart",
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
    "Shipments",
    "ShopMapping",
    "Step",
    "SyncRequestPromotions",
    "TaxRule",
    "Taxes",
    "Timing",
    "TotalChanged",
    "django_oscar_api",
]
