"""Value stores that many checkouts hold at once: what one holds is promised once, on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from promo_contracts.company.models import HoldRequest, Redemption, SettleRequest
from promo_contracts.lightrail.models import CustomerCreate
from promo_server.redemption import Event
from promo_server.services.context import Context
from promo_server.services.lightrail.audit import unbalanced
from promo_server.services.lightrail.customers import create_customer
from promo_server.services.redemptions import hold, settle
from promo_server.services.rulesets import Rulesets
from tests.promo_server.at_once import two_servers
from tests.promo_server.services.lightrail.books import HOLDER, balances, store

SHOPPERS = 64


def shop_all(contexts: list[Context], customer: str | None, *codes: str) -> list[Redemption]:
    """Let 64 shoppers hold a cart of 3.00 together, by two servers."""
    barrier = Barrier(SHOPPERS)
    rulesets = [Rulesets(context) for context in contexts]
    lines = [{"id": "l1", "sku": "TEA", "unit_price": 300}]
    who: Any = {"customer": {"id": customer}} if customer else {}
    cart = {"currency": "USD", "lines": lines, "codes": list(codes), **who}

    def one(number: int) -> Redemption:
        barrier.wait()
        request = HoldRequest.model_validate({"attempt": "a", "cart": cart})
        place = number % len(contexts)
        return hold(contexts[place], rulesets[place], HOLDER, f"o{number}", request)

    with ThreadPoolExecutor(SHOPPERS) as pool:
        return list(pool.map(one, range(SHOPPERS)))


def check_ledgers(context: Context, held: list[Redemption], before: int) -> None:
    """What the value stores lost is what the checkouts are granted, and what these charge less."""
    left = sum(balance or 0 for balance, _ in balances(context).values())
    paid = sum(one.evaluation["totals"]["credits"] for one in held)
    off = sum(one.evaluation["totals"]["items_discount"] for one in held)
    assert before - left == paid + off == sum(one.undiscounted - one.amount_due for one in held)
    with context.database.read() as connection:
        assert unbalanced(connection) == []


def test_64_shoppers_who_hold_one_code_never_overdraw_it(database: str) -> None:
    with two_servers(database) as contexts:
        store(contexts[0], "gift", value=1_000, code="GIFT", access="publicCode")
        held = shop_all(contexts, None, "gift")
        assert Counter(one.amount_due for one in held) == {0: 3, 200: 1, 300: 60}
        assert balances(contexts[0]) == {"gift": (0, None)}
        check_ledgers(contexts[0], held, 1_000)


def test_64_checkouts_of_one_customer_share_all_value_stores_and_a_release_is_whole(database: str) -> None:
    with two_servers(database) as contexts:
        create_customer(contexts[0], HOLDER, CustomerCreate(customerId="alice"))
        store(contexts[0], "sign-up", value=500, customerId="alice", discount=True)
        store(contexts[0], "account", value=700, customerId="alice")
        held = shop_all(contexts, "alice")
        assert sum(one.undiscounted - one.amount_due for one in held) == 1_200
        check_ledgers(contexts[0], held, 1_200)
        for one in held:
            settle(contexts[0], HOLDER, one.reference, Event.RELEASE, SettleRequest())
        assert balances(contexts[0]) == {"account": (700, None), "sign-up": (500, None)}
