"""Whose uses are counted: a customer by id, a guest by a keyed hash of what the shop gave."""

import hashlib
import hmac
from dataclasses import replace

from promo_engine import Cart, Customer, code_form
from promo_server.services.context import Company


def counted_customer(company: Company, customer: Customer | None, guest_key: str | None) -> Customer | None:
    """Put the hash of a guest's key in the place of the key; a customer with an id stays as it is."""
    if guest_key is None or (customer is not None and customer.id is not None):
        return customer
    guest = guest_hash(company, guest_key)
    return replace(customer or Customer(), guest=guest, guest_key=None)


def counted_cart(company: Company, cart: Cart, guest_key: str | None) -> Cart:
    """Return the cart with its guest's key hashed; a hash that the request claims is not believed."""
    customer = cart.customer
    if customer is not None and customer.guest is not None:
        customer = replace(customer, guest=None)
    counted = counted_customer(company, customer, guest_key)
    return cart if counted is cart.customer else cart.of_customer(counted)


def guest_hash(company: Company, guest_key: str) -> str:
    """Hash a guest's key under the company's secret; two spellings of one e-mail are one guest."""
    digest = hmac.new(company.guest_secret, code_form(guest_key).encode(), hashlib.sha256)
    return digest.hexdigest()[:32]


def customer_key(customer: Customer | None) -> str | None:
    """Return what a customer's uses are counted under, or None for someone unknown."""
    if customer is None:
        return None
    if customer.id is not None:
        return f"customer:{customer.id}"
    return f"guest:{customer.guest}" if customer.guest is not None else None
