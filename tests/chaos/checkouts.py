"""Checkouts in all weathers: the API dies, hangs, lies; the shop's workers die at any point. Who was charged what?

With an ``order_lookup`` all of it comes right by itself: an order's stored total, its charge and its redemption are
one amount, and no use is lost or double. Without one, each difference is listed as in doubt.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from promo_contracts import Scope
from promo_sdk import PromotionsClient, PromotionsError
from promo_server.services.companies import create_key
from promo_server.services.context import create_context
from promo_server.services.pending import list_unsettled
from promo_server.services.rejected_grants import every_rejected_grant
from promo_server.storage import Database
from tests.chaos import books
from tests.chaos.clerk import Post, promotions_of, serve
from tests.chaos.processes import FORK
from tests.chaos.proxy import HOST
from tests.chaos.servers import Server, wait_for
from tests.chaos.stall import Stall
from tests.chaos.weather import WEATHERS, Road, lead
from tests.promo_server.services.redemption_model import Offer
from tests.promo_server.services.redemption_shop import Shop

LATER = 7_200.0
"""Seconds by which the shop's watch goes ahead afterwards, again and again: whatever waits is due."""
LOOKS_AFTER = 20
"""So often it does: an outbox that is not empty by then keeps what it has."""
BY_ITSELF = {"confirmed", "released", "expired"}
"""How a redemption ends that needs nobody."""


