"""Play the same purchase in a stock shop and in the one with promotions, and hold what was shown to what was stored.

Ends with 1, and says why, when what was shown is not what was held, charged and stored.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from examples.oscar_shop.installation import folder_with_oscar
from examples.oscar_shop.visit import Json, OpenShop, Shopper, open_shop
from examples.shop.proof.books import wait_for_delivery
from examples.shop.proof.servers import ROOT, python
from examples.shop.proof.stage import COMPANY, Api, promotions_api
from promo_sdk import PromotionsClient

PROMOTIONS: list[dict[str, Any]] = [
    {
        "promotion_name": "20 % off mugs, once",
        "promotion_type": "percentage_discount",
        "discount_rules": {"discount_value": 20, "applicable_items": ["MUG"]},
        "usage_limits": {"total_usage_limit": 1},
    },
    {
        "promotion_name": "Three teas for two",
        "promotion_type": "buy_x_get_y",
        "discount_rules": {"buy_quantity": 2, "get_quantity": 1, "applicable_items": ["TEA"]},
    },
]


def main() -> int:
    """Run all of it; return the exit code."""
    oscar = folder_with_oscar()
    with TemporaryDirectory(prefix="fairtill-oscar-") as folder, promotions_api(Path(folder)) as api:
        env = {
            "PYTHONPATH": os.pathsep.join([str(oscar), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "PROMO_API": api.server.url,
            "PROMO_API_KEY": api.shop_key,
            "PROMO_COMPANY": COMPANY,
        }
        with api.client() as client:
            promote(client)
        return play(Path(folder), api, env)


def play(folder: Path, api: Api, env: dict[str, str]) -> int:
    """Buy before and after; return the exit code."""
    fill_shelves(folder / "stock", env)
    shutil.copytree(folder / "stock", folder / "promoted")
    with open_shop("stock", folder / "stock", env) as shop:
        wrong = list(buy(shop, "before"))
    with open_shop("promoted", folder / "promoted", env) as shop, api.client() as client:
        with Shopper(shop.server.url) as slow:
            slow.fill()
            seen = slow.basket()
            wrong += [*buy(shop, "after"), *compare(shop, client), *be_told(shop, slow, seen)]
        wrong += [line for line in shop.server.log.read_text().splitlines() if "ERROR" in line]
    for mistake in wrong:
        print(f"WRONG: {mistake}")
    print("WRONG" if wrong else "What was shown is what was held, charged and stored.")
    return 1 if wrong else 0


def fill_shelves(directory: Path, env: dict[str, str]) -> None:
    """Make the shop's database."""
    directory.mkdir()
    where = {"OSCAR_SHOP": str(directory), "DJANGO_SETTINGS_MODULE": "examples.oscar_shop.stock"}
    command = python("examples.oscar_shop.shelf")
    subprocess.run(command, cwd=ROOT, env={**os.environ, **env, **where}, check=True)  # noqa: S603


def promote(client: PromotionsClient) -> None:
    """Create the merchant's promotions."""
    campaign, now = client.campaigns.create(name="Spring").id, datetime.now(UTC)
    schedule = {"start_date": now, "end_date": now + timedelta(days=30)}
    common: dict[str, Any] = {"description": "", "auto_apply": True, "stackable": True, "schedule": schedule}
    for promotion in PROMOTIONS:
        client.promotions.create(campaign, **common, **promotion)


def buy(shop: OpenShop, when: str) -> Iterator[str]:
    """Fill a basket, look, check out; print it, and yield what does not agree."""
    with Shopper(shop.server.url) as shopper:
        shopper.fill()
        basket = shopper.basket()
        answer = shopper.check_out(basket)
    if answer.status_code != 200:
        yield f"{when}: the checkout was answered {answer.status_code}: {answer.text}"
        return
    [order] = shop.orders()
    show(when, basket, order)
    totals = {basket["total_incl_tax"], answer.json()["total_incl_tax"], order["total"]}
    if len(totals) > 1:
        yield f"{when}: shown, answered and stored are {totals}"
    shown_lines = [line["price_incl_tax"] for line in basket["lines"]]
    if shown_lines != [after for _, _, after in order["lines"]]:
        yield f"{when}: the lines were shown as {shown_lines}, stored as {order['lines']}"


def show(when: str, basket: Json, order: Json) -> None:
    """Print one purchase."""
    print(f"{when}\n  {'':6}{'quantity':>9}{'full':>9}{'shown':>9}{'stored':>9}")
    for line, (sku, full, stored) in zip(basket["lines"], order["lines"], strict=True):
        print(f"  {sku:6}{line['quantity']:9}{full:>9}{line['price_incl_tax']:>9}{stored:>9}")
    print(f"  {'total':24}{basket['total_incl_tax']:>9}{order['total']:>9}   Oscar's order {order['number']}")
    for name, amount in order["discounts"].items():
        print(f"    {name}: {amount}")


def compare(shop: OpenShop, client: PromotionsClient) -> Iterator[str]:
    """Hold Oscar's order to the API's redemption."""
    wait_for_delivery(client, 1)
    [order] = shop.orders()
    redemption = client.redemptions.get(order["number"])
    cents = round(float(order["total"]) * 100)
    print(f"  redemption {redemption.reference}: {redemption.state}, {redemption.charged} cents charged\n")
    if (redemption.state, redemption.amount_due, redemption.charged) != ("confirmed", cents, cents):
        yield f"the redemption is {redemption}"


def be_told(shop: OpenShop, slow: Shopper, seen: Json) -> Iterator[str]:
    """Check out a basket whose promotion somebody else has used up since it was shown: nothing may be ordered."""
    answer = slow.check_out(seen)
    now = slow.basket()["total_incl_tax"]
    print(f"somebody slower, who saw {seen['total_incl_tax']}: {answer.status_code} {answer.json().get('error')}")
    print(f"  looks again: {now}; orders stored: {len(shop.orders())}\n")
    if answer.status_code != 409 or len(shop.orders()) != 1 or now == seen["total_incl_tax"]:
        yield f"who saw {seen['total_incl_tax']} was answered {answer.status_code}: {answer.text}"


if __name__ == "__main__":
    sys.exit(main())
