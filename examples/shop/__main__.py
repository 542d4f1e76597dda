"""Serve the shop: ``PROMO_API_KEY=… python -m examples.shop --api http://127.0.0.1:8000 --company grocer``."""

import argparse
import secrets
from pathlib import Path

import uvicorn

from examples.shop.app import create_app, create_promotions
from examples.shop.payments import Payments
from examples.shop.proof.dataset import load_dataset
from examples.shop.session import Sessions
from examples.shop.store import Store
from promo_middleware import Timing


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.shop", description="Serve the shop.")
    parser.add_argument("--api", required=True, help="the URL of the promotions API; its key is in PROMO_API_KEY")
    parser.add_argument("--company", required=True, help="the shop as the API knows it")
    parser.add_argument("--directory", type=Path, default=Path("shop-data"), help="where its files are kept")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--hold-timeout", type=float, default=2.0, help="seconds that a checkout waits for the API")
    options = parser.parse_args()

    options.directory.mkdir(parents=True, exist_ok=True)
    store = Store(options.directory / "shop.db")
    dataset = load_dataset()
    store.stock(dataset.products.values(), dataset.shipping, dataset.customers.values())
    payments = Payments(options.directory / "payments.db")
    sessions = Sessions(secrets.token_bytes())  # a real shop keeps its key: here a new start signs everyone out
    promotions = create_promotions(
        options.api,
        company_id=options.company,
        payments=payments,
        sessions=sessions,
        directory=options.directory / "promotions",
        timing=Timing(hold_timeout=options.hold_timeout),
    )
    app = create_app(store, payments, sessions, promotions)
    uvicorn.run(app, port=options.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
