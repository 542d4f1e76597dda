"""django-oscar as a peer: its Applicator on offers and ranges that are held in memory.

Runs in an environment of its own, ``-m benchmarks.engine.oscar``, and answers as peers.py asks.
"""

import json
import logging
import sys
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import django
import oscar.defaults
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from .timing import sample

APPS = [
    *(f"django.contrib.{app}" for app in ("auth", "contenttypes", "sessions", "sites", "messages", "flatpages")),
    "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig",
    "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig",
    "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig",
    "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig",
    "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig",
    "oscar.apps.wishlists.apps.WishlistsConfig",
    *("widget_tweaks", "haystack", "treebeard", "django_tables2"),
]
"""What its documentation asks for, without the dashboard."""


def set_up() -> None:
    """Configure Django and Oscar, on a database in memory."""
    logging.disable()
    settings.configure(
        SECRET_KEY="none",  # noqa: S106 - nothing is signed
        USE_TZ=True,
        SITE_ID=1,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        INSTALLED_APPS=APPS,
        **{name: value for name, value in vars(oscar.defaults).items() if name.startswith("OSCAR_")},
    )
    django.setup()
    # Tables as the models say; to go through all migrations takes ten seconds.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", verbosity=0, run_syncdb=True)


@cache
def model(app: str, name: str) -> Any:
    """Return one of Oscar's models."""
    from oscar.core.loading import get_model  # noqa: PLC0415 - it needs the settings

    return get_model(app, name)


@cache
def part(path: str, name: str) -> Any:
    """Return one of Oscar's classes."""
    from oscar.core.loading import get_class  # noqa: PLC0415 - it needs the settings

    return get_class(path, name)


@cache
def category(name: str) -> Any:
    """Return a category."""
    return model("catalogue", "Category").add_root(name=name, slug=name.lower())


@cache
def product(sku: str, category_name: str, cents: int) -> Any:
    """Return a product of a category, in stock at a price."""
    kind, _ = model("catalogue", "ProductClass").objects.get_or_create(
        name="goods", requires_shipping=False, track_stock=False
    )
    partner, _ = model("partner", "Partner").objects.get_or_create(name="shop")
    made = model("catalogue", "Product").objects.create(product_class=kind, title=sku, upc=sku)
    model("catalogue", "ProductCategory").objects.create(product=made, category=category(category_name))
    model("partner", "StockRecord").objects.create(
        product=made, partner=partner, partner_sku=sku, price=Decimal(cents) / 100, price_currency="USD"
    )
    return made


def basket_of(lines: list[dict[str, Any]]) -> Any:
    """Return a basket as a request finds it in the database."""
    baskets, strategy = model("basket", "Basket").objects, part("partner.strategy", "Selector")().strategy()
    made = baskets.create()
    made.strategy = strategy
    for line in lines:
        made.add_product(product(line["sku"], line["category"], line["price"]), quantity=line["quantity"])
    found = baskets.get(pk=made.pk)
    found.strategy = strategy
    return found


class OscarCase:
    """A basket and its offers, ready; ``members`` are the products of every range, by its id."""

    def __init__(self, name: str, workload: Mapping[str, Any], members: dict[int, set[int]]) -> None:
        """Make them; an offer comes before those that stand after it in the workload."""
        promotions = workload["promotions"]
        self._basket = basket_of(workload["lines"])
        names = [f"{name} {one['id']}" for one in promotions]
        ranges = bulk("Range", [{"name": one, "slug": one} for one in names])
        for made, promotion in zip(ranges, promotions, strict=True):
            field = "sku" if "sku" in promotion else "category"
            lines = [line for line in workload["lines"] if line[field] == promotion[field]]
            members[made.pk] = {product(line["sku"], line["category"], line["price"]).id for line in lines}
        offers = offers_of(promotions, names, ranges)
        self._applicator = part("offer.applicator", "Applicator")()
        self._applicator.get_site_offers = lambda: offers

    def apply(self) -> None:
        """Apply the offers to the basket."""
        self._basket.reset_offer_applications()
        self._applicator.apply(self._basket)

    def applied(self) -> dict[str, Any]:
        """Return what was applied, and the cents off."""
        applied = [one["offer"].name.split()[-1] for one in self._basket.offer_applications.offer_discounts]
        return {"applied": applied, "off": int(self._basket.total_discount * 100)}


def offers_of(promotions: list[dict[str, Any]], names: list[str], ranges: list[Any]) -> list[Any]:
    """Return offers with their conditions and benefits in memory, made once into the proxies that Oscar works with."""
    conditions = bulk(
        "Condition",
        [
            {"range": goods, "type": "Count", "value": 3 if one["kind"] == "b2g1" else 1}
            for one, goods in zip(promotions, ranges, strict=True)
        ],
    )
    benefits = bulk("Benefit", [benefit_of(one, goods) for one, goods in zip(promotions, ranges, strict=True)])
    fixed = {"offer_type": "Site", "status": "Open", "max_basket_applications": 1, "exclusive": False}
    offers = bulk(
        "ConditionalOffer",
        [
            {"name": name, "slug": name, "condition": condition, "benefit": benefit, "priority": -place, **fixed}
            for place, (name, condition, benefit) in enumerate(zip(names, conditions, benefits, strict=True))
        ],
    )
    for offer in offers:
        for field in ("condition", "benefit"):
            made = getattr(offer, field)
            proxy = made.proxy()
            proxy.range = made.range
            setattr(offer, field, proxy)
    return offers


def benefit_of(promotion: Mapping[str, Any], goods: Any) -> dict[str, Any]:
    """Return the fields of a promotion's benefit."""
    kind, value = promotion["kind"], Decimal(promotion["value"])
    if kind == "fixed_cart":
        return {"range": all_products(), "type": "Absolute", "value": value / 100}
    if kind == "b2g1":
        return {"range": goods, "type": "Multibuy", "value": None}
    return {"range": goods, "type": "Percentage", "value": value}


@cache
def all_products() -> Any:
    """Return the range of all products."""
    return model("offer", "Range").objects.create(name="all", includes_all_products=True)


def bulk(name: str, fields: list[dict[str, Any]]) -> list[Any]:
    """Create many of one of the offers' models."""
    made: list[Any] = model("offer", name).objects.bulk_create([model("offer", name)(**one) for one in fields])
    return made


def keep_ranges_in_memory() -> dict[int, set[int]]:
    """Have ranges look up their products in what is returned, in place of one query for each offer and line."""
    members: dict[int, set[int]] = {}
    everything = all_products().pk
    model("offer", "Range").contains_product = lambda one, product: (
        one.pk == everything or product.id in members[one.pk]
    )
    return members


def answer(request: Mapping[str, Any], cases: dict[str, OscarCase], members: dict[int, set[int]]) -> Any:
    """Price a case, or time one that was priced before."""
    name = request["case"]
    if "price" in request:
        cases[name] = OscarCase(name, request["workload"], members)
        cases[name].apply()
        return cases[name].applied()
    case = cases[name]
    return sample(lambda: case, OscarCase.apply, request["seconds"])._asdict()


def main() -> None:
    """Answer until there is nothing more to read."""
    set_up()
    members = keep_ranges_in_memory()
    cases: dict[str, OscarCase] = {}
    versions = f"django-oscar {oscar.get_version()}, Django {django.get_version()}"
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), cases, members)), flush=True)


if __name__ == "__main__":
    main()
