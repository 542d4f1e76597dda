"""Whatever a shopper forges, they pay what an honest one pays, or nothing is sold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.tampering.attempts import ATTEMPTS, Attempt, as_bytes
from tests.tampering.market import FULL, MALLORY, SHELLS, SPRING, VICTIM, Market, a_cart, open_market

REFUSED = {404, 409, 422}


@pytest.fixture(scope="module", params=SHELLS)
def market(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with open_market(tmp_path_factory.mktemp("market"), request.param) as market:
        yield market


@pytest.fixture
def new_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with open_market(tmp_path_factory.mktemp("market"), "asgi") as market:
        yield market


def make(browser: httpx.Client, *codes: str) -> str:
    """Make an honest cart; return its path."""
    answer = browser.post("/carts", json=a_cart(*codes))
    assert answer.status_code == 201, answer.text
    return f"/carts/{answer.json()['id']}"


def total(browser: httpx.Client, path: str) -> int:
    shown: int = browser.get(path).json()["total"]
    return shown


def buy(browser: httpx.Client, path: str, seen: int) -> httpx.Response:
    return browser.post(f"{path}/checkout", json={"total": seen})


def test_there_are_more_attempts_than_anybody_asked_for() -> None:
    assert len(ATTEMPTS) >= 50


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_a_forged_purchase_is_an_honest_one_or_none(market: Market, attempt: Attempt) -> None:
    before = len(market.payments.charges())
    browser = market.browser(MALLORY)
    browser.headers.update(attempt.headers)
    made = browser.post("/carts", content=attempt.body)
    if made.status_code == 201:
        path = f"/carts/{made.json()['id']}"
        shown = total(browser, path)
        assert shown == (attempt.honest or FULL)
        seen = {"total": shown} if attempt.seen is None else attempt.seen
        made = browser.post(f"{path}/checkout", content=as_bytes(seen))
    if attempt.honest is None:
        assert made.status_code in REFUSED
    else:
        assert (made.status_code, made.json()["total"]) == (201, attempt.honest)
    assert market.charged(before) == ([] if attempt.honest is None else [attempt.honest])


def test_a_price_that_somebody_else_was_shown_is_nobody_elses(market: Market) -> None:
    before = len(market.payments.charges())
    victim, mallory = market.browser(VICTIM), market.browser(MALLORY)
    path = make(victim, "GOLD30")
    seen = total(victim, path)
    answer = buy(mallory, path, seen)
    assert seen == 4193
    assert (answer.status_code, answer.json()["error"]) == (409, "total_changed")
    assert market.charged(before) == []


def test_a_session_whose_parts_are_of_two_people_is_nobodys(market: Market) -> None:
    victim, mallory = market.browser(VICTIM), market.browser(MALLORY)
    claims, signature = victim.cookies["session"].split(".")[0], mallory.cookies["session"].split(".")[1]
    guest = market.browser()
    guest.cookies.set("session", f"{claims}.{signature}")
    assert total(guest, make(guest, "GOLD30")) == FULL


def test_a_cookie_that_is_played_again_brings_no_use_back(new_market: Market) -> None:
    mallory = new_market.browser(MALLORY)
    old = mallory.cookies["session"]
    path = make(mallory, "MINE50")
    assert buy(mallory, path, total(mallory, path)).json()["total"] == 2995
    again = new_market.browser()
    again.cookies.set("session", old)
    second = make(again, "MINE50")
    assert buy(again, second, 2995).status_code == 409
    assert (total(again, second), new_market.charged()) == (FULL, [2995])


def test_who_signs_in_again_or_not_at_all_has_no_more_uses(new_market: Market) -> None:
    mallory = new_market.browser(MALLORY)
    path = make(mallory, "MINE50")
    buy(mallory, path, total(mallory, path))
    for card in (MALLORY, None):
        browser = new_market.browser(card)
        assert buy(browser, make(browser, "MINE50"), 2995).status_code == 409
    assert new_market.charged() == [2995]


def test_a_cart_is_sold_once_whoever_sends_its_checkout_again(market: Market) -> None:
    before = len(market.payments.charges())
    mallory = market.browser(MALLORY)
    path = make(mallory, "SPRING20")
    statuses = [buy(browser, path, SPRING).status_code for browser in (mallory, mallory, market.browser(VICTIM))]
    assert (statuses, market.charged(before)) == ([201, 409, 409], [SPRING])


def test_a_checkout_that_was_sold_takes_no_more_codes(market: Market) -> None:
    before = len(market.payments.charges())
    mallory = market.browser(MALLORY)
    path = make(mallory)
    buy(mallory, path, FULL)
    mallory.post(f"{path}/codes", json={"codes": ["SPRING20"]})
    assert buy(mallory, path, SPRING).status_code == 409
    assert market.charged(before) == [FULL]


def test_of_many_that_race_for_the_last_use_one_has_it(new_market: Market) -> None:
    browsers = [new_market.browser() for _ in range(8)]
    paths = [make(browser, "LAST90") for browser in browsers]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(buy, browsers, paths, [599] * 8))
    assert sorted(one.status_code for one in answers) == [201] + [409] * 7
    assert new_market.charged() == [599]


@pytest.mark.parametrize("path", ["{}/checkout/", "/x{}/checkout", "{}//checkout", "{}/checkout;x", "{}/CHECKOUT"])
def test_a_path_beside_the_checkout_sells_nothing(market: Market, path: str) -> None:
    before = len(market.payments.charges())
    mallory = market.browser(MALLORY)
    answer = mallory.post(path.format(make(mallory)), json={"total": 1})
    assert answer.status_code in {307, 308, 404, 405}
    assert market.charged(before) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_on_the_checkout_sells_nothing(market: Market, method: str) -> None:
    before = len(market.payments.charges())
    mallory = market.browser(MALLORY)
    answer = mallory.request(method, f"{make(mallory)}/checkout", json={"total": 1})
    assert (answer.status_code, market.charged(before)) == (405, [])


def test_what_was_charged_in_all_of_this_is_what_the_api_has_confirmed(new_market: Market) -> None:
    mallory = new_market.browser(MALLORY)
    for codes in ((), ("SPRING20",), ("MINE50",)):
        path = make(mallory, *codes)
        buy(mallory, path, total(mallory, path))
    for _ in range(4):
        new_market.middleware.delivery.work()
    confirmed = [one.charged for one in new_market.client.redemptions.iterate() if one.state == "confirmed"]
    assert sorted(filter(None, confirmed)) == sorted(new_market.charged()) == [2995, SPRING, FULL]
