"""The four ledgers of one run: the API's, the shop's, the payment provider's, and the recomputation."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from examples.shop.ledger import Bill, Checkout, Customer, recompute
from examples.shop.proof.dataset import Dataset, Json
from examples.shop.proof.load import Visit
from examples.shop.proof.seed import VALUES, ledger_of
from promo_sdk import PromotionsClient

DELIVERY_SECONDS = 60


@dataclass(frozen=True)
class Books:
    """Everything that the comparison looks at; amounts are cents, but for the API's metrics.

    ``redemptions`` and ``metrics`` (promotions by id) are the API's answers, ``orders`` the shop's, ``charges`` the
    payment provider's, ``bills`` the recomputation of ``grants``, which stand in the order in which they were granted;
    ``shown`` is what each shopper last saw. ``held_values`` is what the value stores hold in the end, ``taken_values``
    what each checkout took of them, as their own ledger has it.
    """

    redemptions: Sequence[Any]
    metrics: Mapping[str, Any]
    orders: Sequence[Json]
    charges: Sequence[tuple[str, int]]
    grants: Sequence[Checkout]
    bills: Sequence[Bill]
    shown: Mapping[str, int]
    held_values: Mapping[str, int]
    taken_values: Mapping[str, Mapping[str, int]]


def read_books(
    client: PromotionsClient,
    orders: Sequence[Json],
    charges: Sequence[tuple[str, int]],
    dataset: Dataset,
    promotions: Mapping[str, Json],
    visits: Sequence[Visit],
    zone: ZoneInfo,
) -> Books:
    """Read the API's ledger and compute the fourth; ``promotions`` are the created ones by the API's ids."""
    redemptions = list(client.redemptions.iterate(per_page=100))
    grants = grants_of(redemptions, {visit.order["reference"]: visit.basket for visit in visits}, dataset, zone)
    campaigns = list(client.campaigns.iterate())
    held_values, taken_values = ledger_of(client)
    return Books(
        redemptions=redemptions,
        metrics={one.promotion_id: one for campaign in campaigns for one in client.promotions.iterate(campaign.id)},
        orders=orders,
        charges=charges,
        grants=grants,
        bills=recompute(dataset.products, promotions, grants, VALUES.values()),
        shown={visit.order["reference"]: visit.cart["total"] for visit in visits},
        held_values=held_values,
        taken_values=taken_values,
    )


def grants_of(
    redemptions: Iterable[Any], baskets: Mapping[str, Json], dataset: Dataset, zone: ZoneInfo
) -> list[Checkout]:
    """Return what was granted and kept, in the order of the grants: the API lists redemptions so."""
    return [
        checkout_of(baskets[one.reference], dataset, one.reference, one.held_at.astimezone(zone).date().isoformat())
        for one in redemptions
        if one.state == "confirmed" and one.reference in baskets
    ]


def checkout_of(basket: Json, dataset: Dataset, reference: str, day: str) -> Checkout:
    """Return a basket as it was sent, with what the data says of card and shipping: not what API or shop remember."""
    lines = [(line["product_id"], line["quantity"]) for line in basket["lines"]]
    card = dataset.customers.get(basket["customer_id"])
    price = dataset.shipping_price(basket["shipping"], sum(quantity for _, quantity in lines))
    return Checkout(
        reference=reference,
        customer=Customer(card["customer_id"], card["loyalty_tier"], card["order_count"]) if card else None,
        day=day,
        lines=lines,
        codes=basket["codes"],
        shipping=(basket["shipping"], price),
    )


def wait_for_delivery(client: PromotionsClient, checkouts: int) -> float:
    """Wait until the shop's middleware has confirmed its checkouts to the API; return the seconds that it took."""
    started = time.monotonic()
    while time.monotonic() < started + DELIVERY_SECONDS:
        page = client.redemptions.list(state="confirmed", per_page=1)
        if page.pagination.total_items >= checkouts:
            break
        time.sleep(0.05)
    return time.monotonic() - started
