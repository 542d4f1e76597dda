"""Rules are compiled before a hold's transaction: nobody waits for a lock meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from promo_contracts.company.models import HoldRequest
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.redemptions import hold
from promo_server.services.rulesets import Rulesets
from tests.promo_server.conftest import Api, cart

READS_RULES = "promotions.body"
GRANTS = "INSERT INTO redemptions"


@contextmanager
def statements(context: Context) -> Iterator[list[tuple[Connection, str]]]:
    """Note every statement of a transaction, with the connection that was taken for it."""
    seen: list[tuple[Connection, str]] = []

    def note(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        if connection.in_transaction():
            seen.append((connection, statement))

    with context.database.read() as reading, context.database.write() as writing:
        engines = {reading.engine, writing.engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def holds(context: Context, rulesets: Rulesets, reference: str) -> list[tuple[bool, bool]]:
    """Hold, and tell of each transaction whether it reads the rules, and whether it grants."""
    request = HoldRequest.model_validate({"attempt": "a", "cart": cart()})
    with statements(context) as seen:
        held = hold(context, rulesets, Holder("shop", "tests", frozenset()), reference, request)
    assert held.evaluation["applied"]
    return transactions(seen)


def transactions(seen: list[tuple[Connection, str]]) -> list[tuple[bool, bool]]:
    by_transaction: dict[Connection, str] = {}
    for connection, statement in seen:
        by_transaction[connection] = by_transaction.get(connection, "") + statement
    return [(READS_RULES in text, GRANTS in text) for text in by_transaction.values()]


async def test_the_first_hold_of_a_process_compiles_in_a_transaction_of_its_own(api: Api) -> None:
    await api.promote()
    assert holds(api.context, Rulesets(api.context), "o-1") == [(True, False), (False, True)]


async def test_the_first_hold_after_a_change_does_so_too(api: Api) -> None:
    await api.promote()
    rulesets = Rulesets(api.context)
    holds(api.context, rulesets, "o-1")
    await api.promote(promotion_name="More", promotion_code="MORE")
    assert holds(api.context, rulesets, "o-2") == [(True, False), (False, True)]


async def test_a_hold_whose_key_brought_the_version_along_takes_one_transaction(api: Api) -> None:
    await api.promote()
    await api.hold("o-1")
    with statements(api.context) as seen:
        await api.hold("o-2")
    assert transactions(seen) == [(False, True)]
