"""Returns and rejected grants through the SDK, against the real API, sync and async alike."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from promo_sdk import Conflict, InvalidRequest, NotFound
from tests.contract.speakers import NOON
from tests.contract.test_lists_and_changes import CART, Client, api, client, create, say

__all__ = ["api", "client"]  # the fixtures

TEA = {"cart": CART | {"lines": [{"id": "l1", "sku": "TEA", "unit_price": 1000, "quantity": 3}]}, "attempt": "a"}


async def gather(found: Any) -> list[Any]:
    """Collect what either client yields."""
    return [one async for one in found] if isinstance(found, AsyncIterator) else list(found)


async def test_an_order_comes_back_in_parts_and_each_is_one_return(client: Client) -> None:
    made = await create(client, "Tea time", "TEATIME", usage_limits={"restored_on_return": True})
    await say(client.redemptions.hold, "o/1", **TEA)
    await say(client.redemptions.confirm, "o/1")
    first = await say(client.returns.create, "o/1", lines={"l1": 1}, return_id="r1")
    assert (first.amount, first.paid.lines, first.created_at) == (800, {"l1": 800}, NOON)
    assert await say(client.returns.create, "o/1", lines={"l1": 1}, return_id="r1") == first
    rest = await say(client.returns.create, "o/1", lines={"l1": 2}, policy="reprice")
    assert (rest.amount, rest.restored, rest.returned.amount) == (1600, [made.promotion_id], 2400)
    assert await gather(client.returns.iterate("o/1", per_page=1)) == [first, rest]


async def test_what_cannot_be_returned_is_an_error_of_its_kind(client: Client) -> None:
    with pytest.raises(NotFound):
        await say(client.returns.list, "o1")
    await say(client.redemptions.hold, "o1", **TEA)
    with pytest.raises(Conflict) as refused:
        await say(client.returns.create, "o1", lines={"l1": 1})
    assert refused.value.code == "REDEMPTION_NOT_CONFIRMED"
    await say(client.redemptions.confirm, "o1")
    with pytest.raises(InvalidRequest) as wrong:
        await say(client.returns.create, "o1", lines={"l1": 4})
    assert wrong.value.field == "lines.l1"


async def test_rejected_grants_are_walked(client: Client) -> None:
    await create(client, "Tea time", "TEATIME")
    evaluation = await say(client.evaluations.evaluate, CART)
    granted = {"evaluation": evaluation, "at": NOON, "revision": "r0", "outcome": "released"}
    for reference in ("o1", "o2"):
        with pytest.raises(Conflict, match="kept as rejected"):
            await say(client.redemptions.deliver, reference, "a", CART, granted=granted)
    found = await gather(client.redemptions.iterate_rejected(per_page=1))
    assert [(one.reference, one.amount_due, one.charged) for one in found] == [("o1", 800, None), ("o2", 800, None)]
