"""Servers, clients and the database are killed at random while the network misbehaves; in the end everything is exact.

Clients write down what they ask and what they are told (``history``); a judge says whether that can be (``judge``).
Meanwhile and in the end the books must balance, and nothing but an outage is answered by a 5xx.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from sqlalchemy import select

from promo_contracts import Scope
from promo_sdk import PromotionsClient
from promo_server.redemption import Event, State
from promo_server.services.companies import create_key
from promo_server.services.context import create_context
from promo_server.storage import Database, StorageError
from promo_server.storage.tables import redemptions
from tests.chaos import books
from tests.chaos.aftermath import Row, judge_all, metrics_mistakes
from tests.chaos.history import Asked, Recorder
from tests.chaos.processes import FORK
from tests.chaos.proxy import HOST, Network, carry
from tests.chaos.servers import Postgres, Server, wait_for
from tests.chaos.shopper import PRICE, RETRIES, Errand, Teller, shop
from tests.databases import PATIENCE
from tests.promo_server.services.redemption_model import Cart, Offer
from tests.promo_server.services.redemption_shop import Shop

OFFERS = [
    Offer("FREE", 100),
    Offer("LEAST", 200, {"total": 3}),
    Offer("SOME", 200, {"total": 40, "customer": 2}),
    Offer("MANY", 200, {"total": 400}),
    Offer("DAYS", 200, {"daily": 150}),
    Offer("ONCE", 200, {"code": 60}),
    Offer("FUND", 300, {"budget": 20_000}),
]
CODES = tuple(offer.code for offer in OFFERS)
CUSTOMERS = 24
GRACE = 1.0
"""Seconds after an outage in which a server may still be finding out."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many servers, client processes and threads of each, how long, and after how many seconds one is killed."""

    servers: int = 3
    clients: int = 6
    threads: int = 4
    seconds: float = 60.0
    server_lives: float = 6.0
    client_lives: float = 5.0
    outage_after: float = 15.0

    def strikes(self, life: float) -> int:
        """Return how many are struck that live so long on average: at least one."""
        return max(1, round(self.seconds / life))


def rage(store: str, database: str, folder: Path, size: Size, seed: int, postgres: Postgres | None = None) -> Row:
    """Let it rage over a database, and judge what came of it; where the database is a PostgreSQL, it has outages."""
    with closing(Database(database)) as empty:
        empty.migrate()
    context = create_context(database)
    with closing(context.database), _Storm(store, database, folder, size, seed, postgres) as storm:
        storm.shop = Shop(context, "shop", OFFERS)
        storm.key = create_key(context, company_id="shop", name="chaos", scopes=[Scope.ADMIN])
        storm.rage()
        storm.settle()
        judge_all(storm.shop, folder, storm.outages, storm.row)
    return storm.row


