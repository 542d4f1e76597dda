"""Promotions without an API: rules from a file, holds granted here, one reference one order."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from promo_middleware import Clock, ConfigurationError, Outbox, Promotions, Step
from promo_middleware.request import SyncRequestPromotions
from tests.promo_middleware.conftest import MAPPING, TIMING, Shop, a_cart, is_delivered, until

SPRING = {"id": "spring", "type": "percentage_discount", "rules": {"discount_value": 20}, "code": "SPRING20"}
FIVE_DOLLARS = """{"currency": "USD", "promotions": [
    {"id": "five", "type": "fixed_amount_discount", "rules": {"discount_value": 5.00}}]}"""


def rules(path: Path, *promotions: dict[str, Any], **fields: Any) -> Path:
    path.write_text(json.dumps({"currency": "USD", "promotions": promotions} | fields))
    return path


@asynccontextmanager
async def opened(folder: Path, shop: Shop, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Promotions]]:
    promotions = Promotions(
        rules=folder / "promotions.json",
        carts=["GET /carts/{cart}"],
        checkouts=["POST /carts/{cart}/checkout"],
        mapping=MAPPING,
        directory=folder / "data",
        timing=replace(TIMING, refresh=0.02),
        **settings,
    )
    transport = httpx.ASGITransport(shop.app(promotions), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as http:
            yield http, promotions
    finally:
        promotions.close()


async def test_a_cart_is_shown_held_and_charged_without_any_api(tmp_path: Path) -> None:
    rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with opened(tmp_path, shop) as (http, promotions):
        shown = (await http.get("/carts/c1")).json()["total"]
        ordered = await http.post("/carts/c1/checkout")
        again = await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert (shown, ordered.json()["total"], shop.charges) == (4792, 4792, [("c1", 4792)])
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")


async def test_rules_stay_fresh_when_the_clock_is_set_back(tmp_path: Path) -> None:
    path, now = rules(tmp_path / "promotions.json"), [10_000.0]
    async with opened(tmp_path, Shop(), clock=Clock(seconds=lambda: now[0])) as (_, promotions):
        promotions.start()
        await until(lambda: promotions.subscription.ruleset is not None)
        now[0] -= 3_600
        rules(path, SPRING)
        await until(lambda: "spring" in promotions.pricing.ruleset.promotions)


async def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with opened(tmp_path, shop) as (http, promotions):
        assert (await http.get("/carts/c1")).json()["total"] == 4792
        before = promotions.pricing.ruleset.revision
        rules(path, SPRING | {"rules": {"discount_value": 10}})
        await until(lambda: promotions.pricing.ruleset.revision != before)
        assert (await http.get("/carts/c1")).json()["total"] == 5391


async def test_a_file_that_broke_leaves_the_last_good_rules(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with opened(tmp_path, shop) as (http, _):
        assert (await http.get("/carts/c1")).json()["total"] == 4792
        path.write_text("{")
        await until(lambda: "is not JSON" in caplog.text)
        assert (await http.post("/carts/c1/checkout")).json()["total"] == 4792


async def test_a_total_that_rose_between_show_and_hold_is_told(tmp_path: Path) -> None:
    path = rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with opened(tmp_path, shop) as (http, promotions):
        await http.get("/carts/c1")
        shop.carts["c1"]["shown"] = 4792
        before = promotions.pricing.ruleset.revision
        rules(path)
        await until(lambda: promotions.pricing.ruleset.revision != before)
        with pytest.raises(Exception, match=r"The amount due is 5990, above the 4792 that was shown"):
            promotions.checkouts.hold(promotions.cart_of(shop.carts["c1"]), reference="c1", attempt="1", shown=4792)
        assert not promotions.outbox.entries()


async def test_a_crash_after_the_charge_is_settled_by_the_shops_order_lookup(tmp_path: Path) -> None:
    rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=lambda: 1 // 0)  # type: ignore[arg-type]
    async with opened(tmp_path, shop, order_lookup=shop.order_lookup) as (http, promotions):
        assert (await http.post("/carts/c1/checkout")).status_code == 500
        await until(is_delivered(promotions))
        assert (await http.post("/carts/c1/checkout")).json()["error"] == "checkout_closed"
    assert shop.charges == [("c1", 4792)]


async def test_a_doubt_without_a_lookup_stays_for_an_operator(tmp_path: Path) -> None:
    rules(tmp_path / "promotions.json", SPRING)
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=lambda: 1 // 0)  # type: ignore[arg-type]
    async with opened(tmp_path, shop) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(lambda: [one.step for one in promotions.outbox.entries()] == [Step.REJECTED])
        assert "neither an API nor an order_lookup" in promotions.outbox.entries()[0].why
        assert (await http.post("/carts/c1/checkout")).json()["error"] == "checkout_closed"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("{", "is not JSON"),
        ({"promotions": [SPRING]}, r"promotions\[0\].currency: is required"),
        (FIVE_DOLLARS, r"promotions\[0\].rules.discount_value: .* whole minor units: 5.00 USD is 500, not 5.00"),
        ([SPRING | {"rules": {"discount_value": 200}}], r"promotions\[0\].rules.discount_value"),
        ([SPRING | {"type": "percent"}], r"promotions\[0\].type"),
        (
            [SPRING | {"limits": {"total": 5}}],
            "promotion spring: has a usage limit or a budget, which only an API counts",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_field(tmp_path: Path, content: Any, said: str) -> None:
    path = tmp_path / "promotions.json"
    if isinstance(content, list):
        rules(path, *content)
    elif content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ConfigurationError, match=said) as caught:
        Promotions(rules=path, directory=tmp_path)
    assert str(path) in str(caught.value)


def test_without_an_api_there_must_be_rules(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="give either api, a promotions API, or rules"):
        Promotions(directory=tmp_path)


def test_a_hold_is_left_standing_only_where_an_api_keeps_it(tmp_path: Path) -> None:
    path = rules(tmp_path / "promotions.json", SPRING)
    with pytest.raises(ConfigurationError, match="settle='later' needs an API that keeps the hold"):
        Promotions(rules=path, settle="later", directory=tmp_path)


class Watched(Outbox):
    """An outbox that notes how each of its transactions is written."""

    def __init__(self, path: Path) -> None:
        self.written: list[int] = []
        super().__init__(path)

    @contextmanager
    def _transaction(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        with super()._transaction(is_durable=is_durable) as connection:
            self.written.append(connection.execute("PRAGMA synchronous").fetchone()[0])
            yield connection


@pytest.mark.parametrize(("is_alone", "level"), [(True, 2), (False, 1)])
def test_a_hold_that_nobody_else_knows_is_written_through(tmp_path: Path, is_alone: bool, level: int) -> None:
    with closing(Watched(tmp_path / "outbox.db")) as outbox:
        outbox.open("c1", "1", now=0, lease=60)
        outbox.granted("c1", "1", amount_due=1, undiscounted=1, is_alone=is_alone)
        assert outbox.written[-1] == level


def test_all_holds_of_a_request_are_one_attempt_whatever_thread_asks(tmp_path: Path) -> None:
    promotions = Promotions(rules=rules(tmp_path / "promotions.json", SPRING), mapping=MAPPING, directory=tmp_path)
    cart, threads = promotions.cart_of(a_cart("SPRING20")), 4
    together = Barrier(threads)
    with closing(promotions), ThreadPoolExecutor(threads) as pool:
        for reference in map(str, range(20)):
            request = SyncRequestPromotions(promotions, None)

            def hold(name: str = reference, by: SyncRequestPromotions = request) -> tuple[str, int]:
                together.wait(10)
                held = by.hold(reference=name, cart=cart)
                return held.attempt, held.amount_due

            held = {one.result() for one in [pool.submit(hold) for _ in range(threads)]}
            assert {due for _, due in held} == {4792}
            assert len(held) == 1
