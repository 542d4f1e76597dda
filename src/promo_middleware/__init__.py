"""Drop-in promotions for a shop: one line to show, one line to charge."""

from promo_middleware.asgi import PromotionsMiddleware
from promo_middleware.code_entry import CodeEntry
from promo_middleware.entry import Entry, Step
from promo_middleware.errors import (
    ApiAway,
    ApiRefused,
    ApiUnfit,
    CartUnknown,
    CheckoutClosed,
    CheckoutInFlight,
    CheckoutRefused,
    ConfigurationError,
    MappingError,
    PromotionsAway,
    ReferenceUnknown,
    TotalChanged,
)
from promo_middleware.head import Head
from promo_middleware.hold import Hold
from promo_middleware.mapping import CartMapping, Shipments
from promo_middleware.observer import Event
from promo_middleware.outbox import Outbox
from promo_middleware.port import HoldOrder, Port
from promo_middleware.presets import CanonicalCart, django_oscar_api
from promo_middleware.promotions import Promotions
from promo_middleware.request import RequestPromotions, SyncRequestPromotions
from promo_middleware.routes import Marked
from promo_middleware.settings import Clock, Timing
from promo_middleware.tax import Taxes, TaxRule
from promo_middleware.till import ShopMapping

__all__ = [
    "ApiAway",
    "ApiRefused",
    "ApiUnfit",
    "CanonicalCart",
    "CartMapping",
    "CartUnknown",
    "CheckoutClosed",
    "CheckoutInFlight",
    "CheckoutRefused",
    "Clock",
    "CodeEntry",
    "ConfigurationError",
    "Entry",
    "Event",
    "Head",
    "Hold",
    "HoldOrder",
    "MappingError",
    "Marked",
    "Outbox",
    "Port",
    "Promotions",
    "PromotionsAway",
    "PromotionsMiddleware",
    "ReferenceUnknown",
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
