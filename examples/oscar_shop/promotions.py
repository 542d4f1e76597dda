"""What the shop says to the middleware: where carts and checkouts are, who is shopping, what an order came to."""

import os
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from oscar.core.loading import get_model

from promo_engine import Customer
from promo_middleware import Promotions, Timing, django_oscar_api


def customer(request: Any) -> Customer | None:
    return Customer(id=str(request.user.pk)) if request.user.is_authenticated else None


def order_lookup(reference: str) -> int | None:
    try:
        order = get_model("order", "Order").objects.filter(number=reference).first()
        return None if order is None else of_goods(order)
    finally:
        connection.close()  # the middleware's own thread has asked


def of_goods(order: Any) -> int:
    """Return what an order's goods came to: a basket knows no shipping, so a hold of it does not either."""
    return cents(order.total_incl_tax - order.shipping_incl_tax)


def cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


promotions = Promotions(
    os.environ["PROMO_API"],
    company_id=os.environ["PROMO_COMPANY"],
    carts=["GET /api/basket/", "POST /api/basket/add-product/"],
    checkouts=["POST /api/checkout/"],
    mapping=django_oscar_api().changed(sku="partner_sku", order_total=None),
    handler_says_charge=True,
    customer=customer,
    order_lookup=order_lookup,
    directory=settings.DIRECTORY / "promotions",
    timing=Timing(hold_timeout=20),  # an example may run on a machine that has much to do
)
