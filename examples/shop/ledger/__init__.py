"""What every checkout should have cost: the rules of promotions once more, naively, for whoever audits the shop.

It shares no code with the product (the standard library is all it imports) and reads only the catalogue, the baskets,
the promotions as they were created and the order in which they were granted. Amounts are integer cents, every discount
is a positive amount off, fractions are exact until the one rounding of each promotion. It knows the rules that the
demo's promotions use; any other is a ``ValueError``, never a guess.
"""

from examples.shop.ledger.book import recompute
from examples.shop.ledger.checkout import SHIPPING, Bill, Checkout, Customer, Value
from examples.shop.ledger.offer import plain

__all__ = ["SHIPPING", "Bill", "Checkout", "Customer", "Value", "plain", "recompute"]
