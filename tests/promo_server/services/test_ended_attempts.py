"""Attempts that are over: what they asked for and arrives late is refused, and takes nothing."""

import pytest

from promo_server.services.context import Context
from promo_server.services.ended_attempts import KEPT, forget_ended
from tests.promo_server.at_once import at_once, two_servers
from tests.promo_server.conftest import Api
from tests.promo_server.services.redemption_model import Cart, Hold, Report
from tests.promo_server.services.redemption_shop import OFFERS, Shop, Till


@pytest.mark.parametrize("event", ["confirm", "release", "doubt"])
async def test_a_hold_that_arrives_after_the_end_of_its_attempt_is_refused(api: Api, event: str) -> None:
    await api.promote(usage_limits={"total_usage_limit": 1})
    await api.settle("o1", event, attempt="a1", status=404)
    error = await api.hold("o1", attempt="a1", status=409)
    assert error["code"] == "REDEMPTION_CLOSED"
    assert "is over" in error["message"]
    await api.call("GET", "/redemptions/o1", status=404)
    assert (await api.hold("o2"))["amount_due"] == 4792


async def test_the_next_attempt_is_free(api: Api) -> None:
    await api.promote()
    await api.settle("o1", "release", attempt="a1", status=404)
    assert (await api.hold("o1", attempt="a2"))["state"] == "held"


async def test_a_report_that_names_no_attempt_ends_none(api: Api) -> None:
    await api.promote()
    await api.settle("o1", "release", status=404)
    assert (await api.hold("o1", attempt="a1"))["state"] == "held"


async def test_an_attempt_whose_place_another_took_does_not_take_it_back(api: Api) -> None:
    await api.promote()
    await api.hold("o1", attempt="a1", lease_seconds=0)
    await api.hold("o1", attempt="a2", lease_seconds=0)
    error = await api.hold("o1", attempt="a1", status=409)
    assert error["code"] == "REDEMPTION_CLOSED"
    assert (await api.settle("o1", "confirm", attempt="a2"))["state"] == "confirmed"


async def test_an_attempt_is_over_once_it_reports_while_another_holds(api: Api) -> None:
    await api.promote()
    await api.hold("o1", attempt="a2", lease_seconds=0)
    await api.settle("o1", "release", attempt="a1", status=409)
    assert (await api.hold("o1", attempt="a1", status=409))["code"] == "REDEMPTION_CLOSED"


async def test_it_is_forgotten_when_nothing_can_be_on_its_way_any_more(api: Api) -> None:
    await api.settle("o1", "release", attempt="a1", status=404)
    api.time.pass_by(seconds=KEPT.total_seconds() - 1)
    forget_ended(api.context)
    assert (await api.hold("o1", attempt="a1", status=409))["code"] == "REDEMPTION_CLOSED"
    api.time.pass_by(seconds=1)
    forget_ended(api.context)
    assert (await api.hold("o1", attempt="a1"))["state"] == "held"


def test_a_hold_and_the_end_of_its_attempt_at_once_leave_nothing_held(database: str) -> None:
    cart = Cart(10_000, tuple(one.code for one in OFFERS), "c1")
    with two_servers(database) as contexts:
        shop = Shop(contexts[0], "busy")

        def ask(context: Context, number: int) -> object:
            is_hold = number // 2 % 2 == 0
            for reference in (f"o{one}" for one in range(20)):
                hold, end = Hold(reference, "a1", cart, None, 60, 600), Report(reference, "release", "a1", None)
                Till(context, "busy").ask(hold if is_hold else end)
            return "done"

        at_once(contexts, ask)
        states = {one.state for one in shop.standings().values()}
        assert states <= {"released"}
        assert shop.counters() == {}
