"""Every statement of a request fails in turn, as if the process had ended there: nothing of it happened.

What had to be done first for time's sake, a transaction of its own, may have happened. The request succeeds when it is
repeated, and once more it is the same: so an answer that was lost on its way takes nothing twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, event

from promo_engine.testing import installed_types
from promo_server.services.context import Context, create_context
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import Cart, Hold, Model, Report
from tests.promo_server.services.redemption_shop import OFFERS, Clock, Shop, said, standings_of

FEWEST = 5
"""Statements of the shortest request: lock, company, reference, answer, COMMIT."""
CODES = tuple(one.code for one in OFFERS)
FULL, OTHER = Cart(10_000, CODES, "c1"), Cart(12_000, ("DAYS", "EACH", "FUND"), "c2")


def a_hold(reference: str = "o1", attempt: str = "a1", cart: Cart = FULL, lease: int = 0, ttl: int = 60) -> Hold:
    return Hold(reference, attempt, cart, None, lease, ttl)


def a_report(event: str, charged: int | None = None) -> Report:
    return Report("o1", event, "a1", charged)


Request = Hold | Report
CASES: dict[str, tuple[list[Request | int], Request]] = {
    "hold": ([], a_hold()),
    "hold again": ([a_hold(lease=60)], a_hold(lease=60)),
    "hand on": ([a_hold()], a_hold(attempt="a2", lease=60)),
    "swap": ([a_hold()], a_hold(attempt="a2", cart=OTHER)),
    "confirm": ([a_hold()], a_report("confirm", 8_550)),
    "release": ([a_hold()], a_report("release")),
    "doubt": ([a_hold()], a_report("doubt", 1)),
    "confirm what is in doubt": ([a_hold(lease=60), 60], a_report("confirm")),
    "confirm what has expired": ([a_hold(), 60], a_report("confirm")),
    "confirm too late": ([a_hold(), 60, a_hold("o2")], a_report("confirm")),
    "hold after others lapsed": ([a_hold("o2"), a_hold("o3", lease=60, cart=OTHER), 60], a_hold()),
}
"""What went before, with seconds that pass, and the request that fails."""


class Killed(Exception):  # noqa: N818 - what happened
    """The process ended here."""


@contextmanager
def killed_at(context: Context, number: int) -> Iterator[None]:
    """Lose the connection before the statement of this number, or the COMMIT that has it: as the database sees it."""
    with context.database.write() as connection:
        engine = connection.engine
    statements = count(1)

    def fail(connection: Connection, *_: Any) -> None:
        if next(statements) == number:
            connection.invalidate()
            raise Killed

    for name in ("before_cursor_execute", "commit"):
        event.listen(engine, name, fail)
    yield
    for name in ("before_cursor_execute", "commit"):
        event.remove(engine, name, fail)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(database: str, clock: Clock) -> Iterator[Shop]:
    context = create_context(database, types=installed_types(), clock=clock)
    yield Shop(context, "shop")
    context.database.close()


def prepare(shop: Shop, clock: Clock, steps: Sequence[Request | int]) -> Model:
    """Bring an empty shop, and a model, to where the request comes."""
    shop.forget()
    clock.now, model = NOON, Model(OFFERS, NOON)
    for step in steps:
        if isinstance(step, int):
            clock.now = model.now = model.now + timedelta(seconds=step)
        else:
            assert said(shop.ask(step)) == said(model.answer(step))
    return model


def is_killed(shop: Shop, request: Request, number: int) -> bool:
    with killed_at(shop.context, number):
        try:
            shop.ask(request)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("case", CASES)
def test_a_request_that_was_killed_at_any_statement_did_nothing(shop: Shop, clock: Clock, case: str) -> None:
    steps, request = CASES[case]
    for number in count(1):
        model = prepare(shop, clock, steps)
        if not is_killed(shop, request, number):
            break
        untouched = [standings_of(model.checkouts)]
        model.notice()
        assert shop.standings() in [*untouched, standings_of(model.checkouts)]
        for _ in range(2):
            shop.check_books()
            assert said(shop.ask(request)) == said(model.answer(request))
            assert shop.standings() == standings_of(model.checkouts)
    assert number > FEWEST
