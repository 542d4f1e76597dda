"""Redemptions: one attempt per hold, amounts in minor units."""

from datetime import datetime
from typing import Any

import pytest

from promo_contracts import read_json
from promo_contracts.company.models import Granted
from promo_sdk import InvalidRequest
from promo_sdk.resources.redemptions import confirm, deliver, hold
from tests.promo_sdk.samples import CART, GRANTED


def test_a_hold_makes_its_attempt_when_it_is_described() -> None:
    """The call is made once and sent as often as needed."""
    call = hold("co-1", cart=CART)
    assert call.body is not None
    assert len(read_json(call.body)["attempt"]) == 32
    assert hold("co-1", cart=CART).body != call.body


def test_a_given_attempt_is_kept() -> None:
    body = hold("co-1", cart=CART, attempt="a1").body
    assert body is not None
    assert read_json(body)["attempt"] == "a1"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"attempt": ""}, "attempt"),
        ({"shown": -1}, "shown"),
        ({"shown": 47.92}, "shown"),
        ({"lease_seconds": 3601}, "lease_seconds"),
        ({"ttl_seconds": 0}, "ttl_seconds"),
        ({"guest_key": ""}, "guest_key"),
        ({"cart": [1]}, "cart"),
    ],
)
def test_a_wrong_hold_is_refused_before_it_is_sent(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        hold("co-1", **{"cart": CART, **wrong})
    assert caught.value.field == field


def test_a_grant_may_be_a_model_or_a_mapping() -> None:
    model = Granted.model_validate(GRANTED)
    assert deliver("co-1", "a1", CART, granted=model).body == (deliver("co-1", "a1", CART, granted=GRANTED).body)


def test_a_grant_without_a_time_zone_is_refused() -> None:
    granted = GRANTED | {"at": datetime(2026, 11, 22)}  # noqa: DTZ001 the subject
    with pytest.raises(InvalidRequest, match="time zone") as caught:
        deliver("co-1", "a1", CART, granted=granted)
    assert caught.value.field == "granted.at"


def test_an_unknown_charge_is_left_out() -> None:
    assert confirm("co-1").body == b"{}"
    assert confirm("co-1", charged=0).body == b'{"charged":0}'
