"""Books that are wrong are found out."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Executable, delete, update

from promo_server.services.context import create_context
from promo_server.storage.tables import counters, redemptions, uses
from tests.chaos import books
from tests.promo_server.services.redemption_shop import Clock, Shop
from tests.promo_server.services.test_fault_points import a_hold


@pytest.fixture
def shop(database: str) -> Iterator[Shop]:
    context = create_context(database, clock=Clock())
    yield Shop(context, "shop")
    context.database.close()


WRONG: dict[str, tuple[Executable, str]] = {
    "a use that was lost": (delete(uses), "the uses that count are 0"),
    "a counter that was raised twice": (update(counters).values(used=2 * counters.c.used), "its limit is 1"),
    "a hold without its uses": (delete(redemptions), "a use of o1, which is not there"),
    "another amount": (update(redemptions).values(amount_due=1), "which is not what its uses say"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(shop: Shop, case: str) -> None:
    shop.ask(a_hold())
    assert books.mistakes(shop) == []
    statement, said = WRONG[case]
    with shop.context.database.write() as connection:
        connection.execute(statement)
    assert any(said in mistake for mistake in books.mistakes(shop))
