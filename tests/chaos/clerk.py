"""A worker of the shop, in a process of its own: it serves shoppers until there are none, or it dies."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from promo_middleware import CartMapping, Clock, Promotions, PromotionsMiddleware, Timing
from promo_middleware.api import ApiPort
from promo_middleware.wsgi import PromotionsMiddleware as WsgiMiddleware
from promo_sdk import PromotionsClient
from tests.chaos.stall import Stall, asgi, wsgi
from tests.chaos.warm import TYPES
from tests.scenarios.shop import AsgiTransport, WsgiTransport

LEASE = 2
"""Seconds that a checkout may run: the shortest that there is, and a retry still has a chance."""
CHARGE_TIMEOUT = 1.0
HOLD_TIMEOUT = 0.6
LOOKS = 4
"""So often does a shopper look again who was told that the total has changed."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker stands: the shop's folder, the way to its API, and by which shell it serves."""

    folder: Path
    url: str
    company_id: str
    key: str
    seed: int
    has_lookup: bool
    is_asgi: bool = True


class DoomedPort(ApiPort):
    """The way to the API, on which a worker may die."""

    def __init__(self, post: Post, stall: Stall) -> None:
        """Take what makes a client."""
        super().__init__(
            lambda: PromotionsClient(post.url, company_id=post.company_id, api_key=post.key, retries=0),
            entitlements_timeout=0.15,
            hold_timeout=HOLD_TIMEOUT,
        )
        self._stall = stall

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        """Confirm, and maybe die before it or after."""
        self._stall.die(reference, "before the confirm")
        super().confirm(reference, attempt, charged)
        self._stall.die(reference, "after the confirm")


def serve(post: Post) -> None:
    """Serve shoppers until nobody is left."""
    logging.disable()
    stall = Stall(post.folder, post.seed)
    promotions = promotions_of(post, stall)
    app: Any = (
        PromotionsMiddleware(asgi(stall), promotions) if post.is_asgi else WsgiMiddleware(wsgi(stall), promotions)
    )
    transport = AsgiTransport(app) if post.is_asgi else WsgiTransport(app)
    with httpx.Client(transport=transport, base_url="http://stall") as http:
        while (number := stall.next()) is not None:
            stall.done(number, _shop(http, f"/carts/r{number}"))
    promotions.close()


def promotions_of(post: Post, stall: Stall, watch: Callable[[], float] = time.time) -> Promotions:
    """Make the shop's promotions; a watch that is ahead makes what is to be done later due now."""
    return Promotions(
        DoomedPort(post, stall),
        company_id=post.company_id,
        api_key=post.key,
        carts=["GET /carts/{cart}"],
        checkouts=["POST /carts/{cart}/checkout"],
        mapping=CartMapping(codes="codes", customer_id="customer", order_total="total"),
        order_lookup=stall.payments.charged if post.has_lookup else None,
        directory=post.folder / "promotions",
        timing=Timing(
            refresh=0.3,
            hold_timeout=HOLD_TIMEOUT,
            entitlement_lifetime=1.0,
            lease=LEASE,
            lookup_after=0.1,
            charge_timeout=CHARGE_TIMEOUT,
        ),
        clock=Clock(seconds=watch),
        types=TYPES,
    )


def _shop(http: httpx.Client, path: str) -> str:
    """Look at a cart and check out, again while its total changes; return what was heard last."""
    said = ""
    for _ in range(LOOKS):
        http.get(path)
        answer = http.post(f"{path}/checkout")
        said = str(answer.status_code) if answer.status_code != 409 else str(answer.json()["error"])
        if said != "total_changed":
            break
    return said
