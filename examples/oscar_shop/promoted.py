"""The settings of the same shop with promotions: what is added to the stock ones."""

from examples.oscar_shop.stock import *  # noqa: F403
from examples.oscar_shop.stock import MIDDLEWARE as STOCK

MIDDLEWARE = [*STOCK, "promo_middleware.django.PromotionsMiddleware"]
PROMOTIONS = "examples.oscar_shop.promotions.promotions"
OSCARAPI_OVERRIDE_MODULES = ["examples.oscar_shop"]
OSCAR_OFFERS_INCL_TAX = True  # a line of Oscar's takes discounts on prices with tax, or on those without