@dataclass(frozen=True, slots=True)
class Trade:
    """How many checkouts by how many workers, whether orders are looked up, and what happens how often, in seconds."""

    checkouts: int = 5_000
    clerks: int = 4
    has_lookup: bool = True
    weather_lasts: float = 1.2
    server_lives: float = 8.0
    clerk_lives: float = 4.0
    rules_last: float = 2.0

    def offers(self) -> list[Offer]:
        """Return offers whose limits are all reached."""
        return [
            Offer("FREE", 100),
            Offer("MANY", 200, {"total": self.checkouts // 4}),
            Offer("SOME", 250, {"total": self.checkouts // 20 + 1, "customer": 3}),
            Offer("EACH", 300, {"customer": 2}),
            Offer("FUND", 350, {"budget": 350 * self.checkouts // 10}),
        ]


@dataclass
class Row:
    """What happened, and what is wrong."""

    store: str
    has_lookup: bool
    happened: Counter[str] = field(default_factory=Counter)
    said: dict[str, int] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = "exact" if not self.wrong else f"NOT EXACT: {len(self.wrong)}: {'; '.join(self.wrong[:3])}"
        way = "orders are looked up" if self.has_lookup else "nobody looks orders up"
        total = sum(self.said.values())
        return (
            f"{self.store}: {total} checkouts, {way}, {self.seconds:.0f} s  {said}\n"
            f"  happened: {_listed(self.happened)}\n  shoppers heard: {_listed(self.said)}\n"
            f"  orders: {self.orders}; redemptions: {_listed(self.states)}; listed: {_listed(self.listed) or 'none'}"
        )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def trade(store: str, database: str, folder: Path, plan: Trade, seed: int) -> Row:
    """Let a shop trade in all weathers over a database, and hold its books to those of the API."""
    with closing(Database(database)) as empty:
        empty.migrate()
    context = create_context(database)
    with closing(context.database), _Market(store, database, folder, plan, seed) as market:
        market.shop = Shop(context, "shop", plan.offers())
        market.key = create_key(context, company_id="shop", name="chaos", scopes=[Scope.ADMIN])
        market.trade()
        market.settle()
        market.row.wrong += market.judge()
    return market.row


class _Market:
    shop: Shop
    key: str

    def __init__(self, store: str, database: str, folder: Path, plan: Trade, seed: int) -> None:
        self.row = Row(store, plan.has_lookup)
        self._folder, self._plan, self._seed = folder, plan, seed
        self._began = time.monotonic()
        self._chance = Random(f"{seed} market")
        self._stall = Stall(folder, seed, is_spared=True)
        self._stall.fill(plan.checkouts)
        self._server = Server(database, folder / "server.log")
        self._clerks: list[BaseProcess] = []
        self._started = 0
        self._kept: set[str] = set()
        self._cleanup = ExitStack()

    def __enter__(self) -> "_Market":
        return self

    def __exit__(self, *_: object) -> None:
        for clerk in self._clerks:
            clerk.kill()
        self._cleanup.close()
        self._server.kill()
        self.row.seconds = time.monotonic() - self._began

    # --- while it trades ----------------------------------------------------------------------------------------------

    def trade(self) -> None:
        """Serve all checkouts, whatever happens meanwhile."""
        wait_for([self._server], 1)
        self._direct = f"http://{HOST}:{self._server.port}"
        ours, theirs = FORK.Pipe()
        proxy = FORK.Process(target=lead, args=(Road(self._server.port, self._seed), theirs))
        proxy.start()
        self._cleanup.callback(proxy.kill)
        self._through = f"http://{HOST}:{ours.recv()}"
        plan = self._plan
        events = [
            _Event(plan.weather_lasts, partial(self._change_weather, ours)),
            _Event(plan.server_lives, self._kill_server),
            _Event(plan.clerk_lives, self._kill_clerk),
            _Event(plan.rules_last, self._change_rules),
        ]
        self._clerks = [self._clerk() for _ in range(plan.clerks)]
        while self._tend_clerks():
            time.sleep(0.02)
            wait_for([self._server], 1)
            for event in events:
                event.happen(self._chance)
        self._weather(ours, "fair")

    def _tend_clerks(self) -> bool:
        """Replace workers that died; return whether any is still at work."""
        for number, clerk in enumerate(self._clerks):
            if clerk.exitcode is None or clerk.exitcode == 0:
                continue
            clerk.join()
            self._stall.left_by(clerk.pid or 0)
            self.row.happened["a worker started again"] += 1
            self._clerks[number] = self._clerk()
        return any(clerk.exitcode is None for clerk in self._clerks)

    def _clerk(self) -> BaseProcess:
        self._started += 1
        clerk = FORK.Process(target=serve, args=(self._post(self._through, is_asgi=self._started % 2 == 0),))
        clerk.start()
        return clerk

    def _post(self, url: str, *, is_asgi: bool = True) -> Post:
        has_lookup = self._plan.has_lookup
        return Post(self._folder, url, self.shop.company_id, self.key, self._seed, has_lookup, is_asgi)

    def _change_weather(self, pipe: Pipe) -> None:
        self._weather(pipe, self._chance.choice(WEATHERS))

    def _weather(self, pipe: Pipe, weather: str) -> None:
        pipe.send(weather)
        self.row.happened[f"the API: {weather}"] += 1

    def _kill_server(self) -> None:
        self._server.kill()
        self._server.start()
        self.row.happened["the API killed"] += 1

    def _kill_clerk(self) -> None:
        self._chance.choice(self._clerks).kill()
        self.row.happened["a worker killed anywhere"] += 1

    def _change_rules(self) -> None:
        promotion = next(one for one, code in self.shop.ids.items() if code == "FREE")
        rules = {"discount_value": self._chance.choice([1, 2, 3])}
        try:
            with PromotionsClient(self._direct, company_id="shop", api_key=self.key, timeout=5, retries=0) as client:
                client.promotions.update(self.shop.campaign_id, promotion, discount_rules=rules)
        except PromotionsError:
            return
        self.row.happened["rules changed"] += 1

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let a shop that is started anew deliver what is left, in fair weather, until nothing is due."""
        wait_for([self._server], 1)
        time.sleep(3)  # the API's own leases end
        watch = _Watch()
        promotions = promotions_of(self._post(self._direct), self._stall, watch)
        for _ in range(LOOKS_AFTER):
            watch.ahead += LATER
            while promotions.outbox.due(watch()):
                promotions.delivery.work()
        kept = promotions.outbox.entries()
        self._kept = {entry.reference for entry in kept}
        self.row.listed.update(f"{entry.step} in the shop" for entry in kept)
        promotions.close()

    def judge(self) -> Iterator[str]:
        """Hold the shop's orders and charges to the API's redemptions and books."""
        yield from books.mistakes(self.shop)
        context = self.shop.context
        charges, orders, standings = self._stall.payments.charges(), self._stall.orders(), self.shop.standings()
        listed = {one.reference for one in list_unsettled(context, self.shop.company_id)}
        rejected = {one.reference for one in every_rejected_grant(context, self.shop.company_id)}
        self.row.listed.update({"in doubt": len(listed), "rejected grants": len(rejected)})
        self.row.orders, charged = len(orders), dict(charges)
        self.row.said = self._stall.count("SELECT said, count(*) FROM checkouts GROUP BY said")
        self.row.happened.update(self._stall.count("SELECT 'died ' || point, count(*) FROM deaths GROUP BY point"))
        yield from (
            f"{one} was charged twice" for one, times in Counter(one for one, _ in charges).items() if times > 1
        )
        for reference in charged.keys() | orders.keys() | standings.keys():
            stands = standings.get(reference)
            state = "no record" if stands is None else stands.state
            self.row.states[state] += 1
            if reference in orders and orders[reference] != charged.get(reference):
                yield f"{reference}: ordered at {orders[reference]}, charged {charged.get(reference)}"
            is_listed = reference in listed | rejected | self._kept
            if is_listed and not self._plan.has_lookup:
                continue
            wanted = (BY_ITSELF - {"confirmed"}) | {"no record"} if reference not in charged else {"confirmed"}
            held_at = None if stands is None else stands.charged
            if state not in wanted or (reference in charged and held_at != charged[reference]):
                yield f"{reference}: {state} at {held_at}, charged {charged.get(reference)}, listed: {is_listed}"


class _Watch:
    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class _Event:
    """What happens again and again, so many seconds apart on average."""

    def __init__(self, pause: float, do: Callable[[], None]) -> None:
        self._pause, self._do = pause, do
        self._at = time.monotonic() + pause / 2

    def happen(self, chance: Random) -> None:
        """Have it happen if it is time."""
        if time.monotonic() >= self._at:
            self._do()
            self._at = time.monotonic() + chance.uniform(0.5, 1.5) * self._pause
