"""Campaigns: checked before they are sent."""

import pytest

from promo_sdk import InvalidRequest
from promo_sdk.resources.campaigns import create_campaign


@pytest.mark.parametrize("name", ["", "x" * 101, None])
def test_a_name_has_1_to_100_characters(name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        create_campaign(name=name)
    assert caught.value.field == "name"


def test_creating_is_not_repeatable() -> None:
    assert not create_campaign(name="Spring").is_repeatable
