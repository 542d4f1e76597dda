"""Play a grocer's day: 500 real baskets through a real shop, and four ledgers that must agree to the cent.

The demo starts the promotions API on a fresh SQLite file and the shop beside it, on free loopback ports. It creates
the grocer's campaigns and promotions through the SDK and sends every basket through the shop over HTTP, by 8 shoppers
at once: show a card or come as a guest, fill a cart, look at it, check out. A shopper whose total has changed by then
is told, looks again, accepts.

After them a guest pays a part by the secret code of a gift card. Then the customer of the value-store seed comes,
``cus_123``, with her promotion for signing up, the same card and a public code; and again, when little is left of it.

Then it prints three carts in full, every promotion with its uses, what each of the six promotion types gave, the
promotions that ran into a limit, and the time that the middleware adds to a cart; and it compares what the API
counted, what the shop stored, what the payment provider charged, and what a second, naive implementation computes
from the catalogue's own prices (examples/shop/ledger/); each amount of a value store is traced to the charge.

Exit code: 0 when all agree and every promotion type was applied, else 1; it names every difference.
"""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import anyio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from examples.shop.proof import report
from examples.shop.proof.audit import differences, idle_types
from examples.shop.proof.books import read_books, wait_for_delivery
from examples.shop.proof.campaigns import create_campaigns
from examples.shop.proof.dataset import Dataset, Json, load_dataset
from examples.shop.proof.load import CLIENTS, Visit, shop_all, shop_in_turn
from examples.shop.proof.overhead import measure
from examples.shop.proof.seed import baskets_with_values, create_values
from examples.shop.proof.stage import COMPANY, TIME_ZONE, Api, RunningShop, bare_shop, grocer_shop, promotions_api
from promo_sdk import PromotionsClient

MEASURED_CARTS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 dev.py demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baskets", type=int, metavar="N", help="send only the first N of the 500 baskets")
    parser.add_argument("--keep", action="store_true", help="leave API and shop running until Ctrl-C, print their URLs")
    options = parser.parse_args(arguments)
    if options.baskets is not None and options.baskets < 1:
        parser.error("--baskets must be at least 1")

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    with TemporaryDirectory(prefix="fairtill-demo-") as directory:
        return 1 if run(console, Path(directory), load_dataset(options.baskets), keep=options.keep) else 0


def run(console: Console, directory: Path, dataset: Dataset, *, keep: bool) -> list[str]:
    """Start API and shop, play, stop them; return the differences."""
    with promotions_api(directory) as api, api.client() as client:
        promotions = create_campaigns(client, dataset, datetime.now(UTC))
        create_values(client)
        console.print(f"Created {len(promotions)} promotions in {len(dataset.campaigns)} campaigns.")
        with grocer_shop(directory / "shop", api) as shop:
            try:
                found = play(console, client, shop, dataset, promotions)
            finally:
                report.print_logs(console, [api.server.log, shop.server.log])
            if keep:
                wait(console, api, shop)
    return found


def play(
    console: Console, client: PromotionsClient, shop: RunningShop, dataset: Dataset, promotions: Mapping[str, Json]
) -> list[str]:
    """Shop, print, compare; return the differences."""
    visits = buy(console, shop.server.url, dataset)
    seeds = anyio.run(shop_in_turn, shop.server.url, baskets_with_values(dataset.baskets))
    visits += seeds
    seconds = wait_for_delivery(client, len(visits))
    console.print(f"The last checkout was confirmed to the API after {seconds:.2f} s.\n")
    zone = ZoneInfo(TIME_ZONE)
    books = read_books(client, shop.orders(), shop.charges(), dataset, promotions, visits, zone)
    for visit in report.carts_worth_showing(visits):
        report.print_cart(console, visit)
    report.print_cart(console, seeds[1])
    report.print_promotions(console, promotions, books)
    report.print_types(console, books)
    report.print_limits(console, visits, books)
    report.print_opportunities(console, visits)
    with bare_shop(shop) as bare:
        report.print_overhead(console, measure(bare.url, shop.server.url, visits[:MEASURED_CARTS]))
    report.print_values(console, seeds, books)
    report.print_ledgers(console, dataset, books)
    found = [*differences(books), *idle_types(books)]
    report.print_verdict(console, books, found)
    return found


def buy(console: Console, shop_url: str, dataset: Dataset) -> list[Visit]:
    """Send all baskets through the shop, with a progress bar where someone looks."""
    started = time.perf_counter()
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bar, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{CLIENTS} shoppers", total=len(dataset.baskets))
        visits = anyio.run(shop_all, shop_url, dataset.baskets, lambda: progress.advance(task))
    seconds = time.perf_counter() - started
    changed = sum(visit.changes > 0 for visit in visits)
    console.print(
        f"{len(visits)} baskets bought by {CLIENTS} shoppers at once in {seconds:.1f} s; {changed} were told at the"
        " checkout that their total had changed, looked again and accepted."
    )
    return visits


def wait(console: Console, api: Api, shop: RunningShop) -> None:
    """Leave everything running until Ctrl-C."""
    try:
        console.print(f"\nAPI   {api.server.url}/promotions/company/{COMPANY}/campaigns")
        console.print(f"      Authorization: Bearer {api.merchant_key}")
        console.print(f"shop  {shop.server.url}/orders\nBoth run until Ctrl-C.")
        signal.pause()
    except KeyboardInterrupt:
        console.print("Stopped.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started it in the background
    sys.exit(main())
