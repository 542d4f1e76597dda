"""Many at once: threads that begin together, by the pools of two servers on one database."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from promo_engine.testing import installed_types
from promo_server.services.companies import create_company
from promo_server.services.context import Context, create_context
from promo_server.services.refusal import Refusal
from tests.promo_server.conftest import NOON

THREADS = 8


@contextmanager
def two_servers(database: str, clock: Any = lambda: NOON) -> Iterator[list[Context]]:
    made = [create_context(database, types=installed_types(), clock=clock) for _ in range(2)]
    create_company(made[0], company_id="shop", name="Shop")
    yield made
    for context in made:
        context.database.close()


def at_once(contexts: list[Context], do: Callable[[Context, int], Any]) -> Counter[str]:
    """Let eight threads do something at the same time; count how each ended, unless it says so itself."""
    barrier = Barrier(THREADS)

    def one(number: int) -> str:
        barrier.wait()
        try:
            done = do(contexts[number % len(contexts)], number)
        except Refusal as refusal:
            return refusal.code
        return done if isinstance(done, str) else "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))
