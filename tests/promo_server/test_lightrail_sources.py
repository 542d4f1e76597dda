"""What pays an order."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from promo_engine.documents import DocumentError
from promo_server.expressions import parse_rule
from promo_server.lightrail_order import CardSource, InternalSource, Obstacle, ValueStore
from tests.promo_server.orders import NOW, store

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("given", "obstacle"),
    [
        ({}, None),
        ({"canceled": True, "frozen": True}, Obstacle.CANCELED),
        ({"frozen": True, "active": False}, Obstacle.FROZEN),
        ({"active": False, "ends": NOW}, Obstacle.INACTIVE),
        ({"starts": NOW}, Obstacle.NOT_STARTED),
        ({"starts": NOW - SECOND, "ends": NOW + SECOND}, None),
        ({"ends": NOW}, Obstacle.ENDED),
    ],
)
def test_an_obstacle_is_named_by_the_code_of_the_contract(given: dict[str, Any], obstacle: Obstacle | None) -> None:
    assert store("gift", 100, **given).obstacle("USD", NOW) is obstacle


def test_another_currency_is_the_first_obstacle() -> None:
    assert store("gift", 100, canceled=True).obstacle("CAD", NOW) is Obstacle.WRONG_CURRENCY


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (ValueStore, {"currency": "USD", "balance": -1}, "balance: must not be negative, as -1 is"),
        (ValueStore, {"currency": "USD", "balance": 1, "uses": -1}, "uses: must not be negative, as -1 is"),
        (InternalSource, {"balance": -5}, "balance: must not be negative, as -5 is"),
        (CardSource, {"minimum": -1}, "minAmount: must not be negative, as -1 is"),
        (CardSource, {"maximum": -1}, "maxAmount: must not be negative, as -1 is"),
    ],
)
def test_a_source_that_cannot_be_is_refused_by_field(kind: Any, given: dict[str, Any], message: str) -> None:
    identity = {} if kind is CardSource else {"id": "s"}
    with pytest.raises(DocumentError, match=message):
        kind(**identity, **given)


@pytest.mark.parametrize("given", [{}, {"balance": 1, "value_rule": parse_rule("1")}], ids=["neither", "both"])
def test_a_value_store_has_a_balance_or_a_value_rule(given: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match="balance: must be given, or a value rule instead, not both"):
        ValueStore(id="v", currency="USD", **given)


@pytest.mark.parametrize(("currency", "least"), [("eur", 50), ("MXN", 10), ("HKD", 400), ("POINTS", 0)])
def test_the_least_charge_is_that_of_the_currency(currency: str, least: int) -> None:
    assert CardSource().least(currency) == least
    assert CardSource(minimum=7).least(currency) == 7


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    ends = datetime.fromisoformat("2026-01-01T13:00:00+01:00")
    assert store("gift", 100, ends=ends).obstacle("USD", NOW) is Obstacle.ENDED
