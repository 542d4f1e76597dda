"""What a shopper sends in order to pay less: each is a whole purchase with one thing forged.

``honest`` is what an honest shopper pays for the same; None: nobody would get that far.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.tampering.market import FULL, SPRING, a_cart

MILK = {"product_id": "MILK", "quantity": 1}
TEA = {"product_id": "TEA", "quantity": 1}


@dataclass(frozen=True)
class Attempt:
    """A cart that is made, headers on every request, and the total that the checkout claims to have seen."""

    new: Mapping[str, Any] | bytes = field(default_factory=a_cart)
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, Any] | bytes | None = None
    honest: int | None = FULL

    @property
    def body(self) -> bytes:
        """What makes the cart."""
        return as_bytes(self.new)


def as_bytes(content: Mapping[str, Any] | bytes) -> bytes:
    """Return bytes as they are, and anything else as JSON."""
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def quantity(raw: str) -> bytes:
    """Return a cart with milk in a quantity that JSON may hardly have."""
    return b'{"lines": [{"product_id": "MILK", "quantity": %s}, {"product_id": "TEA", "quantity": 1}]}' % raw.encode()


def milk(**more: Any) -> Mapping[str, Any]:
    """Return a cart whose milk says more of itself."""
    return a_cart(lines=[MILK | more, TEA])


IN_THE_CART = {
    "a price of a line": Attempt(milk(unit_price=1)),
    "a negative price": Attempt(milk(unit_price=-4990, line_total=-4990)),
    "a total of a line": Attempt(milk(line_total=1, price=1)),
    "a total of the cart": Attempt(a_cart(total=1, discount=5989)),
    "a block of promotions": Attempt(a_cart(promotions={"totals": {"amount_due": 1}})),
    "a discount of the shop's own": Attempt(a_cart(own_discounts=[5000], voucher=-5000)),
    "a currency that is worth less": Attempt(a_cart(currency="JPY")),
    "a checkout's reference": Attempt(a_cart(checkout_id="checkout-of-somebody", id="mine")),
    "a customer with a tier": Attempt(a_cart("GOLD30", customer="7", loyalty_tier="gold", segments=["staff"])),
    "free shipping": Attempt(a_cart(shipping={"method": "delivery", "price": 0}), honest=None),
    "shipping of a negative price": Attempt(a_cart(shipping="-495"), honest=None),
    "a line that is paid back": Attempt(a_cart(lines=[MILK, TEA | {"quantity": -4}]), honest=None),
    "nothing of something": Attempt(milk(quantity=0), honest=None),
    "half a bottle": Attempt(quantity("0.5"), honest=None),
    "a quantity that overflows": Attempt(quantity("18446744073709551617"), honest=None),
    "a quantity that is no number": Attempt(quantity("NaN"), honest=None),
    "endless milk": Attempt(quantity("1e999"), honest=None),
    "a quantity twice, the last one counts": Attempt(quantity('100, "quantity": 1')),
    "lines twice, the last ones count": Attempt(b'{"lines": [], ' + as_bytes(a_cart())[1:]),
    "a code twice in two spellings": Attempt(a_cart("SPRING20", "spring20", " Spring20 "), honest=SPRING),
    "a code that nobody gave out": Attempt(a_cart("SPRING99", "ADMIN", "*", "%")),
    "a code with a header in it": Attempt(a_cart("SPRING99\r\nPromo-Total: 1")),
    "a code that ends a statement": Attempt(a_cart("' OR 1=1 --", "x'; DROP TABLE carts")),
    "more codes than a cart takes": Attempt(a_cart(*(f"CODE{n}" for n in range(99))), honest=None),
    "a code of a megabyte": Attempt(a_cart("A" * 1_048_576), honest=None),
    "a body of five megabytes": Attempt(a_cart(note="x" * 5_000_000)),
    "a body as deep as the sea": Attempt(b'{"lines": ' + b"[" * 100_000, honest=None),
    "a body that is cut off": Attempt(as_bytes(a_cart())[:-9], honest=None),
}
IN_A_HEADER = {
    "an amount of ours": Attempt(headers={"Promo-Amount-Due": "1", "Promo-Total": "1"}),
    "a customer of ours": Attempt(a_cart("GOLD30"), {"Promo-Customer": "7", "Promo-Loyalty-Tier": "gold"}),
    "a customer of ours, misspelt": Attempt(a_cart("GOLD30"), {"PROMO_CUSTOMER": "7", "promo_tier": "gold"}),
    "an attempt of ours": Attempt(headers={"Promo-Attempt": "0" * 32, "Idempotency-Key": "mine"}),
    "a session that nobody signed": Attempt(a_cart("GOLD30"), {"Cookie": "session=eyJpZCI6ICI3In0=.0"}),
    "a session without a signature": Attempt(a_cart("GOLD30"), {"Cookie": "session=eyJpZCI6ICI3In0="}),
    "two sessions": Attempt(a_cart("GOLD30"), {"Cookie": 'session="; session=eyJpZCI6ICI3In0=.0; $Path=/'}),
    "a key of the shop": Attempt(a_cart("GOLD30"), {"Authorization": "Bearer promo_admin", "X-Api-Key": "promo_"}),
    "another method": Attempt(headers={"X-HTTP-Method-Override": "DELETE"}),
    "another path": Attempt(headers={"X-Original-URL": "/orders", "X-Rewrite-URL": "/orders"}),
    "a body of another encoding": Attempt(headers={"Content-Encoding": "gzip"}),
    "a piece of the answer": Attempt(a_cart("SPRING20"), {"Range": "bytes=0-40"}, honest=SPRING),
    "an answer of long ago": Attempt(a_cart("SPRING20"), {"If-None-Match": "*", "If-Range": "x"}, honest=SPRING),
    "an answer that is packed": Attempt(a_cart("SPRING20"), {"Accept-Encoding": "gzip, br"}, honest=SPRING),
}
IN_THE_CHECKOUT = {
    "a total that was never shown": Attempt(seen={"total": 1}, honest=None),
    "a negative total": Attempt(seen={"total": -5990}, honest=None),
    "a total in euros": Attempt(seen={"total": 59.90}, honest=None),
    "no total": Attempt(seen={}, honest=None),
    "a total twice, the last one counts": Attempt(seen=b'{"total": 99999, "total": 1}', honest=None),
    "a total above what is due": Attempt(seen={"total": 10**9}),
    "an amount to charge": Attempt(seen={"total": FULL, "amount_due": 1, "charged": 1, "shown": 1}),
    "a reference of somebody else": Attempt(seen={"total": FULL, "reference": "checkout-1", "cart": "c1"}),
    "a hold": Attempt(seen={"total": FULL, "hold": {"amount_due": 1}, "evaluation": {"totals": {"amount_due": 1}}}),
}
ATTEMPTS = {
    f"{name}, {where}": attempt
    for where, attempts in (
        ("in the cart", IN_THE_CART),
        ("in a header", IN_A_HEADER),
        ("in the checkout", IN_THE_CHECKOUT),
    )
    for name, attempt in attempts.items()
}
