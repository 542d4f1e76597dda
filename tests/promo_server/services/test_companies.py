"""Companies: whose clock and whose money, by names that every machine knows."""

from typing import Any

import pytest

from promo_engine import DocumentError
from promo_server.services.companies import create_company
from promo_server.services.context import Context, load_company


def create(context: Context, **fields: Any) -> None:
    create_company(context, company_id="other", name="Other", **fields)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Ushuaia", "Etc/GMT+12"])
def test_a_company_keeps_its_time_zone(context: Context, zone: str) -> None:
    create(context, time_zone=zone)
    with context.database.read() as connection:
        assert load_company(connection, "other").zone.key == zone


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Base",
        "../etc/passwd",
        "/etc/localtime",
        "UTC\0",
        "UTC\n",
        "Europe",
        "Europe/Berlin/",
        "Europe/../UTC",
        "posix/UTC",
        "posixrules",
        "localtime",
        "\ud800",
        "x" * 1_000,
    ],
)
def test_an_unknown_time_zone_is_refused_in_a_short_sentence(context: Context, zone: str) -> None:
    with pytest.raises(DocumentError, match="must be an IANA name such as Europe/Berlin") as caught:
        create(context, time_zone=zone)
    assert caught.value.path == "time_zone"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("zone", ["europe/berlin", "EUROPE/BERLIN", "Berlin"])
def test_a_time_zone_that_is_nearly_right_is_told_the_right_one(context: Context, zone: str) -> None:
    with pytest.raises(DocumentError, match="did you mean 'Europe/Berlin'"):
        create(context, time_zone=zone)


@pytest.mark.parametrize("setting", ["rounding", "combination"])
def test_an_unknown_way_to_price_is_told_those_that_are_there(context: Context, setting: str) -> None:
    with pytest.raises(DocumentError, match=r"must be one of (half_up|best_for_customer), ") as caught:
        create(context, **{setting: "lowest"})
    assert caught.value.path == setting


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "XAU", "US\0", "€", "\ud800"])
def test_an_unknown_currency_is_refused(context: Context, currency: str) -> None:
    with pytest.raises(DocumentError, match="must be an ISO 4217 code such as USD") as caught:
        create(context, currency=currency)
    assert caught.value.path == "currency"