class _Storm:
    shop: Shop
    key: str

    def __init__(
        self, store: str, database: str, folder: Path, size: Size, seed: int, postgres: Postgres | None
    ) -> None:
        self.row = Row(store)
        self._began = time.time()
        self._over = folder / "over"
        self._folder, self._size, self._seed, self._postgres = folder, size, seed, postgres
        self._chance = Random(f"{seed} storm")  # the same plan by the same seed
        self._servers = [Server(database, folder / f"server{number}.log") for number in range(size.servers)]
        self._clients: list[BaseProcess] = []
        self.outages: list[tuple[float, float]] = []
        self._cleanup = ExitStack()

    def __enter__(self) -> "_Storm":
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()
        for client in self._clients:
            client.kill()
        for server in self._servers:
            server.kill()
        self.row.seconds = time.time() - self._began

    # --- while it rages ---------------------------------------------------------------------------------------------

    def rage(self) -> None:
        """Let clients shop until the time is over, and strike meanwhile: it runs only while a server answers."""
        wait_for(self._servers, len(self._servers))
        network = Network([server.port for server in self._servers], self._seed, self._folder / "answers")
        ours, theirs = FORK.Pipe()
        proxy = FORK.Process(target=carry, args=(network, theirs))
        proxy.start()
        self._cleanup.callback(proxy.kill)
        self._url = f"http://{HOST}:{ours.recv()}"
        for _ in range(self._size.clients):
            self._clients.append(self._client())
        for pause, strike in self._plan():
            wait_for(self._servers, 1)
            time.sleep(pause)
            strike()
            self._look()
        self._over.touch()
        for client in self._clients:
            client.join(PATIENCE)
            if client.exitcode != 0:
                self.row.wrong.append(f"a client did not end as it should: {client.exitcode}")
        ours.send("stop")
        self.row.mishaps.update(ours.recv())
        proxy.join(PATIENCE)

    def _plan(self) -> list[tuple[float, Callable[[], None]]]:
        """Return what is struck, and after what pause; the outages are spread evenly, and it ends with none."""
        seconds, size = self._size.seconds, self._size
        random = [self._kill_server] * size.strikes(size.server_lives)
        random += [self._kill_client] * size.strikes(size.client_lives)
        plan: list[tuple[float, Callable[[], None]]] = [
            (self._chance.uniform(0.05, 0.9) * seconds, strike) for strike in random
        ]
        if self._postgres is not None:
            outage = partial(self._kill_postgres, self._postgres)
            outages = size.strikes(size.outage_after)
            plan += [((number + 1) / (outages + 1) * seconds, outage) for number in range(outages)]
        plan = sorted([*plan, (seconds, lambda: None)], key=lambda one: one[0])
        return [(moment - before, strike) for (before, _), (moment, strike) in pairwise([(0.0, plan[0][1]), *plan])]

    def _client(self) -> BaseProcess:
        number = len(list(self._folder.glob("client*")))
        history = self._folder / f"client{number}"
        history.touch()
        errand = Errand(
            self._url,
            self.shop.company_id,
            self.key,
            _carts(),
            f"c{number}",
            self._size.threads,
            self._seed,
            history,
            self._over,
        )
        client = FORK.Process(target=shop, args=(errand,))
        client.start()
        return client

    def _kill_server(self) -> None:
        server = self._chance.choice(self._servers)
        server.kill()
        server.start()
        self.row.strikes["a server killed"] += 1

    def _kill_client(self) -> None:
        number = self._chance.randrange(len(self._clients))
        self._clients[number].kill()
        self._clients[number].join()
        self._clients[number] = self._client()
        self.row.strikes["a client killed"] += 1

    def _kill_postgres(self, postgres: Postgres) -> None:
        began = time.time()
        postgres.kill()
        time.sleep(self._chance.uniform(0.0, 1.0))
        postgres.start()
        self.outages.append((began, time.time() + GRACE))
        self.row.strikes["PostgreSQL restarted"] += 1

    def _look(self) -> None:
        """Look at the books in the middle of it: one snapshot must always balance."""
        try:
            self.row.wrong += [f"in the middle: {mistake}" for mistake in books.mistakes(self.shop)]
            self.row.looks += 1
        except StorageError:
            pass  # an outage

    # --- afterwards -------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait for what time does, and settle by hand what is in doubt or late, as an operator does."""
        wait_for(self._servers, len(self._servers))
        until = time.monotonic() + PATIENCE
        while held := self._in_state(State.HELD):
            if time.monotonic() > until:
                self.row.wrong.append(f"{len(held)} holds did not come back when their time was over")
                break
            time.sleep(0.1)
        url, recorder = f"http://{HOST}:{self._servers[0].port}", Recorder(self._folder / "client-operator")
        with PromotionsClient(url, company_id="shop", api_key=self.key, timeout=10, retries=RETRIES) as client:
            teller = Teller(client, recorder, _carts())
            for reference, attempt in self._in_state(State.IN_DOUBT):
                teller.ask(reference, Asked(self._chance.choice([Event.CONFIRM, Event.RELEASE]), attempt))
            for reference, attempt in self._in_state(State.LATE):
                teller.ask(reference, Asked(Event.RELEASE, attempt))
            self.row.wrong += metrics_mistakes(self.shop, client)
        recorder.close()
        for server in self._servers:
            if not server.stop():
                self.row.wrong.append("a server did not end as it should")

    def _in_state(self, state: State) -> list[tuple[str, str]]:
        query = select(redemptions.c.reference, redemptions.c.attempt).where(redemptions.c.state == state.value)
        with self.shop.context.database.read() as connection:
            return [(row.reference, row.attempt) for row in connection.execute(query)]


def _carts() -> tuple[Cart, ...]:
    """Return carts of different shoppers that differ in what they cost and in their codes."""
    subsets = (CODES, CODES[:3], CODES[2:], CODES[::2], ("MANY", "FUND"))
    return tuple(
        Cart(PRICE + 100 * (number % 7), subsets[number % len(subsets)], f"c{number % CUSTOMERS}")
        for number in range(5 * CUSTOMERS)
    )
