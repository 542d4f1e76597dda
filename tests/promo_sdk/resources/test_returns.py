"""Returns: one id per return, made before the first try."""

from typing import Any

import pytest

from promo_contracts import read_json
from promo_sdk import InvalidRequest
from promo_sdk.resources.returns import return_goods


def test_a_return_makes_its_id_when_it_is_described() -> None:
    """The call is made once and sent as often as needed."""
    call = return_goods("co-1", lines={"milk": 1})
    assert call.body is not None
    assert (call.is_repeatable, len(read_json(call.body)["return_id"])) == (True, 32)
    assert return_goods("co-1", lines={"milk": 1}).body != call.body


def test_what_does_not_come_back_is_left_out() -> None:
    body = return_goods("co-1", shipping=["s1"], policy="reprice", return_id="r1").body
    assert body == b'{"return_id":"r1","shipping":["s1"],"policy":"reprice"}'


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"return_id": ""}, "return_id"),
        ({"lines": {"milk": 0}}, "lines.milk"),
        ({"lines": {"milk": 1.5}}, "lines.milk"),
        ({"lines": ["milk"]}, "lines"),
        ({"shipping": "s1"}, "shipping"),
        ({"policy": "refund"}, "policy"),
    ],
)
def test_a_wrong_return_is_refused_before_it_is_sent(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        return_goods("co-1", **{"lines": {"milk": 1}, **wrong})
    assert caught.value.field == field
