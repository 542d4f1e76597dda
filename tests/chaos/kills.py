"""kill -9 at every moment of a request: afterwards no use is lost or double, and what has expired comes back.

The cases are those of ``test_fault_points``, where a connection is lost; here the process ends.
"""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from sqlalchemy import make_url, text

from promo_server.services.context import create_context
from promo_server.services.expiry import sweep
from promo_server.storage import Database
from tests.chaos import books
from tests.chaos.doomed import Doom, Request, ask_until
from tests.chaos.processes import FORK
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import Cart, Hold, Model
from tests.promo_server.services.redemption_shop import OFFERS, Clock, Shop, said, standings_of
from tests.promo_server.services.test_fault_points import CASES, FULL, OTHER, a_hold

DOOMED = "doomed"
"""By this name PostgreSQL knows who is about to be killed."""
LATER = timedelta(days=2)

TOGETHER: dict[str, tuple[list[Request | int], list[Request]]] = {
    "three first holds together": ([], [a_hold("o1"), a_hold("o2", cart=OTHER), a_hold("o3", lease=60)]),
    "together, the last uses": ([a_hold("o4")], [a_hold("o1"), a_hold("o2"), a_hold("o3", cart=Cart(9_000, (), "c1"))]),
}
ALL: dict[str, tuple[list[Request | int], list[Request]]] = {
    **{name: (steps, [request]) for name, (steps, request) in CASES.items()},
    **TOGETHER,
}
"""What went before, with seconds that pass, and the requests that the killed process makes."""


@dataclass(frozen=True, slots=True)
class Row:
    """At how many moments of a case a process was killed, and what was wrong afterwards."""

    case: str
    killed: int
    happened: int
    seconds: float
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = "exact" if not self.wrong else f"NOT EXACT: {'; '.join(self.wrong[:3])}"
        return f"{self.case:28}{self.killed:4} kills, {self.happened} had stored it, {self.seconds:5.1f} s  {said}"


def kill_at_each(database: str, case: str, *, first: int = 1, step: int = 1) -> Row:
    """Kill a process at every moment of a case, or at every ``step``-th from the ``first`` on."""
    began, clock = time.monotonic(), Clock()
    context = create_context(database, clock=clock)
    killed = happened = 0
    wrong: list[str] = []
    with closing(context.database):
        shop = Shop(context, case.replace(" ", "-").replace(",", ""))
        for moment in count(first, step):
            trial = _Trial(shop, clock, *ALL[case])
            name = trial.killed_at(database, moment)
            if name is None:
                break
            killed += 1
            wrong += [f"killed {name}: {mistake}" for mistake in trial.mistakes()]
            happened += trial.is_done
    return Row(case, killed, happened, time.monotonic() - began, wrong)


class _Trial:
    """One process that is killed, and the model of what may have come of it."""

    def __init__(self, shop: Shop, clock: Clock, steps: Sequence[Request | int], requests: Sequence[Request]) -> None:
        shop.forget()
        self._shop, self._clock, self._requests = shop, clock, requests
        self._model = Model(OFFERS, NOON)
        self.is_done = False
        clock.now = NOON
        for step in steps:
            if isinstance(step, int):
                self._pass(timedelta(seconds=step))
            else:
                assert said(shop.ask(step)) == said(self._model.answer(step))

    def killed_at(self, database: str, moment: int) -> str | None:
        """Have a process ask and be killed; return what it was at, or None if it came to its end first."""
        heard, tell = FORK.Pipe(duplex=False)
        doom = Doom(_named(database), self._shop.company_id, self._clock.now, self._requests, moment)
        process = FORK.Process(target=ask_until, args=(doom, tell))
        process.start()
        tell.close()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL), "it failed by itself"
        with heard:
            name = str(heard.recv()) if process.exitcode else None
        _wait_until_gone(self._shop.context.database)
        return name

    def mistakes(self) -> Iterator[str]:
        """Say what is wrong with what the process left, with the same requests again, and when time has passed."""
        stands = self._shop.standings()
        may_stand = [standings_of(self._model.checkouts)]
        self._model.notice()
        may_stand.append(standings_of(self._model.checkouts))
        yield from books.mistakes(self._shop)
        if stands not in may_stand:
            self.is_done = True  # then it must be what asking again comes to, below
        for turn in ("again", "once more"):
            for request in self._requests:
                answer, expected = self._shop.ask(request), self._model.answer(request)
                if said(answer) != said(expected):
                    yield f"asked {turn}, {request} was answered {said(answer)}, not {said(expected)}"
            now_stands = self._shop.standings()
            if now_stands != standings_of(self._model.checkouts):
                yield f"asked {turn}, it came to {now_stands}"
            if self.is_done and stands != now_stands:
                yield f"it left neither all nor nothing, but {stands}"
            yield from books.mistakes(self._shop)
        yield from self._expires()

    def _expires(self) -> Iterator[str]:
        """Let time do its work: what had expired can be held by somebody else."""
        self._pass(LATER)
        sweep(self._shop.context)
        self._model.notice()
        rival = Hold("rival", "a1", FULL, None, 0, 60)
        if said(self._shop.ask(rival)) != said(self._model.answer(rival)):
            yield "what had expired did not come back"
        if self._shop.standings() != standings_of(self._model.checkouts):
            yield f"in time it came to {self._shop.standings()}"
        yield from books.mistakes(self._shop)

    def _pass(self, span: timedelta) -> None:
        self._clock.now = self._model.now = self._model.now + span


def _named(database: str) -> str:
    if "://" not in database:
        return database
    url = make_url(database).update_query_dict({"application_name": DOOMED})
    return url.render_as_string(hide_password=False)


def _wait_until_gone(database: Database) -> None:
    """Wait until PostgreSQL has noticed: a COMMIT that was sent may be at work. SQLite's locks end with their owner."""
    if database.is_writer_alone:
        return
    left = text(
        "SELECT count(*), pg_sleep(0.002) FROM pg_stat_activity"
        " WHERE application_name = :name AND datname = current_database()"
    )
    while True:
        with database.look_up() as connection:
            if connection.execute(left, {"name": DOOMED}).one()[0] == 0:
                return
