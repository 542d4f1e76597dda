"""Fill a shop's database: tea and mugs, and an offer of Oscar's own. Run once, before the shop is opened."""

import logging
import warnings
from decimal import Decimal
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

GOODS = {"TEA": ("Tea, 100 g", Decimal("4.50")), "MUG": ("Mug", Decimal("12.50"))}


def make_tables() -> None:
    # As the models say; to go through all of Oscar's migrations takes ten seconds.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", verbosity=0, run_syncdb=True)


def fill() -> None:
    model = apps.get_model
    kind = model("catalogue.ProductClass").objects.create(name="Goods", requires_shipping=False, track_stock=False)
    partner = model("partner.Partner").objects.create(name="Grocer")
    for sku, (title, price) in GOODS.items():
        product = model("catalogue.Product").objects.create(upc=sku, title=title, product_class=kind)
        product.stockrecords.create(partner=partner, partner_sku=sku, price=price)
    offer_ten_percent_off(model("catalogue.Product").objects.get(upc="MUG"))


def offer_ten_percent_off(product: Any) -> None:
    model = apps.get_model
    those = model("offer.Range").objects.create(name=product.title)
    those.add_product(product)
    condition = model("offer.Condition").objects.create(range=those, type="Count", value=1)
    benefit = model("offer.Benefit").objects.create(range=those, type="Percentage", value=10)
    model("offer.ConditionalOffer").objects.create(name="Oscar's own 10 %", condition=condition, benefit=benefit)


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")  # a search that keeps no index says so
    django.setup()
    make_tables()
    fill()
