"""The list of rejected grants: what they were, why they were rejected, and nothing that is somebody's."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, cart


async def reject(api: Api, reference: str, spoil: Callable[[Any], object], **fields: Any) -> None:
    """Deliver a grant that is spoilt, so that it is kept as rejected."""
    evaluation = await api.call("POST", "/evaluations", {"cart": cart()})
    granted = {"evaluation": evaluation, "at": evaluation["at"], "revision": evaluation["revision"]}
    granted |= {"outcome": "confirmed", "charged": 4792}
    spoil(granted)
    assert (await api.hold(reference, status=409, granted=granted, **fields))["code"] == "GRANT_REJECTED"


def of_another_revision(granted: Any) -> None:
    granted["revision"] = "0" * 32


async def test_a_rejected_grant_says_why_and_what_it_came_to(api: Api) -> None:
    await api.promote()
    await api.call("GET", "/ruleset")
    api.time.pass_by(hours=3)
    await reject(api, "o1", of_another_revision)
    assert (await api.call("GET", "/rejected-grants"))["grants"] == [
        {
            "reference": "o1",
            "attempt": "a-o1",
            "why": "its revision is not one of this server's",
            "outcome": "confirmed",
            "revision": "0" * 32,
            "charged": 4792,
            "amount_due": 4792,
            "undiscounted": 5990,
            "currency": "USD",
            "granted_at": "2026-11-22T15:00:00.000Z",
            "created_at": "2026-11-22T15:00:00.000Z",
        }
    ]


async def test_they_are_listed_in_pages_the_oldest_first(api: Api) -> None:
    await api.promote()
    for reference in ("b", "c", "a"):
        await reject(api, reference, of_another_revision)
    page = await api.call("GET", "/rejected-grants?per_page=2")
    assert ([one["reference"] for one in page["grants"]], page["pagination"]["has_next"]) == (["b", "c"], True)
    rest = await api.call("GET", "/rejected-grants?per_page=2&page=2")
    assert [one["reference"] for one in rest["grants"]] == ["a"]


async def test_customer_codes_and_e_mail_are_not_shown(api: Api) -> None:
    await api.promote()
    whose = {"cart": cart(None) | {"channel": "jane"}, "guest_key": "jane@example.com"}
    await reject(api, "o1", of_another_revision, **whose)
    listed = await api.http.get("/rejected-grants")
    assert listed.json()["pagination"]["total_items"] == 1
    assert not [one for one in ("jane", "SPRING20", "MILK", "guest") if one in listed.text]


UNREADABLE: list[Any] = [
    None,
    [],
    {"amount_due": True, "items": -1},
    {"amount_due": 10**30, "currency": 7},
    {"items": 1},
]


@ON_SQLITE
@pytest.mark.parametrize("totals", UNREADABLE)
async def test_amounts_that_are_none_are_null(api: Api, totals: Any) -> None:
    await api.promote()
    await reject(api, "o1", lambda granted: granted["evaluation"].update(totals=totals))
    (listed,) = (await api.call("GET", "/rejected-grants"))["grants"]
    assert listed["why"].startswith("its evaluation is not sound: ")
    assert [listed[name] for name in ("amount_due", "undiscounted", "currency")] == [None, None, None]
