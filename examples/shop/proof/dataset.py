"""The grocer's data: a catalogue, cards, promotions as the merchant creates them, baskets as shoppers filled them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "data" / "baskets.json"
NOT_IN_BODY = {"campaign", "start_day", "end_day"}

CUSTOMER = "cus_123"
"""A customer of whom the data knows nothing yet; what is hers is in ``seed.py``."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """Products and customers by id; what shipping costs, by method, from so many units on.

    A promotion is the body of its create call, with its campaign's index, start and end day.
    """

    products: Mapping[str, Json]
    customers: Mapping[str, Json]
    shipping: Sequence[Json]
    campaigns: Sequence[Json]
    promotions: Sequence[Json]
    baskets: Sequence[Json]

    def shipping_price(self, method: str, units: int) -> int:
        """Return what a method costs for so many units, in cents."""
        steps = [one for one in self.shipping if one["method"] == method and one["from_units"] <= units]
        price: int = max(steps, key=lambda one: one["from_units"])["price"]
        return price


def load_dataset(baskets: int | None = None) -> Dataset:
    """Load the data, with only the first so many baskets if a number is given."""
    data = json.loads(PATH.read_text(encoding="utf-8"), parse_float=Decimal)
    alice = {"customer_id": CUSTOMER, "loyalty_tier": None, "order_count": 0}
    return Dataset(
        products={product["product_id"]: product for product in data["products"]},
        customers={customer["customer_id"]: customer for customer in [*data["customers"], alice]},
        shipping=data["shipping"],
        campaigns=data["campaigns"],
        promotions=data["promotions"],
        baskets=data["baskets"][:baskets],
    )


def body_of(promotion: Json) -> dict[str, Any]:
    """Return the body of a promotion's create call; its schedule is still to come."""
    return {name: value for name, value in promotion.items() if name not in NOT_IN_BODY}
